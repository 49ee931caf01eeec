"""A copy of the repository whose pipeline, run by DVC, takes seconds."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mlflow import MlflowClient
from ruamel.yaml import YAML

from glyph_transfer.layout import results_folder, study_folder
from glyph_transfer.protocol import params

REPOSITORY = Path(__file__).parent.parent
SHIPPED = params.load(REPOSITORY / "params.yaml")
YAML_FILE = YAML()
TARGET = "evaluate@embedded-few_labels"

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
    "recipes": {
        "n_train": [20],
        "draws": 1,
        "shown": "digits/glyphnet/letters/logistic_probe/20",
    },
    "recipes_letters": {
        "n_train": [52],
        "draws": 1,
        "shown": "letters/glyphnet/digits/logistic_probe/52",
    },
    "unseen_labels": {"n_train": [20], "shown": "digits/glyphnet/letters/logistic_probe/20"},
    "forecast": {  # two of every class, which scores that leave images out need
        "targets": ["digits", "letters"],
        "n_train": [52],
        "shown": "digits/glyphnet/letters/logistic_probe/52",
    },
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
            if "ready_made" not in how:
                how |= {"epochs": 1, "networks": 1}
    for recipe in params["recipes"].values():
        for phase in recipe.get("phases", ()):
            phase["epochs"] = 1
        if "unlabelled" in recipe:
            recipe["unlabelled"]["images"] = 20
    for name, study in params["studies"].items():
        study |= {"draws": 2} | SMALL[name]
        for variant in study.get("variants", {}).values():
            variant.pop("n_train", None)  # those of the study as it was
            for phase in variant.get("phases", ()):
                phase["epochs"] = 1


def questions_alone():
    """published.yaml without figures and claims, which are of cells of other sizes."""
    published = YAML_FILE.load(REPOSITORY / "published.yaml")
    return {name: {"question": study["question"]} for name, study in published.items()}


class Project:
    """A copy of the repository with a pipeline that takes seconds."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("src", "data/pretrained", "reports/own"):
            shutil.copytree(REPOSITORY / name, folder / name)
        for name in ("dvc.yaml", "params.yaml", ".dvcignore", "MLproject", "python_env.yaml"):
            shutil.copy(REPOSITORY / name, folder / name)
        YAML_FILE.dump(questions_alone(), folder / "published.yaml")
        self.change_params(shrink)
        self.run("git", "init", "--quiet")
        self.dvc("init", "--quiet")
        self.dvc("config", "core.analytics", "false")
        self.dvc("config", "core.check_update", "false")

    def run(self, *words, inside_a_run=True, before=()):
        """Run a command, with folders that Python looks into `before` any other."""
        environment = {
            **os.environ,
            "VIRTUAL_ENV": str(Path(sys.executable).parents[1]),
            "PYTHONPATH": os.pathsep.join(map(str, [*before, self.folder / "src"])),
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

    def dvc(self, *words, before=()):
        return self.run(sys.executable, "-m", "dvc", *words, before=before)

    def repro(self, target=TARGET):
        """Give the stages that DVC ran, in their order, but for the one that it always runs."""
        ran = re.findall(r"Running stage '(.+)'", self.dvc("repro", target))
        return [stage for stage in ran if stage != "environment"]

    def outdated(self):
        """Give the stages that are not up to date."""
        return {*json.loads(self.dvc("status", "--json"))} - {"environment"}

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


def opened(project, name):
    """A client of a copy of the store: MLflow keeps connections, even to a file that is gone."""
    copy = shutil.copy(project.folder / "mlflow.db", project.folder / f"{name}.db")
    return MlflowClient(f"sqlite:///{copy}")
