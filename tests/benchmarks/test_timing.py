"""Turns, ratios and tables."""

import os

import pytest

from benchmarks import timing
from benchmarks.timing import Section


def test_contenders_take_turns_and_every_round_begins_with_another():
    calls = []
    found = timing.alternate(
        {name: lambda r, name=name: calls.append(name) or (name, r) for name in "abc"}, 3
    )
    assert "".join(calls) == "abcbcacab"
    assert found == {name: [(name, 0), (name, 1), (name, 2)] for name in "abc"}


def test_a_ratio_is_taken_round_by_round():
    """One slow round of both is no difference."""
    assert timing.median_ratio([2.0, 30.0, 4.0], [1.0, 10.0, 2.0]) == 2.0


def test_an_aim_that_is_not_reached_says_so():
    missed = [timing.at_least("gain", 4.9, 5), timing.at_most("time", 3.1, 3, " s")]
    read = Section(
        "Speed", [{"contender": "ours", "s": 1234.5678}], missed, ["A note."]
    ).to_markdown()
    assert "| ours | 1,235 |" in read
    assert "| gain | >= 5x | 4.9x | **no** |" in read
    assert "| time | <= 3 s | 3.1 s | **no** |" in read
    assert "yes" in Section("Speed", [{"a": 1}], [timing.at_least("g", 5, 5)], []).to_markdown()


def test_contenders_end_with_a_block_that_fails():
    """Without an end of their own the block would hang here."""
    started = []
    with pytest.raises(ZeroDivisionError), timing.processes("one") as pools:
        started.append(pools["one"].submit(os.getpid).result())
        1 / 0  # noqa: B018
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
