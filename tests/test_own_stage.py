"""A folder that is named under `own` in params.yaml, as a stage that DVC runs."""

import json
import shutil

import numpy as np
import pytest

from glyph_transfer.commands.gate import JUDGED
from own_pictures import STROKES, drawn
from toy_project import Project, opened

TASK = "advise@shapes"
METRICS = "reports/own/shapes/metrics.json"


def name_task(params):
    params["own"]["recipes"] = ["class_means"]
    params["own"]["tasks"]["shapes"] = {"images": "My shapes"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with six pictures of each of three classes, after `dvc repro`."""
    project = Project(tmp_path_factory.mktemp("own"))
    for name in ("letters", "fashion"):  # one source is enough
        for path in (project.folder / "data" / "pretrained").glob(f"glyphnet-{name}.*"):
            path.unlink()
    rng = np.random.default_rng(0)
    for name in STROKES:
        (project.folder / "My shapes" / name).mkdir(parents=True)
        for number in range(6):
            drawn(name, rng).save(project.folder / "My shapes" / name / f"{number}.png")
    project.change_params(name_task)
    assert project.repro(TASK) == [TASK]
    return project


def test_it_is_kept_judged_and_shown_as_a_study_is(project):
    measured = json.loads((project.folder / METRICS).read_text())
    assert 0 <= measured["accuracy_low"] <= measured["accuracy"] <= measured["accuracy_high"] <= 1
    assert JUDGED.fullmatch(METRICS)
    shown = json.loads(project.dvc("metrics", "show", "--json"))[""]["data"]
    assert shown[METRICS]["data"] == measured
    own = project.folder / "data" / "own" / "shapes"
    assert (own / "index.html").exists()
    assert (own / "model" / "card.json").exists()
    client = opened(project, "own")
    version = client.get_model_version_by_alias("glyph-transfer-shapes", "best")
    assert client.get_run(version.run_id).data.metrics["expected_accuracy"] == measured["accuracy"]


def test_it_is_up_to_date_until_a_picture_changes(project):
    assert project.repro(TASK) == []
    picture = project.folder / "My shapes" / "bar" / "0.png"
    before = picture.read_bytes()
    drawn("bar", np.random.default_rng(9)).save(picture)
    assert TASK in project.outdated()
    picture.write_bytes(before)
    assert TASK not in project.outdated()


def test_made_anew_or_from_the_cache_it_is_the_same(project):
    own = project.folder / "data" / "own"
    files = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    project.dvc("repro", "--force", "--single-item", TASK)
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == files
    shutil.rmtree(own)
    assert project.repro(TASK) == []
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == files


def test_another_task_of_the_same_pictures_leaves_it_as_it_is(project):
    def name_another(params):
        params["own"]["tasks"]["light"] = {"images": "My shapes", "options": "ink=dark"}

    project.change_params(name_another)
    assert TASK not in project.outdated()
    assert "advise@light" in project.outdated()
