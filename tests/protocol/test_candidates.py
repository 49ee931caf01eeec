"""Hyper-parameters of a search: their bounds, candidates, and what was found, read back."""

import math
import pickle
import subprocess
import sys

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import candidates
from glyph_transfer.protocol.candidates import Bounds, Candidate, Search

VALUES = {"dropout": 0.42, "learning_rate": 0.002, "width": 1.5}
FOUND = '{"dropout": 0.42, "learning_rate": 0.002, "width": 1.5}'
SEARCH = {
    "target": "letters", "validation": 0.2, "n_train": 9, "epochs": 2, "batch_size": 3,
    "population": 5, "generations": 1,
}  # fmt: skip


def test_what_was_found_is_read(tmp_path):
    path = tmp_path / "found.json"
    path.write_text(FOUND)
    assert candidates.load(path) == Candidate(VALUES)


def test_candidates_are_equal_where_their_names_and_values_are():
    same = Candidate(dict(reversed(VALUES.items())))
    assert (same, hash(same), [*same]) == (Candidate(VALUES), hash(Candidate(VALUES)), [*VALUES])
    assert pickle.loads(pickle.dumps(same)) == same
    assert Candidate(VALUES | {"width": 1.0}) != same
    assert len({Candidate(VALUES | {"width": width}) for width in (1.0, 1.5, 1.5)}) == 2


def test_a_phase_has_what_is_a_field_of_it_and_the_network_the_rest():
    assert Candidate(VALUES).of_phases == {"learning_rate": 0.002}
    assert Candidate(VALUES).of_network == {"dropout": 0.42, "width": 1.5}


def test_every_other_key_of_a_search_is_a_hyperparameter():
    search = Search.model_validate(SEARCH | {"width": [1.0, 2.0], "dropout": [0.0, 0.5]})
    assert search.bounds == Bounds({"width": (1.0, 2.0), "dropout": (0.0, 0.5)})
    assert search.bounds.names == ["dropout", "width"]
    logged = search.model_dump(mode="json")
    assert (logged["width"], logged["log"]) == ([1.0, 2.0], [])
    by_log = Search.model_validate(SEARCH | {"width": [1.0, 2.0], "log": ["width"]})
    assert by_log.bounds == Bounds({"width": (1.0, 2.0)}, ("width",))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({}, "bounds of one hyper-parameter at least"),
        ({"width": 3}, "width"),
        ({"width": [1.0, 2.0, 3.0]}, "width"),
        ({"width": [1.0, 2.0], "log": ["dropout"]}, "'log' names 'dropout', .* of width"),
    ],
)
def test_a_search_without_bounds_or_with_other_values_is_refused(other, message):
    with pytest.raises(ValueError, match=message):
        Search.model_validate(SEARCH | other)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"learning_rate": (0.0, 0.1)}, "bounds of learning_rate are 0.0 and 0.1, .* than 0"),
        ({"learning_rate": (0.1, 0.01)}, "learning_rate .* first not above the second"),
        ({"width": (0.0, 1.0)}, "bounds of width are 0.0 and 1.0, .* above 0 .* logarithm"),
        ({"width": (1.0, math.nan)}, "bounds of width are 1.0 and nan"),
        ({"width": (-math.inf, 1.0)}, "bounds of width are -inf and 1.0"),
        ({"epochs": (1.5, 2.5)}, "bounds of epochs are 1.5 and 2.5, .* integer"),
    ],
)
def test_bounds_of_what_cannot_be_trained_are_refused(ranges, message):
    with pytest.raises(InputError, match=message):
        Bounds(ranges, log=("width",) if "width" in ranges else ())


def test_the_corners_are_the_lowest_and_the_highest_values():
    low, high = Bounds({"width": (1.0, 2.0), "dropout": (0.1, 0.5)}).corners
    assert dict(low) == {"dropout": 0.1, "width": 1.0}
    assert dict(high) == {"dropout": 0.5, "width": 2.0}


def test_a_search_that_has_not_run_is_told(tmp_path):
    with pytest.raises(InputError, match=r"found\.json: not found\. `dvc repro` makes it"):
        candidates.load(tmp_path / "found.json")


@pytest.mark.parametrize("content", ["", "[1]", "3", '{"dropout": "much"}', FOUND[:-1]])
def test_what_no_search_found_is_refused(tmp_path, content):
    path = tmp_path / "found.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"found\.json: not what a search found .*Remove it"):
        candidates.load(path)


def test_bounds_need_nothing_heavy():
    """They are checked wherever the parameters are loaded."""
    code = (
        "import sys, glyph_transfer.protocol.candidates\n"
        "print({'numpy', 'scipy', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
