"""The repository's own pipeline, run by DVC from nothing in a project of toy size."""

import json
import shutil
import sys

import pytest
from mlflow import MlflowClient

from glyph_transfer.layout import study_folder
from toy_project import SHIPPED, TARGET, Project, opened

ALL = [
    *(f"{stage}@embedded-{role}" for role in ("digits", "letters", "fashion")
      for stage in ("download", "convert")),
    *(f"pretrain_tominet@embedded-{source}" for source in ("letters", "fashion")),
    "few_labels@embedded",
    TARGET,
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project after its first `dvc repro`."""
    project = Project(tmp_path_factory.mktemp("pipeline"))
    assert sorted(project.repro()) == sorted(ALL)
    return project


@pytest.fixture(scope="module")
def first(project):
    return project.outputs()


def test_a_second_repro_runs_nothing(project, first):
    assert project.repro() == []
    assert project.outputs() == first


def test_every_stage_has_its_run_in_the_projects_own_store(project):
    client = MlflowClient(f"sqlite:///{project.folder}/mlflow.db")
    experiments = {e.experiment_id: e for e in client.search_experiments()}
    runs = client.search_runs([*experiments])
    stages = sorted(run.data.tags["stage"] for run in runs)
    assert stages == sorted(
        ["download"] * 3 + ["convert"] * 3 + ["pretrain"] * 2 + ["transfer", "evaluate"]
        + ["replicate"] * 6
    )  # fmt: skip
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_metrics_are_the_accuracies(project):
    path = project.folder / "reports/embedded/few_labels/metrics.json"
    cells = json.loads(path.read_text())["cells"]
    assert {*cells} == {
        "digits/tominet/none/scratch/20",
        "digits/tominet/letters/head_then_finetune/20",
        "digits/tominet/fashion/head_then_finetune/20",
    }
    for cell in cells.values():
        assert 0 <= cell["accuracy_low"] <= cell["accuracy"] <= cell["accuracy_high"] <= 1


def test_a_source_trained_again_is_the_same_file(project, first):
    """Else all that rests on it would run again wherever it is made anew."""
    stage = "pretrain_tominet@embedded-letters"
    project.dvc("repro", "--force", "--single-item", stage)
    assert project.outputs() == first


def test_the_number_of_workers_reruns_nothing(project):
    project.change_params(lambda params: params.update(workers=2))
    assert project.repro() == []


@pytest.mark.parametrize("package", ["tensorflow", "keras", "numpy"])
def test_after_another_version_what_was_trained_is_out_of_date(project, package, tmp_path):
    metadata = tmp_path / f"{package}-999.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 999\n")
    before = project.outdated()
    project.dvc("repro", "environment", before=[tmp_path])
    trained = {"pretrain_tominet@embedded-letters", "few_labels@embedded"}
    assert trained <= project.outdated() - before
    project.dvc("repro", "environment")
    assert project.outdated() == before


def test_a_change_of_what_decides_epochs_and_cells_puts_trainings_out_of_date(project):
    """It decides them by how it reads params.yaml; once no stage depended on it."""
    file = project.folder / "src" / "glyph_transfer" / "protocol" / "study.py"
    written, before = file.read_text(), project.outdated()
    file.write_text(f"{written}\n# another line\n")
    changed = project.outdated() - before
    file.write_text(written)
    assert {"pretrain_tominet@embedded-letters", "few_labels@embedded"} <= changed


def test_one_source_changed_reruns_it_and_what_rests_on_it(project, first):
    """On two workers now, which must not change a byte of the other sources' cells."""

    def train_longer(params):
        params["pretrain"]["embedded"]["tominet"]["fashion"]["epochs"] = 2

    project.change_params(train_longer)
    assert project.repro() == [
        "pretrain_tominet@embedded-fashion", "few_labels@embedded", TARGET
    ]  # fmt: skip
    changed = {path for path, content in project.outputs().items() if content != first[path]}
    cells = {path for path in changed if path.endswith(".npz")}
    assert {path.split("/tominet/")[1].split("/")[0] for path in cells} == {"fashion"}
    assert "data/embedded/sources/tominet-fashion/network_00.keras" in changed
    assert "data/embedded/sources/tominet-letters/network_00.keras" not in changed


def test_going_back_takes_all_that_was_trained_from_the_cache(project, first):
    """DVC keeps no run of a stage with tables that it does not cache: `evaluate` is quick."""

    def train_shorter(params):
        params["pretrain"]["embedded"]["tominet"]["fashion"]["epochs"] = 1

    project.change_params(train_shorter)
    assert project.repro() == ["evaluate@embedded-few_labels"]
    assert project.outputs() == first


# --- what it takes to add a study


BLOCK = """
  another:
    foreach: ${corpora}
    do:
      cmd: ${run} transfer ${item} another
      deps: *few_labels
      params: [{data/environment.json: [training]}, seed, studies.few_labels, studies.another]
      outs:
      - data/${item}/studies/another
      - data/${item}/runs/another.json
      - data/${item}/conditions/another.json
"""
"""What dvc.yaml needs for a study that rests on the same sets and sources as few_labels."""


def test_a_study_is_a_section_in_two_files_and_ten_lines_for_dvc(project):
    def add(params):
        params["studies"]["another"] = {"extends": "few_labels", "draws": 1}

    before = {name: (project.folder / name).read_bytes() for name in ("dvc.yaml", "params.yaml")}
    project.change_params(add)
    project.change("published.yaml", lambda asked: asked.update(another={"question": "And now?"}))
    written = before["dvc.yaml"].decode()
    written = written.replace("study: [few_labels,", "study: [another, few_labels,")
    (project.folder / "dvc.yaml").write_text(written + BLOCK)
    assert project.repro("evaluate@embedded-another") == [
        "another@embedded", "evaluate@embedded-another"
    ]  # fmt: skip
    rows = (project.folder / "reports/embedded/another/cells.csv").read_text().splitlines()
    assert len(rows) == 1 + len(SHIPPED.studies["few_labels"].cells)
    for name, content in before.items():
        (project.folder / name).write_bytes(content)
    project.change("published.yaml", lambda asked: asked.pop("another"))


# --- a study that trains its own sources


def test_a_study_may_train_its_own_sources_and_keep_no_network_of_them(project):
    """On subsets of a set that is there: nothing else runs before it."""
    target = "evaluate@embedded-unseen_digits"
    assert project.repro(target) == ["unseen_digits@embedded", target]
    folder = project.folder / study_folder("embedded", "unseen_digits")
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "shown.keras",
        "digits_0_6/test.npz",
        "digits_7_9/test.npz",
        "digits_0_6/cnn_s3/none/scratch/all.npz",
        "digits_7_9/cnn_s3/none/scratch/all.npz",
        "digits_7_9/cnn_s3/digits_0_6/frozen_convs/all.npz",
    }
    assert not (project.folder / "data" / "embedded" / "parts" / "unseen_digits").exists()
    assert project.repro(target) == []


