"""The repository's own pipeline, run by DVC from nothing in a project of toy size."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient
from ruamel.yaml import YAML

from glyph_transfer.layout import results_folder, study_folder
from glyph_transfer.protocol import Question, params

REPOSITORY = Path(__file__).parent.parent
TARGET = "evaluate@embedded-few_labels"
YAML_FILE = YAML()
PACKAGE = REPOSITORY / "src" / "glyph_transfer"


# Modules that no figure hangs on, or whose effect is in what a stage depends on anyway.
NEUTRAL = {
    "__init__", "errors", "files", "layout", "params", "protocol", "records", "tracking",
    "stages.__init__", "stages.program", "images.__init__", "learning.__init__", "studies.__init__",
}  # fmt: skip
NOT_FOLLOWED = {"studies.results"}  # it names the type of a replicate's result, and trains none


# --- dvc.yaml as it is written


def imported(module):
    """The project's modules that a module imports, lazily or not, neutral ones left out."""
    source = (PACKAGE / f"{module.replace('.', '/')}.py").read_text()
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            of = node.module.split(".")[1:]
            for name in (".".join([*of, alias.name]) for alias in node.names):
                parent = name.rpartition(".")[0]
                found |= {n for n in (name, parent, f"{name}.__init__") if is_module(n)}
    return found - NEUTRAL


def is_module(name):
    return (PACKAGE / f"{name.replace('.', '/')}.py").is_file()


def reached(module):
    """A module and all that it rests on."""
    todo, found = [module], set()
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += imported(module) - found if module not in NOT_FOLLOWED else ()
    return found


SHIPPED = params.load(REPOSITORY / "params.yaml")


def stages():
    written = YAML(typ="safe").load(REPOSITORY / "dvc.yaml")["stages"]
    return {name: stage.get("do", stage) for name, stage in written.items()}


@pytest.mark.parametrize("name", stages())
def test_a_stage_depends_on_the_code_that_it_rests_on(name):
    """DVC does not follow imports: what is missing here, it takes for unchanged."""
    stage = stages()[name]
    (program,) = re.findall(r"-m glyph_transfer\.(stages\.\w+)", stage["cmd"])
    files = {f"src/glyph_transfer/{module.replace('.', '/')}.py" for module in reached(program)}
    folders = tuple(f"{dep}/" for dep in stage["deps"])
    assert {file for file in files if not file.startswith(folders)} <= {*stage["deps"]}


def test_no_training_depends_on_how_its_results_are_shown():
    """Else a table drawn otherwise would have thousands of networks trained again."""
    for deps in (stages()[name]["deps"] for name in [*SHIPPED.studies, "search"]):
        assert not {"src/glyph_transfer", "src/glyph_transfer/studies"} & {*deps}
        assert not [dep for dep in deps if re.search("/(statistics|tables|claims|mistakes)", dep)]
    for deps in (stages()[name]["deps"] for name in SHIPPED.studies):
        assert not [dep for dep in deps if "/report" in dep]


@pytest.mark.parametrize("name", SHIPPED.studies)
def test_a_study_depends_on_its_images_its_sources_and_where_they_came_from(name):
    """Its provenance is the least official of its sets'; see stages/transfer.py."""
    study, deps = SHIPPED.studies[name], stages()[name]["deps"]
    data = {dep.removeprefix("data/${item}/") for dep in deps if dep.startswith("data/")}
    targets = {SHIPPED.role_of(cell.target) for cell in study.cells}
    is_searched = any(variant.searched for variant in study.variants.values())
    assert data == {
        *(["search/found.json"] if is_searched else []),
        *(f"sets/{role}.npz" for role in targets),
        *(f"sets/{role}.json" for role in SHIPPED.roles_of(study)),
        *(f"sources/{model}-{source}.keras" for model, source in study.pretrained),
    }


@pytest.mark.parametrize("name", SHIPPED.studies)
def test_a_study_depends_on_all_that_is_chosen_for_it(name):
    named = {*stages()[name]["params"]}
    study = SHIPPED.studies[name]
    subsets = {cell.target for cell in study.cells} & {*SHIPPED.subsets}
    assert named == {"seed", f"studies.{name}"} | ({"subsets"} if subsets else set())


def test_no_training_depends_on_what_a_study_is_held_against():
    """A claim in other words trains nothing; it is in published.yaml, which evaluation reads."""
    written = YAML(typ="safe").load(REPOSITORY / "params.yaml")["studies"]
    assert not {*Question.model_fields} & {key for study in written.values() for key in study}
    readers = {name for name, stage in stages().items() if "published.yaml" in str(stage["params"])}
    assert readers == {"evaluate"}


