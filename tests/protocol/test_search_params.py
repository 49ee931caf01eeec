"""The search's budget, bounds and images, and mistakes in them."""

from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from glyph_transfer.protocol.candidates import Bounds

SHIPPED = Path(__file__).parents[2] / "params.yaml"

SEARCH = """\
search:
  embedded: {target: letters, validation: 0.2, n_train: 30, epochs: 1, batch_size: 8,
             population: 5, generations: 2, dropout: [0.0, 0.8],
             learning_rate: [0.001, 0.01], width: [1, 2]}
"""


@pytest.fixture
def with_search(written):
    """Write valid parameters with a search, with one replacement in it, and give its path."""

    def write(old="", new=""):
        assert old in SEARCH
        return written("studies:", f"{SEARCH.replace(old, new, 1)}studies:")

    return write


def test_a_search_knows_its_budget_and_its_bounds(with_search):
    how = params.load(with_search()).search_params()
    assert how.trials == 15
    assert how.bounds == Bounds(
        {"dropout": (0.0, 0.8), "learning_rate": (0.001, 0.01), "width": (1.0, 2.0)}
    )


def test_shipped_searches_score_on_the_images_that_their_study_holds_back():
    """What is found is compared on them with what the author chose, and on no others."""
    for corpus, trials in (("embedded", 10), ("official", 56)):
        shipped = params.load(SHIPPED, corpus)
        how = shipped.search_params()
        searched = shipped.searched(how.target)
        assert how.trials == trials
        assert how.validation == shipped.study(searched.study).validation
        assert searched.variant.models == {searched.model: [how.target]}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[0.001, 0.01]", "[0.0, 0.01]", r"search\.embedded: .*learning_rate .* than 0"),
        ("[0.001, 0.01]", "[0.01, 0.001]", "bounds of learning_rate .* first not above the second"),
        ("[1, 2]", "[3, 2]", "bounds of width are 3.0 and 2.0, .* not above the second"),
        ("[1, 2]", "[1]", r"search\.embedded\.width\.1: Field required"),
        ("[1, 2]", "[1, 2, 3]", r"search\.embedded\.width: .*at most 2 items"),
        ("[1, 2]", "[1, x]", r"search\.embedded\.width\.1: .*valid number, found 'x'"),
        ("[1, 2]", "[1, .inf]", r"search\.embedded\.width\.1: .*finite number, found inf"),
        ("population: 5", "population: 4", "population: .*greater than or equal to 5, found 4"),
        ("generations: 2", "generations: -1", "generations: .*equal to 0, found -1"),
        ("validation: 0.2", "validation: 0.0", r"validation: .*greater than 0, found 0\.0"),
        ("n_train: 30", "n_train: all", "n_train: .*valid integer, found 'all'"),
        ("epochs: 1", "epoch: 1", r"search\.embedded\.epoch: .*valid tuple, found 1"),
    ],
)
def test_mistakes_in_a_search_are_told_when_it_is_loaded(with_search, old, new, fault):
    path = with_search(old, new)
    with pytest.raises(InputError, match=rf"(?s){path}: [12] fault\(s\)\n.*{fault}"):
        params.load(path)


def test_a_search_needs_its_set_in_its_corpus(with_search, settings):
    with pytest.raises(InputError, match=r"unknown role 'tops'; .* 'sets\.embedded': digits, lett"):
        params.load(with_search("target: letters", "target: tops")).search_params()
    with pytest.raises(InputError, match=r"nothing under 'search\.embedded'"):
        settings.search_params()


def test_a_search_may_be_on_some_classes(with_search):
    chosen = params.load(with_search("target: letters", "target: high"))
    assert chosen.search_params().target == "high"
