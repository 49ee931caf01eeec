"""The table of what was promised and what came true."""

from benchmarks.own_images import table


def tried(size, draw, promised, true, used="letters: a"):
    return {
        "images": "runes", "size": size, "draw": draw, "promised": promised, "true": true,
        "used": used, "scratch": 0.5, "pixels": 0.25,
    }  # fmt: skip


def test_a_line_counts_the_intervals_that_hold_what_came_true():
    tries = [
        tried(10, 0, [0.8, 0.7, 0.9], 0.7),
        tried(10, 1, [0.9, 0.8, 1.0], 0.79, used="digits: b"),
        tried(1, 0, None, 0.4),
    ]
    *_, untested, ten = table(tries)
    assert untested.split(" | ")[1:] == [
        "1", "1", "50.0", "25.0", "letters: a 1", "nothing", "40.0 (40.0 to 40.0)", "- |",
    ]  # fmt: skip
    assert ten.split(" | ")[1:] == [
        "10", "2", "50.0", "25.0", "letters: a 1; digits: b 1", "85.0 [75.0, 95.0]",
        "74.5 (70.0 to 79.0)", "1 |",
    ]  # fmt: skip