def test_there_is_a_stage_for_every_source_network_and_every_study():
    written = stages()
    for model in SHIPPED.pretrain["embedded"]:
        stage = written[f"pretrain_{model}"]
        assert {*stage["matrix"]["source"]} == {*SHIPPED.pretrain["embedded"][model]}
    assert written["evaluate"]["matrix"]["study"] == [*SHIPPED.studies]


def test_every_table_of_a_study_is_an_output():
    """What is not named, DVC neither keeps nor removes."""
    stage = stages()["evaluate"]
    named = {
        Path(next(iter(out))).stem
        for kind in ("outs", "plots")
        for out in stage[kind]
        if isinstance(out, dict)
    }
    tree = ast.parse((PACKAGE / "analysis" / "tables.py").read_text())
    (make,) = (node for node in tree.body if getattr(node, "name", "") == "make")
    (made,) = (node.value for node in make.body if isinstance(node, ast.Return))
    assert named == {key.value for key in made.keys}


# --- dvc.yaml as DVC runs it


SMALL = {  # instead of what params.yaml says of a study
    "few_labels": {"n_train": [20]},
    "batch_norm": {"n_train": [20]},
    "label_curve": {
        "n_train": [20, 30, "all"],
        "shown": "digits/tominet/letters/head_then_finetune/20",
    },
    "freeze_depth": {"images": 52},
    "unseen_digits": {"images": 30},
    "few_letters": {
        "n_train": [52],
        "shown": "letters/cnn_s4_transfer/digits/frozen_features/52",
    },
    "architectures": {"images": 94},
}


def shrink(params):
    """Make the shipped parameters small, whatever else they hold."""
    params["workers"] = 1
    sizes = {"digits": (60, 30), "letters": (260, 52), "fashion": (100, 20),
             "balanced": (188, 47), "bymerge": (188, 47)}  # fmt: skip
    for role, (train, validation) in sizes.items():
        params["sets"]["embedded"][role] = {"train": train, "validation": validation}
    for sources in params["pretrain"]["embedded"].values():
        for how in sources.values():
            how["epochs"] = 1
    for name, study in params["studies"].items():
        study |= {"draws": 2, "embedded": {"epochs": 1}} | SMALL[name]
        for variant in study["variants"].values():
            for phase in variant["phases"]:
                phase["epochs"] = 1


def questions_alone():
    """published.yaml without figures and claims, which are of cells of other sizes."""
    published = YAML_FILE.load(REPOSITORY / "published.yaml")
    return {name: {"question": study["question"]} for name, study in published.items()}


def test_every_shipped_study_can_be_made_small(tmp_path):
    """At most 20 trainings of one epoch a phase on 100 images: seconds."""
    path = tmp_path / "params.yaml"
    content = YAML_FILE.load(REPOSITORY / "params.yaml")
    shrink(content)
    YAML_FILE.dump(content, path)
    YAML_FILE.dump(questions_alone(), tmp_path / "published.yaml")
    small = params.load(path)
    for name in SHIPPED.studies:
        study = small.study(name, "embedded")
        assert sum(map(study.draws_of, study.cells)) <= 20, name
        epochs = {p.epochs for v in study.variants.values() for p in v.phases}
        assert epochs == {1}, name
        sizes = {study.images or 60 if n == "all" else n for n in study.n_train}
        assert max(sizes) <= 100, name


