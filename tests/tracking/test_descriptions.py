"""Every run says what it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.files import read_json
from glyph_transfer.tracking import store
from glyph_transfer.tracking.descriptions import description_of
from glyph_transfer.tracking.records import record_of
from tracked_conditions import CONDITIONS, active_runs

RECORDS = Path(__file__).parents[2] / "reports" / "embedded" / "records"


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.json")), ids=lambda path: path.stem)
def test_all_runs_of_the_committed_records_say_what_they_are(path):
    """Sources that are ready-made, and the runs below others, said nothing."""
    record = record_of(read_json(path)["record"])
    for each in (record, *record.children):
        assert len(description_of(each)) > 20, each.name
        assert "{" not in description_of(each)


def test_a_run_has_the_description_of_its_stage(client, record):
    tags = {"stage": "replicate", "cell": "digits/none", "draw": "7"}
    draws = [replace(each, tags=tags) for each in record.children[:1]]
    store.log(replace(record, children=draws, description="All draws."), CONDITIONS)
    child, parent = (run.data.tags["mlflow.note.content"] for run in active_runs(client))
    assert parent == "All draws."
    assert "digits/none" in child
    assert "draw 7" in child
