"""What is kept of a stage is enough to log it and to report it, and is taken for nothing else."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import write_json
from glyph_transfer.layout import (
    conditions_file,
    figures_folder,
    record_file,
    records_folder,
    results_folder,
)
from glyph_transfer.tracking import code, kept, store
from glyph_transfer.tracking.records import Model, Record, write_conditions, write_record
from tracked_conditions import CONDITIONS

STAGE = "few"
PICTURE = figures_folder("embedded", STAGE) / "mistakes.png"
CHART = figures_folder("embedded", STAGE) / "accuracy.png"
TABLE = results_folder("embedded", STAGE) / "cells.csv"
NETWORK = Path("data/embedded/studies/few/shown.keras")


@pytest.fixture
def record(store, monkeypatch):
    """A record of a training with a file of every kind, written as a stage writes it."""
    monkeypatch.setattr(code, "digest", lambda program: f"code of {program}")
    for path in (PICTURE, CHART, TABLE, NETWORK):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content of {path.name}".encode())
    record = Record(
        name="few (embedded)",
        experiment="few",
        tags={"stage": "transfer", "corpus": "embedded"},
        metrics={"accuracy": 0.75},
        artifacts=list(map(str, (PICTURE, CHART, TABLE))),
        model=Model(str(NETWORK)),
        children=[Record("draw 0", "few", metrics={"test_accuracy": 0.5})],
    )
    write_record(record, record_file("embedded", STAGE))
    write_conditions(
        replace(CONDITIONS, code="code of transfer"), conditions_file("embedded", STAGE)
    )
    return record


def keep():
    kept.keep({STAGE: kept.of_this_folder("embedded", STAGE)}, "embedded")


def test_where_all_files_are_at_hand_the_record_is_whole(record):
    keep()
    read = kept.read("embedded", STAGE)
    assert read.record == record
    assert read.conditions == replace(CONDITIONS, code="code of transfer")


def test_in_a_clone_it_has_its_fingerprint_and_all_but_networks_and_charts(record):
    keep()
    fingerprint = record.fingerprint
    shutil.rmtree("data")
    read = kept.read("embedded", STAGE).record
    assert read.fingerprint == fingerprint
    copy = records_folder("embedded") / STAGE / "mistakes.png"
    assert read.artifacts == [str(copy), str(TABLE)]
    assert copy.read_bytes() == b"content of mistakes.png"
    assert read.model is None
    assert (read.metrics, read.children) == (record.metrics, record.children)


def test_what_is_kept_twice_is_the_same_bytes(record):
    keep()
    path = records_folder("embedded") / f"{STAGE}.json"
    before = path.read_bytes()
    keep()
    assert path.read_bytes() == before


def test_a_stage_that_is_not_kept_is_none(store):
    assert kept.read("embedded", "many") is None


def test_a_file_that_is_missing_is_not_kept_as_if_it_were_there(record):
    PICTURE.unlink()
    with pytest.raises(InputError, match=r"mistakes\.png: not found, but few says it wrote it"):
        keep()
    assert not records_folder("embedded").exists()


@pytest.mark.parametrize("path", [records_folder("embedded") / STAGE / PICTURE.name, TABLE])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"other"), Path.unlink])
def test_a_kept_file_that_is_changed_or_missing_is_told(record, path, damage):
    keep()
    shutil.rmtree("data")
    damage(path)
    with pytest.raises(InputError, match=rf"{path.name} of few is missing or not as .*`git check"):
        kept.read("embedded", STAGE)


@pytest.mark.parametrize("change", [{"metrics": {"accuracy": 0.76}}, {"children": []}])
def test_a_record_that_is_changed_is_told(record, change):
    """A number that was typed is no result."""
    keep()
    path = records_folder("embedded") / f"{STAGE}.json"
    content = json.loads(path.read_text())
    content["record"] |= change
    write_json(path, content)
    with pytest.raises(InputError, match=r"few\.json: changed since the stage `keep` wrote it"):
        kept.read("embedded", STAGE)


@pytest.mark.parametrize("text", ["{", "[]", '{"record": {}}'])
def test_a_record_that_is_damaged_is_told(record, text):
    keep()
    (records_folder("embedded") / f"{STAGE}.json").write_text(text)
    with pytest.raises(InputError, match=r"few\.json: not .*(`git checkout`|`make repro`)"):
        kept.read("embedded", STAGE)


def test_what_other_code_has_trained_is_refused_with_its_commit(record):
    write_conditions(replace(CONDITIONS, code="of before"), conditions_file("embedded", STAGE))
    message = r"embedded: trained by other code .*: few \(commit abc\)\. Train anew with `dvc repro"
    with pytest.raises(InputError, match=message):
        keep()
    assert not records_folder("embedded").exists(), "nothing is kept"


@pytest.mark.parametrize(("at_commit", "is_known"), [("code of transfer", True), (None, False)])
def test_what_says_nothing_of_its_code_has_that_of_its_commit(
    record, monkeypatch, at_commit, is_known
):
    write_conditions(CONDITIONS, conditions_file("embedded", STAGE))
    asked = {("transfer", "abc"): at_commit}
    monkeypatch.setattr(code, "digest_at", lambda *words: asked[words])
    if is_known:
        keep()
        assert kept.read("embedded", STAGE).conditions.code == "code of transfer"
    else:
        with pytest.raises(InputError, match="trained by other code"):
            keep()


def test_a_run_from_records_is_replaced_by_the_whole_one(record, client, monkeypatch):
    """Else a clone that has trained what it had shown before would never have its networks."""
    keep()
    network = NETWORK.read_bytes()
    NETWORK.unlink()
    few = kept.read("embedded", STAGE)
    first = store.log(few.record, few.conditions, restored=True)
    assert client.get_run(first).data.tags["restored"] == store.FROM_RECORDS
    assert store.log(few.record, few.conditions, restored=True) == first
    NETWORK.write_bytes(network)
    logged = []
    monkeypatch.setattr("glyph_transfer.tracking.models.log", lambda *words: logged.append(words))
    whole = kept.read("embedded", STAGE)
    second = store.log(whole.record, whole.conditions)
    assert second != first
    assert client.get_run(first).info.lifecycle_stage == "deleted"
    assert "restored" not in client.get_run(second).data.tags
    assert len(logged) == 1
    assert store.log(few.record, few.conditions, restored=True) == second, "it has all of it"
