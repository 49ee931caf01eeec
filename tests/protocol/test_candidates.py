"""What a search found, read back; the bounds are tested with the search."""

import subprocess
import sys

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import candidates
from glyph_transfer.protocol.candidates import Candidate

FOUND = '{"dropout": 0.42, "learning_rate": 0.002, "width": 1.5}'


def test_what_was_found_is_read(tmp_path):
    path = tmp_path / "found.json"
    path.write_text(FOUND)
    assert candidates.load(path) == Candidate(dropout=0.42, learning_rate=0.002, width=1.5)


def test_a_network_is_built_with_all_but_the_learning_rate():
    assert Candidate(0.42, 0.002, 1.5).of_network == {"dropout": 0.42, "width": 1.5}


def test_a_search_that_has_not_run_is_told(tmp_path):
    with pytest.raises(InputError, match=r"found\.json: not found\. `dvc repro` makes it"):
        candidates.load(tmp_path / "found.json")


@pytest.mark.parametrize("content", ["", "[1]", "3", '{"dropout": 0.4}', FOUND[:-1] + ', "x": 1}'])
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
