"""Modules that no stage has to depend on, since they change nothing that is computed.

Each has a double in tests/doubles: other file names and folders, other digests, no atomic
writing, no records, no store. The stages give the same with all of these in their places.
test_dependencies.py takes no other modules for neutral than those that have a double.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glyph_transfer
from glyph_transfer import layout
from glyph_transfer.stages import evaluate, pretrain, search, transfer

DOUBLES = Path(__file__).parents[1] / "doubles"
SEARCH = """\
search:
  embedded: {target: letters, validation: 0.25, n_train: 20, epochs: 1, batch_size: 5,
             population: 5, generations: 0, dropout: [0.0, 0.8],
             learning_rate: [0.001, 0.1], width: [0.1, 0.2], log: [learning_rate]}
studies:
  searched:
    question: Which?
    targets: [letters]
    model: cnn_s5c
    n_train: [all]
    draws: 1
    sampling: random
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.9}
    variants:
      scratch:
        sources: [none]
        searched: true
        load: []
        phases: [{train: all, epochs: 1, learning_rate: 0.001}]
"""
ELSEWHERE = """\
import shutil, sys
from pathlib import Path
from glyph_transfer import layout
from glyph_transfer.stages import evaluate, pretrain, search, transfer

Path("elsewhere").mkdir()
for kind in ("set_file", "set_facts_file"):
    for role in ("digits", "letters"):
        path = getattr(layout, kind)("embedded", role)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(Path(sys.argv[1], "data", "embedded", "sets", role + path.suffix), path)
pretrain.main("embedded", "tominet", "letters")
transfer.main("embedded", "few")
evaluate.main("embedded", "few")
search.main("embedded")
"""


@pytest.fixture(scope="module")
def here(project):
    """The project's folder after its stages, as they are."""
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("studies:\n", SEARCH, 1))
    pretrain.main("embedded", "tominet", "letters")
    transfer.main("embedded", "few")
    evaluate.main("embedded", "few")
    search.main("embedded")
    return project


@pytest.fixture(scope="module")
def elsewhere(here, tmp_path_factory):
    """A folder after the same stages, with the doubles in place."""
    folder = tmp_path_factory.mktemp("doubled")
    package = folder / "src" / glyph_transfer.__name__
    shutil.copytree(Path(glyph_transfer.__file__).parent, package)
    shutil.copytree(DOUBLES, package, dirs_exist_ok=True)
    shutil.copy(Path(__file__).parents[2] / "dvc.yaml", folder)
    shutil.copy(here / "params.yaml", folder)
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(here)],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "elsewhere"


def arrays(path):
    """Content of a .npz but for digests, which are others elsewhere."""
    with np.load(path) as content:
        return {
            name: content[name].tolist()
            for name in content
            if name not in ("fingerprint", "source")
        }


def test_every_double_stands_for_a_module():
    package = Path(glyph_transfer.__file__).parent
    for path in DOUBLES.rglob("*.py"):
        assert (package / path.relative_to(DOUBLES)).is_file(), path


def test_predictions_are_the_same(here, elsewhere):
    study = here / layout.study_folder("embedded", "few")
    files = sorted(study.rglob("*.npz"))
    assert len(files) == 3, "two cells and the test images"
    for path in files:
        other = elsewhere / "study_folder" / "embedded-few" / path.relative_to(study)
        assert arrays(path) == arrays(other)


@pytest.mark.parametrize(
    ("path", "other"),
    [
        (layout.source_file("embedded", "tominet", "letters"),
         "source_file/embedded-tominet-letters-0.keras"),
        (layout.study_folder("embedded", "few") / "shown.keras",
         "study_folder/embedded-few/shown.keras"),
        *(
            (layout.results_folder("embedded", "few") / f"{table}.csv",
             f"results_folder/embedded-few/{table}.csv")
            for table in ("cells", "differences", "claims", "curves")
        ),
        (layout.results_folder("embedded", "search") / "trials.csv",
         "results_folder/embedded-search/trials.csv"),
    ],
)  # fmt: skip
def test_networks_and_tables_are_the_same_bytes(here, elsewhere, path, other):
    assert (here / path).read_bytes() == (elsewhere / other).read_bytes()
