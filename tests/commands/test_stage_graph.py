"""Which stages may have to run."""

import pytest

from glyph_transfer.commands import stage_graph
from glyph_transfer.errors import InputError

GRAPH = {
    "raw": set(),
    "sets": {"raw"},
    "study@a": {"sets"},
    "report": {"study@a", "other"},
    "other": {"sets"},
}


def test_what_changed_is_outdated_and_all_that_rests_on_it():
    assert stage_graph.outdated(GRAPH, {"other"}) == {"other": set(), "report": {"other"}}


def test_a_target_runs_with_what_it_rests_on_and_nothing_else():
    needed = stage_graph.needed_for(GRAPH, ["study@a"])
    assert needed == {"raw": set(), "sets": {"raw"}, "study@a": {"sets"}}
    assert set(stage_graph.outdated(needed, {"sets", "other"})) == {"sets", "study@a"}


def test_without_a_target_everything_is_needed():
    assert stage_graph.needed_for(GRAPH, []) == GRAPH


def test_nothing_runs_where_nothing_changed():
    assert stage_graph.outdated(GRAPH, []) == {}


def test_a_target_that_is_no_stage_is_named_with_those_that_are():
    with pytest.raises(InputError, match="no stage stduy; there are raw, sets, study@a"):
        stage_graph.needed_for(GRAPH, ["stduy"])


def test_of_the_stages_that_run_every_time_those_go_first_that_rest_on_no_others():
    """The others wait for what they rest on, as any stage."""
    first = stage_graph.always_first(GRAPH, {"sets", "raw", "report"})
    assert list(first) == ["raw", "sets"]
