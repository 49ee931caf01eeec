"""Records come back as they went, and their fingerprint is a digest of all they say."""

import json
from dataclasses import replace

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.scores import rounded
from glyph_transfer.tracking.records import (
    Conditions,
    Dataset,
    Model,
    Record,
    measured_conditions,
    read_conditions,
    read_record,
    write_conditions,
    write_record,
)


@pytest.fixture
def record(tmp_path, monkeypatch):
    """A record with every field filled, and the files it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_bytes(b"a\n1\n")
    (tmp_path / "best.keras").write_bytes(b"network")
    (tmp_path / "curve.png").write_bytes(b"picture")
    return Record(
        name="few (embedded)",
        experiment="few",
        tags={"corpus": "embedded"},
        params={"draws": 3, "rate": 0.001},
        metrics={"accuracy": 0.1 + 0.2},
        curves={"loss": [2.0, 1.0]},
        datasets=[Dataset("embedded-digits", "train", "ab" * 32, 20)],
        artifacts=["table.csv"],
        model=Model("best.keras", "few-embedded", "best"),
        children=[
            Record("draw 0", "few", metrics={"accuracy": 0.5}, artifacts=["curve.png"]),
        ],
    )


def test_a_record_comes_back_equal(record, tmp_path):
    write_record(record, tmp_path / "runs" / "few.json")
    read = read_record(tmp_path / "runs" / "few.json")
    assert read == record
    assert read.fingerprint == record.fingerprint


def test_equal_records_are_equal_bytes(record, tmp_path):
    for name in ("one.json", "two.json"):
        write_record(record, tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"experiment": "other"},
        {"tags": {"corpus": "official"}},
        {"params": {"draws": 4, "rate": 0.001}},
        {"metrics": {"accuracy": 0.3}},
        {"curves": {"loss": [2.0, 1.5]}},
        {"datasets": [Dataset("embedded-digits", "test", "ab" * 32, 20)]},
        {"artifacts": []},
        {"model": None},
        {"model": Model("best.keras", "few-embedded", "latest")},
        {"children": []},
        {"children": [Record("draw 0", "few", metrics={"accuracy": 0.25})]},
    ],
)
def test_fingerprint_changes_with_every_field(record, change):
    """0.3 for 0.1 + 0.2 is the smallest change of a metric that can be."""
    assert replace(record, **change).fingerprint != record.fingerprint


@pytest.mark.parametrize("name", ["table.csv", "best.keras", "curve.png"])
def test_fingerprint_changes_with_a_byte_of_a_file(record, tmp_path, name):
    before = record.fingerprint
    content = bytearray((tmp_path / name).read_bytes())
    content[-1] ^= 1
    (tmp_path / name).write_bytes(content)
    assert record.fingerprint != before


def test_fingerprint_does_not_hang_on_the_order_of_keys(record):
    turned = replace(record, params=dict(reversed(record.params.items())))
    assert turned.fingerprint == record.fingerprint


def test_a_record_holds_no_time(record, tmp_path):
    """Else a stage that did the same work would give other bytes, and DVC run all after it."""
    write_record(record, tmp_path / "few.json")
    assert {*json.loads((tmp_path / "few.json").read_text())} == {
        "name", "experiment", "tags", "params", "metrics", "curves", "datasets", "artifacts",
        "model", "children", "tables", "description", "about",
    }  # fmt: skip


def test_a_number_that_is_none_is_refused(record, tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(replace(record, metrics={"loss": float("nan")}), tmp_path / "few.json")
    assert not (tmp_path / "few.json").exists()


def test_conditions_come_back_equal(tmp_path):
    conditions = Conditions(
        "2026-01-01T00:00:00+00:00", 1.5, "abc", "cpu", {"numpy": "2"},
        {"cell": [0.5, 0.25]}, {"cell": [0.25, 0.125]},
    )  # fmt: skip
    write_conditions(conditions, tmp_path / "few.json")
    assert read_conditions(tmp_path / "few.json") == conditions


def test_conditions_of_before_that_know_no_training_seconds_are_read(tmp_path):
    """The store of a run that was made by an older version is filled from its files."""
    conditions = measured_conditions(0.0, replicate_seconds={"cell": [1.0]})
    write_conditions(conditions, tmp_path / "few.json")
    content = json.loads((tmp_path / "few.json").read_text())
    del content["training_seconds"]
    (tmp_path / "few.json").write_text(json.dumps(content))
    assert read_conditions(tmp_path / "few.json") == conditions


def test_measured_conditions_are_told_in_utc_and_outside_of_git(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    conditions = measured_conditions(0.0, replicate_seconds={"cell": [1.0]})
    assert conditions.started == "1970-01-01T00:00:00+00:00"
    assert conditions.seconds > 1e9
    assert conditions.commit == "unknown"
    assert conditions.replicate_seconds == {"cell": [1.0]}
    assert {"python", "tensorflow", "keras", "numpy"} <= {*conditions.versions}


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, r"few\.json: not found\. `dvc repro`"), ("{", r"few\.json: not valid JSON .*line 1")],
)
@pytest.mark.parametrize("read", [read_record, read_conditions])
def test_what_cannot_be_read_is_told(tmp_path, read, content, message):
    path = tmp_path / "few.json"
    if content:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_rounding_keeps_six_significant_digits():
    assert rounded([0.12345649, 123456.51, 1.2345651e-9, 0.0]) == [
        0.123456, 123457.0, 1.23457e-9, 0.0,
    ]  # fmt: skip
