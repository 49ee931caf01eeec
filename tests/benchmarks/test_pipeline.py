"""A whole run of the pipeline, split up."""

import pytest

from benchmarks import pipeline
from glyph_transfer.files import write_json

STAGES = {
    "environment": 1.0,
    "convert@embedded-digits": 4.0,
    "pretrain_tominet@embedded-letters": 30.0,
    "visualise@embedded": 6.0,
    "few_labels@embedded": 40.0,
    "evaluate@embedded-few_labels": 5.0,
    "report@embedded": 9.0,
}
WORK = {
    "convert_digits": 3.0, "pretrain_tominet-letters": 25.0, "visualise_few_labels": 5.0,
    "few_labels": 37.0, "evaluate_few_labels": 4.0,
}  # fmt: skip


def test_all_seconds_of_all_lanes_are_in_one_part(tmp_path):
    """Stages that say nothing of their work, such as `environment`, count as a whole."""
    for name, seconds in WORK.items():
        write_json(tmp_path / "data/embedded/conditions" / f"{name}.json", {"seconds": seconds})
    work = pipeline._work(tmp_path, STAGES)
    parts = pipeline._parts(pipeline.Seconds(60.0, 2.5, STAGES, work, [2.0]), lanes=2)
    assert parts[pipeline.TRAINING] == 62.0
    assert [*parts.values()] == pytest.approx([62.0, 12.0, 21.0, 5.0, 20.0])
