"""A project of toy size: two sets that can be learned in seconds, and a study of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.files import write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import set_facts_file, set_file

PARAMS = """\
corpora: [embedded]
seed: 1
workers: 1
sets:
  embedded:
    digits: {train: 40, validation: 20}
    letters: {train: 40, validation: 20}
  official:
    letters: {train: 40, validation: 6, allow_unofficial: published}
    digits: {train: 40, validation: 10, allow_unofficial: false}
pretrain:
  embedded:
    tominet:
      letters: {optimizer: adam, learning_rate: 0.01, batch_size: 20,
                batch_norm_momentum: 0.5, epochs: 6, patience: 2}
subsets:
  low: {role: digits, classes: [A, B, C, D, E]}
  high: {role: digits, classes: [J, I, H, G, F]}
studies:
  few:
    question: Which bars help?
    targets: [digits]
    model: tominet
    n_train: [10]
    draws: 3
    sampling: random
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.5}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
      head:
        sources: [letters]
        baseline: scratch
        load: [conv_1, bn_1, conv_2, bn_2]
        phases: [{train: [dense], epochs: 3, learning_rate: 0.01}]
    published:
    - {cell: digits/tominet/letters/head/10, value: 0.77, claim: help}
    claims:
      help: {text: Bars of letters help., cell: digits/tominet/letters/head/10,
             than: digits/tominet/none/scratch/10, expects: higher}
"""

OWN = """\
  own:
    question: Do low bars help with high ones?
    targets: [low, high]
    model: tominet
    n_train: [all]
    draws: 2
    sampling: random
    validation: 0.0
    score_every: 1
    sources_from: scratch
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.5}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: {embedded: 2, official: 5}, learning_rate: 0.001}]
      head:
        sources: [low]
        baseline: scratch
        load: [conv_1, bn_1, conv_2, bn_2]
        phases: [{train: [dense], epochs: {embedded: 2, official: 3}, learning_rate: 0.01}]
    ensembles:
      alone: {target: high, variant: scratch, members: [tominet], baseline: tominet}
    shown: high/tominet/low/head/all
    published:
    - {cell: high/tominet/low/head/all, score: first_epoch_accuracy, value: 0.5}
    - {cell: high/tominet/low/head/all, score: speedup, than: low/tominet/none/scratch/all,
       value: 3.4}
    images: {embedded: 20}
"""


def bars(labels, seed):
    """Images with a bar at the height that tells the class, in noise."""
    images = np.random.default_rng(seed).integers(0, 60, (len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 3 : 2 * label + 5, 4:20] = 255
    return images


def make_set(n_train=40, n_validation=20, n_test=30, seed=0):
    splits = []
    for number, n in enumerate((n_train, n_validation, n_test)):
        labels = np.random.default_rng((seed, number)).permutation(np.arange(n) % 10)
        labels = labels.astype(np.uint8)
        images = bars(labels, (seed, number, 1))
        splits.append(sets.Split(images, labels, np.arange(n, dtype=np.int32)))
    return sets.ImageSet(tuple("ABCDEFGHIJ"), *splits)


def write(role, image_set, provenance="generated"):
    """Write a set as convert does."""
    sets.save(image_set, set_file("embedded", role))
    facts = {
        "provenance": provenance,
        "splits": {
            name: {"images": len(split), "sha256": split.digest}
            for name, split in ((n, getattr(image_set, n)) for n in sets.SPLITS)
        },
    }
    write_json(set_facts_file("embedded", role), facts)


@pytest.fixture(scope="module")
def project(empty_store, tmp_path_factory):
    """Work in a project's folder with the sets `digits` and `letters`; gives the folder.

    One for all tests of a file, so that what costs seconds is made once.
    """
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.copy(empty_store, "mlflow.db")
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.delenv("GLYPH_TRANSFER_DATA", raising=False)
        patch.delenv("DVC_STAGE", raising=False)
        Path("params.yaml").write_text(PARAMS)
        write("digits", make_set(seed=1))
        write("letters", make_set(seed=2))
        yield folder


@pytest.fixture(scope="module")
def own_study(project):
    """Have a study that trains its own sources in the project, with subsets and an ensemble."""
    path = project / "params.yaml"
    path.write_text(path.read_text() + OWN)
    return "own"


@pytest.fixture
def toy_set():
    """The maker of sets, from numbers of images and a seed."""
    return make_set


@pytest.fixture
def write_set():
    """The writer of sets, from a role, a set and its provenance."""
    return write