def test_what_a_study_is_held_against_trains_nothing_again(project):
    """A figure that is corrected is held against the predictions that are there."""

    def correct(asked):
        asked["unseen_digits"]["published"] = [
            {"cell": "digits_0_6/cnn_s3/none/scratch/all", "value": 0.99456}
        ]

    project.change("published.yaml", correct)
    target = "evaluate@embedded-unseen_digits"
    assert project.repro(target) == [target]


# --- the whole, to its page and as an MLflow project; last, for they add runs to the store


def test_the_page_does_not_depend_on_the_store(project):
    """Deleted with all runs, it is filled again from the stages' outputs.

    Two of the studies have run; the page says of the others that they have not.
    """
    for stage in ("keep", "report"):
        project.dvc("repro", "--single-item", f"{stage}@embedded")
    page = project.folder / "reports" / "embedded" / "index.html"
    before = page.read_bytes()
    assert b"batch_norm" in before
    shown = json.loads(project.dvc("metrics", "show", "--json"))[""]["data"]
    headlines = shown["reports/embedded/headlines.json"]["data"]
    assert headlines["confirmed"] == 0, "no claim is asked here"
    scores = json.loads((page.parent / "sources" / "scores.json").read_text())
    assert {*scores} == {"tominet-letters", "tominet-fashion"}
    (project.folder / "mlflow.db").unlink()
    shutil.rmtree(project.folder / "mlartifacts")
    project.dvc("repro", "--force", "--single-item", "report@embedded")
    assert page.read_bytes() == before
    client = opened(project, "restored")
    experiments = {e.name: e.experiment_id for e in client.search_experiments()}
    study = client.search_runs([experiments["glyph-transfer/few_labels"]])
    stages = [run.data.tags for run in study if "mlflow.parentRunId" not in run.data.tags]
    assert {tags.get("restored") for tags in stages} == {"true"}


def test_a_clone_without_data_logs_the_runs_and_makes_the_page_again(project, tmp_path):
    """What is committed is what DVC says it is; after a change of training code it is refused."""
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    (project.folder / ".gitignore").write_text("/data/\n/mlflow*\n/mlartifacts/\n__pycache__/\n")
    project.run("git", "add", "--all")
    project.run("git", *who, "commit", "--quiet", "--message", "results")
    project.run("git", "clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Project.__new__(Project)
    clone.folder = tmp_path / "clone"
    clone.run(sys.executable, "-m", "glyph_transfer.stages.report", "embedded")
    assert clone.run("git", "status", "--porcelain") == "", "byte for byte"
    assert json.loads(clone.dvc("status", "--json", "report@embedded")) == {}
    client = opened(clone, "shown")
    experiment = client.get_experiment_by_name("glyph-transfer/few_labels").experiment_id
    runs = client.search_runs([experiment], "tags.current = 'true'")
    assert sorted(run.data.tags["stage"] for run in runs) == sorted(
        ["evaluate", "transfer"] + ["replicate"] * 6
    )
    with open(clone.folder / "src" / "glyph_transfer" / "seeds.py", "a") as file:
        file.write("another = 1\n")
    with pytest.raises(AssertionError, match="trained by other code than that in src/"):
        clone.run(sys.executable, "-m", "glyph_transfer.stages.report", "embedded")


def test_an_mlflow_project_run_holds_the_stages_of_its_comparison(project):
    words = ("run", ".", "--env-manager", "local", "-P", "source=fashion")
    project.run(sys.executable, "-m", "mlflow", *words, inside_a_run=False)
    client = opened(project, "compared")
    (enclosing,) = client.search_runs(["0"])
    assert enclosing.info.status == "FINISHED"
    parent = client.get_run(enclosing.data.params["comparison"])
    study = client.get_experiment_by_name("glyph-transfer/few_labels").experiment_id
    assert (parent.info.experiment_id, parent.info.status) == (study, "FINISHED")
    assert parent.data.tags["source"] == "fashion"
    assert "index.html" in [a.path for a in client.list_artifacts(parent.info.run_id)]
    of_parent = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    children = client.search_runs([study], of_parent)
    assert sorted(run.data.tags["stage"] for run in children) == sorted(
        ["download"] * 2 + ["convert"] * 2 + ["pretrain", "transfer", "evaluate"]
    )
