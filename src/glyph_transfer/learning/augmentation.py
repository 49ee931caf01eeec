"""Random changes of images as handwriting has them, drawn anew whenever a batch is trained on.

Affine and elastic changes move pixels (Simard, Steinkraus and Platt 2003, "Best practices for
convolutional neural networks applied to visual document analysis"); a change of stroke width
lightens or darkens the rim of the ink.
"""

import math

import numpy as np

from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning.backend import tf
from glyph_transfer.protocol.augmentation import Augmentation

CONTROL_POINTS = 6
"""Points of the elastic field along each axis; a cubic B-spline lies through between them."""

_AFFINE = 7
"""Numbers that an image's affine change and stroke width are drawn by."""


def augment(images: tf.Tensor, how: Augmentation, seed: tf.Tensor) -> tf.Tensor:
    """Change every image at random: the same bits for the same seed, on any number of cores.

    Args:
        images: uint8 or float32 (n, 28, 28), 0 to 255, white on black.
        how: the strength of each change.
        seed: int32 (2,).

    Returns:
        float32 (n, 28, 28), 0 to 255.
    """
    return change(images, *draw(tf.shape(images)[0], how, seed))


def draw(
    n: tf.Tensor | int, how: Augmentation, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Draw changes of so many images.

    Returns:
        Where the pixels of the changed images lie in the given ones, float32 (n, 2, 28, 28), and
        by how much their strokes are wider, float32 (n,), -1 to 1; None where they stay.
    """
    drawn = tf.random.stateless_uniform((n, _AFFINE), seed, -1.0, 1.0)
    rotation, shear, scale_y, scale_x, shift_y, shift_x, stroke = tf.unstack(drawn, axis=1)
    coordinates = _affine(how, rotation, shear, (scale_y, scale_x), (shift_y, shift_x))
    if how.elastic:
        coordinates += how.elastic * _elastic(n, seed + (0, 1 << 30))
    return coordinates, how.stroke * stroke if how.stroke else None


def change(images: tf.Tensor, coordinates: tf.Tensor, stroke: tf.Tensor | None) -> tf.Tensor:
    """Change images as `draw` gives it, each in its own way or all by the only change there is.

    Args:
        images: uint8 or float32 (n, 28, 28).
        coordinates, stroke: of n images, or of one.

    Returns:
        float32 (n, 28, 28), 0 to 255.
    """
    images = tf.cast(images, tf.float32)
    if stroke is not None:
        images = _with_other_strokes(images, stroke)
    return _sample(images, coordinates)


def _affine(how: Augmentation, rotation, shear, scales, shifts) -> tf.Tensor:
    """Where the pixels of the changed images lie in the given ones: float32 (n, 2, 28, 28)."""
    angle = math.radians(how.rotation) * rotation
    slant = math.radians(how.shear) * shear
    zoom_y, zoom_x = (tf.exp(-math.log1p(how.scale) * drawn) for drawn in scales)
    cos, sin = tf.cos(angle), tf.sin(angle)
    centre = (SIZE - 1) / 2
    y, x = (tf.constant(axis - centre, tf.float32) for axis in np.mgrid[:SIZE, :SIZE])

    def each(values):
        return values[:, None, None]

    moved_y = y - each(how.shift * shifts[0])
    moved_x = x - each(how.shift * shifts[1])
    turned_y = each(cos) * moved_y - each(sin) * moved_x
    turned_x = each(sin) * moved_y + each(cos) * moved_x + each(tf.tan(slant)) * moved_y
    return tf.stack((each(zoom_y) * turned_y, each(zoom_x) * turned_x), 1) + centre


def _elastic(n: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Smooth displacements of every pixel, of standard deviation 1 at the control points."""
    points = tf.random.stateless_normal((n, 2, CONTROL_POINTS, CONTROL_POINTS), seed)
    basis = tf.constant(_basis())
    return tf.einsum("yi,ndij,xj->ndyx", basis, points, basis)


def _basis() -> np.ndarray:
    """Weights of control points at every pixel of an axis: float32 (28, CONTROL_POINTS)."""
    at = np.linspace(1, CONTROL_POINTS - 2, SIZE)[:, None] - np.arange(CONTROL_POINTS)
    distance = np.abs(at)
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)


def _with_other_strokes(images: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
    """Move images towards their widest strokes (amount 1, a pixel more) or thinnest (-1)."""
    as_map = images[..., None]
    wide = tf.nn.max_pool2d(as_map, 3, 1, "SAME")[..., 0]
    thin = -tf.nn.max_pool2d(-as_map, 3, 1, "SAME")[..., 0]
    amount = amount[:, None, None]
    return images + tf.nn.relu(amount) * (wide - images) + tf.nn.relu(-amount) * (thin - images)


def _sample(images: tf.Tensor, coordinates: tf.Tensor) -> tf.Tensor:
    """Bilinear values of images at coordinates; black outside.

    Args:
        images: float32 (n, 28, 28).
        coordinates: float32 (n, 2, 28, 28), y and x in pixels.
    """
    width = SIZE + 2  # a black rim, to which what lies outside is moved
    flat = tf.reshape(tf.pad(images, ((0, 0), (1, 1), (1, 1))), (-1,))
    inside = tf.clip_by_value(coordinates + 1, 0.0, SIZE + 1 - 1e-3)
    corner = tf.floor(inside)
    (part_y, part_x), (row, column) = (
        tf.unstack(values, axis=1) for values in (inside - corner, tf.cast(corner, tf.int32))
    )
    first = tf.range(tf.shape(images)[0])[:, None, None] * width * width
    index = first + row * width + column
    upper = _between(tf.gather(flat, index), tf.gather(flat, index + 1), part_x)
    lower = _between(tf.gather(flat, index + width), tf.gather(flat, index + width + 1), part_x)
    return _between(upper, lower, part_y)


def _between(first: tf.Tensor, second: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
    return first + part * (second - first)
