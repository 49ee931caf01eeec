"""A role is one file: what it takes to add one, and what is told where one is missing."""

import gzip
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import sets
from glyph_transfer.protocol import params

PARAMS = """\
corpora: [official]
seed: 1
workers: 1
sets:
  official:
    kmnist: {validation: 10}
pretrain: {}
studies:
  few:
    question: Which help?
    targets: [kmnist]
    model: tominet
    n_train: [10]
    draws: 1
    sampling: random
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.5}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 1, learning_rate: 0.001}]
"""

ROLE = '''\
"""Kuzushiji-MNIST: ten cursive Japanese characters."""

from glyph_transfer.images.roles._facts import Role, mnist_forms

ROLE = Role(
    name="kmnist",
    title="KMNIST",
    licence="CC BY-SA 4.0",
    citation="Clanuwat et al. 2018, arXiv:1812.01718",
    source_page="http://codh.rois.ac.jp/kmnist/",
    classes=tuple("おきすつなはまやれを"),
    train_size=40,
    test_size=20,
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    forms=mnist_forms("kmnist", "kmnist", idx=FILES),
)
'''

# Python has the package of roles look into a second folder, which is as good as a new file in it
PROGRAM = """
import sys
from glyph_transfer.images import roles
roles.__path__.append(sys.argv[1])
from glyph_transfer.errors import InputError
from glyph_transfer.stages import convert, download
download.main("official", "kmnist")
convert.main("official", "kmnist")
try:
    download.generate("kmnist", 1)
except InputError as error:
    print(error)
"""


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


def split(n, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 28, 28), np.uint8), (np.arange(n) % 10).astype(np.uint8)


@pytest.fixture
def project(store):
    """A folder with a role of its own, a file alone, and images for it; gives the folder."""
    files = {}
    for name, (images, labels) in {"train": split(40, 1), "t10k": split(20, 2)}.items():
        files[f"{name}-images-idx3-ubyte.gz"] = idx(images)
        files[f"{name}-labels-idx1-ubyte.gz"] = idx(labels)
    (store / "local").mkdir()
    for name, content in files.items():
        (store / "local" / name).write_bytes(content)
    facts = tuple((len(c), hashlib.sha256(c).hexdigest()) for c in files.values())
    (store / "more").mkdir()
    (store / "more" / "kmnist.py").write_text(ROLE.replace("FILES", repr(facts)))
    (store / "params.yaml").write_text(PARAMS)
    return store


def test_a_role_is_added_by_its_file_and_a_line_in_params(project):
    """From a local folder to a set; without a twin, the embedded corpus has words for it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "more"],
        env=os.environ | {"GLYPH_TRANSFER_DATA": "local"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    made = sets.load(project / "data/official/sets/kmnist.npz")
    images, labels = split(20, 2)
    np.testing.assert_array_equal(made.test.images, images)
    np.testing.assert_array_equal(made.test.labels, labels)
    assert (len(made.train), len(made.validation), made.n_classes) == (30, 10, 10)
    assert '"provenance": "official"' in (
        project / "data/official/raw/kmnist/source.json"
    ).read_text(encoding="utf-8")
    assert "no images of 'kmnist'" in done.stdout and "official" in done.stdout


def test_a_role_without_a_file_is_refused_with_those_there_are(project):
    with pytest.raises(InputError, match=r"sets\.official\.kmnist.*unknown role.*balanced.*letter"):
        params.load(project / "params.yaml")


def test_names_of_roles_are_known_without_reading_a_role():
    """Every stage checks them, and none is to be out of date for a role that it does not use."""
    program = (
        "import sys; import glyph_transfer.protocol.params; "
        "print([m for m in sys.modules if m.startswith('glyph_transfer.images.')], "
        "'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "['glyph_transfer.images.roles'] False\n"