class Project:
    """A copy of the repository with a pipeline that takes seconds."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(REPOSITORY / "src", folder / "src")
        for name in ("dvc.yaml", "params.yaml", ".dvcignore", "MLproject", "python_env.yaml"):
            shutil.copy(REPOSITORY / name, folder / name)
        YAML_FILE.dump(questions_alone(), folder / "published.yaml")
        self.change_params(shrink)
        self.run("git", "init", "--quiet")
        self.dvc("init", "--quiet")
        self.dvc("config", "core.analytics", "false")
        self.dvc("config", "core.check_update", "false")

    def run(self, *words, inside_a_run=True):
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder / "src"),
        }
        if inside_a_run:  # as `mlflow run` leaves them: no stage may take them for its own
            environment |= {"MLFLOW_RUN_ID": "0" * 32, "MLFLOW_EXPERIMENT_ID": "99"}
        for name in ("MLFLOW_TRACKING_URI", "GLYPH_TRANSFER_DATA"):
            environment.pop(name, None)
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def dvc(self, *words):
        return self.run(sys.executable, "-m", "dvc", *words)

    def repro(self, target=TARGET):
        """Give the stages that DVC ran, in their order."""
        return re.findall(r"Running stage '(.+)'", self.dvc("repro", target))

    def change_params(self, change):
        self.change("params.yaml", change)

    def change(self, name, change):
        path = self.folder / name
        content = YAML_FILE.load(path)
        change(content)
        YAML_FILE.dump(content, path)

    def outputs(self):
        """Content of what has to repeat: predictions, networks and metrics."""
        folders = (study_folder("embedded", "few_labels"), results_folder("embedded", "few_labels"))
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for folder in (*folders, "data/embedded/sources", "data/embedded/runs")
            for path in sorted((self.folder / folder).rglob("*"))
            if path.is_file()
        }


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


def test_metrics_show_lists_the_accuracies(project):
    shown = json.loads(project.dvc("metrics", "show", "--json"))[""]["data"]
    cells = shown["reports/embedded/few_labels/metrics.json"]["data"]["cells"]
    assert {*cells} == {
        "digits/tominet/none/scratch/20",
        "digits/tominet/letters/head_then_finetune/20",
        "digits/tominet/fashion/head_then_finetune/20",
    }
    for cell in cells.values():
        assert 0 <= cell["accuracy_low"] <= cell["accuracy"] <= cell["accuracy_high"] <= 1
    source = shown["reports/embedded/sources/tominet-letters.json"]["data"]
    assert 0 <= source["test_accuracy"] <= 1


def test_a_source_trained_again_is_the_same_file(project, first):
    """Else all that rests on it would run again wherever it is made anew."""
    stage = "pretrain_tominet@embedded-letters"
    project.dvc("repro", "--force", "--single-item", stage)
    assert project.outputs() == first


def test_the_number_of_workers_reruns_nothing(project):
    project.change_params(lambda params: params.update(workers=2))
    assert project.repro() == []


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
    assert "data/embedded/sources/tominet-fashion.keras" in changed
    assert "data/embedded/sources/tominet-letters.keras" not in changed


def test_going_back_takes_all_that_was_trained_from_the_cache(project, first):
    """DVC keeps no run of a stage with tables that it does not cache: `evaluate` is quick."""

    def train_shorter(params):
        params["pretrain"]["embedded"]["tominet"]["fashion"]["epochs"] = 1

    project.change_params(train_shorter)
    assert project.repro() == ["evaluate@embedded-few_labels"]
    assert project.outputs() == first


def opened(project, name):
    """A client of a copy of the store: MLflow keeps connections, even to a file that is gone."""
    copy = shutil.copy(project.folder / "mlflow.db", project.folder / f"{name}.db")
    return MlflowClient(f"sqlite:///{copy}")


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
    project.dvc("repro", "--single-item", "report@embedded")
    page = project.folder / "reports" / "embedded" / "index.html"
    before = page.read_bytes()
    assert b"batch_norm" in before
    (project.folder / "mlflow.db").unlink()
    shutil.rmtree(project.folder / "mlartifacts")
    project.dvc("repro", "--force", "--single-item", "report@embedded")
    assert page.read_bytes() == before
    client = opened(project, "restored")
    experiments = {e.name: e.experiment_id for e in client.search_experiments()}
    study = client.search_runs([experiments["glyph-transfer/few_labels"]])
    stages = [run.data.tags for run in study if "mlflow.parentRunId" not in run.data.tags]
    assert {tags.get("restored") for tags in stages} == {"true"}


def test_an_mlflow_project_run_holds_the_stages_of_its_comparison(project):
    words = ("run", ".", "--env-manager", "local", "-P", "source=fashion")
    project.run(sys.executable, "-m", "mlflow", *words, inside_a_run=False)
    client = opened(project, "compared")
    (parent,) = (r for r in client.search_runs(["0"]) if r.data.tags.get("source") == "fashion"
                 and "mlflow.parentRunId" not in r.data.tags)  # fmt: skip
    assert parent.info.status == "FINISHED"
    assert "index.html" in [a.path for a in client.list_artifacts(parent.info.run_id)]
    of_parent = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    children = client.search_runs(["0"], of_parent)
    assert sorted(run.data.tags["stage"] for run in children) == sorted(
        ["download"] * 2 + ["convert"] * 2 + ["pretrain", "transfer", "evaluate"]
    )
