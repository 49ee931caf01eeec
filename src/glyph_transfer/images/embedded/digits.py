"""Real handwritten digits, brought to 28x28 the way MNIST was made."""

import numpy as np
from scipy import ndimage

from glyph_transfer.images.embedded.pixels import SIZE, to_uint8

N_TEST_PER_CLASS = 60
BOX = 20  # side of the box that the ink is scaled into, pixels: LeCun et al. (1998)
MARGIN = 2  # empty pixels around the 8x8 original
ZOOM = 4  # samples per original pixel: 4, as in the 32x32 scans that were counted into 8x8
SHARPEN = 0.25  # share of the Laplacian taken away: undoes the counting's blur, opens loops
INK_FROM, INK_TO = 0.45, 0.85  # the contrast curve's ends: strokes as bright and thin as MNIST's
EDGE = 0.3  # blur of the stroke edges, pixels of the result


def generate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """UCI handwritten digits (Alpaydin and Kaynak, 1998), all that scikit-learn carries.

    Returns:
        Images uint8 (1797, 28, 28), labels uint8 (1797,), and whether each one belongs to
        the test split, bool (1797,): 60 of each class, chosen by `rng`.
    """
    # Here, because it takes most of a second and the other roles do not need it.
    from sklearn.datasets import load_digits

    originals, labels = load_digits(return_X_y=True)
    images = np.stack([frame_as_mnist(original.reshape(8, 8) / 16) for original in originals])
    is_test = np.zeros(len(labels), bool)
    for label in range(10):
        chosen = rng.permutation(np.flatnonzero(labels == label))[:N_TEST_PER_CLASS]
        is_test[chosen] = True
    return images, labels.astype(np.uint8), is_test


def frame_as_mnist(original: np.ndarray) -> np.ndarray:
    """Scale ink into a 20x20 box, keeping its proportions, and centre it by mass in 28x28.

    This is MNIST's preprocessing (LeCun, Bottou, Bengio and Haffner, "Gradient-based
    learning applied to document recognition", 1998), after smooth enlargement.

    Args:
        original: the ink's share of each pixel, 0..1, (height, width).

    Returns:
        uint8 (28, 28).
    """
    ink = _enlarge(original)
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    step = (max(np.ptp(rows), np.ptp(columns)) + 1) / BOX
    ink = ndimage.gaussian_filter(ink, EDGE * step, mode="constant")
    from_centre = step * (np.arange(SIZE) - (SIZE - 1) / 2)
    centre_row, centre_column = ndimage.center_of_mass(ink)
    grid = np.meshgrid(centre_row + from_centre, centre_column + from_centre, indexing="ij")
    return to_uint8(ndimage.map_coordinates(ink, grid, order=1))


def _enlarge(original: np.ndarray) -> np.ndarray:
    padded = np.pad(original, MARGIN)
    sharp = padded - SHARPEN * ndimage.laplace(padded, mode="constant")
    axes = [(np.arange(n * ZOOM) + 0.5) / ZOOM - 0.5 for n in padded.shape]
    smooth = ndimage.map_coordinates(sharp, np.meshgrid(*axes, indexing="ij"), order=3)
    return np.clip((smooth - INK_FROM) / (INK_TO - INK_FROM), 0, 1)
