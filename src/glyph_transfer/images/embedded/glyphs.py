"""Letters and digits written with a pen along the thinned glyphs of matplotlib's fonts.

Every glyph is thinned to its centre line once. Each image takes one centre line, slants,
turns, stretches and bends it, fits it into EMNIST's frame and draws it with a round pen:
stroke width is the pen's, and what is left of the font is how it forms the letter.

Centre lines are points, x to the right and y downwards. Those of many images lie one after
the other in one array (n_points, 2), beside the number of points of each image.
"""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags

from glyph_transfer.images.embedded.pixels import SIZE, to_uint8

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
# File, and the code points of its A and its a. STIXGeneral has three alphabets: its own, a sans
# serif, and a bold script, which is cursive handwriting. Left out are bold faces, which thin to
# much the same lines, and cmmi10, whose 0 and 1 look like o and I.
FACES = (
    ("DejaVuSans", 0x41, 0x61),
    ("DejaVuSans-Oblique", 0x41, 0x61),
    ("DejaVuSansMono", 0x41, 0x61),
    ("DejaVuSerif-Italic", 0x41, 0x61),
    ("STIXGeneral", 0x41, 0x61),
    ("STIXGeneral", 0x1D5A0, 0x1D5BA),
    ("STIXGeneral", 0x1D4D0, 0x1D4EA),
    ("STIXGeneralItalic", 0x41, 0x61),
    ("cmr10", 0x41, 0x61),
    ("cmss10", 0x41, 0x61),
    ("cmti10", 0x41, 0x61),
    ("cmtt10", 0x41, 0x61),
)

FONT_SIZE = 64  # at which glyphs are thinned, pixels per em
INK_FROM = 100  # grey level, of 255: low enough for hairlines to hold together
SMOOTHING = 2.5  # radius within which the points of a centre line are averaged, pixels

TURN = 0.08  # standard deviation, radians
SLANT = 0.1, 0.2  # mean and standard deviation, to the right per unit of height
STRETCH = 0.15  # standard deviation of the logarithm of width over height
N_WAVES = 3
WAVE_NUMBER = 2.0  # standard deviation, radians per half of the glyph's longer side
WAVE_HEIGHT = 0.08  # standard deviation, halves of the glyph's longer side
BOX = 19.0, 23.0  # range of the ink's longer side, pixels; EMNIST fills 24 of 28
PEN_RADIUS = 0.85, 2.05  # range, pixels
PEN_EDGE = 1.0, 1.8  # range of the width of the grey edge, pixels


def generate(
    characters: tuple[str, ...], labels: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw one image per label.

    Args:
        characters: for each class the characters it stands for, such as "Aa".
        labels: class of each image, (n,).
        rng: chooses character, face and all changes.

    Returns:
        Images uint8 (n, 28, 28), the ink's box centred as in EMNIST (Cohen et al., 2017).
    """
    lines = [centre_lines(drawn) for drawn in characters]
    picks = rng.random(len(labels))
    chosen = [
        lines[label][int(pick * len(lines[label]))]
        for label, pick in zip(labels, picks, strict=True)
    ]
    lengths = np.array([len(line) for line in chosen])
    points = bend(transform(np.concatenate(chosen), lengths, rng), lengths, rng)
    radius, edge, box = (
        rng.uniform(*limits, len(labels)) for limits in (PEN_RADIUS, PEN_EDGE, BOX)
    )
    return to_uint8(draw(fit(points, lengths, box - 2 * radius), lengths, radius, edge))


def centre_lines(characters: str) -> list[np.ndarray]:
    """Centre line of each character in each face, (n_points, 2), longer side from -1 to 1."""
    lines = []
    for name, upper, lower in FACES:
        font = FT2Font(FONTS / f"{name}.ttf")
        font.set_size(FONT_SIZE, 72)
        for character in characters:
            code = ord(character)
            if character.isupper():
                code += upper - ord("A")
            elif character.islower():
                code += lower - ord("a")
            lines.append(_centre_line(font, chr(code)))
    return lines


def _centre_line(font: FT2Font, character: str) -> np.ndarray:
    font.set_text(character, flags=LoadFlags.NO_HINTING)
    font.draw_glyphs_to_bitmap(antialiased=True)
    rows, columns = np.nonzero(thin(font.get_image() >= INK_FROM))
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    # Averaging with what is near takes away the pixel grid's steps and rounds the corners.
    between = points[:, None] - points
    near = (between**2).sum(2) <= SMOOTHING**2
    points = (near[..., None] * points).sum(1) / near.sum(1)[:, None]
    low, high = points.min(0), points.max(0)
    return (points - (low + high) / 2) * 2 / (high - low).max()


def thin(ink: np.ndarray) -> np.ndarray:
    """Centre line one pixel wide of the ink, bool (height, width) (Zhang and Suen, 1984)."""
    ink = np.pad(ink, 1)
    while True:
        before = ink.copy()
        for first_half in (True, False):
            ink[1:-1, 1:-1] &= ~_removable(ink, first_half)
        if np.array_equal(ink, before):
            return ink[1:-1, 1:-1]


def _removable(ink: np.ndarray, first_half: bool) -> np.ndarray:
    """Contour pixels that a half pass takes away: south-east ones first, then north-west."""
    n, e, s, w = ink[:-2, 1:-1], ink[1:-1, 2:], ink[2:, 1:-1], ink[1:-1, :-2]
    ne, se, sw, nw = ink[:-2, 2:], ink[2:, 2:], ink[2:, :-2], ink[:-2, :-2]
    around = np.stack([n, ne, e, se, s, sw, w, nw])
    n_neighbours = around.sum(0)
    n_strokes = (~around & np.roll(around, -1, axis=0)).sum(0)
    outside = ~(n & e & s | e & s & w) if first_half else ~(n & e & w | n & s & w)
    return (n_neighbours >= 2) & (n_neighbours <= 6) & (n_strokes == 1) & outside


def transform(points: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch, slant and turn each image's points."""
    n = len(lengths)
    stretch = np.repeat(np.exp(rng.normal(0, STRETCH, n)), lengths)
    slant = np.repeat(rng.normal(*SLANT, n), lengths)
    turn = np.repeat(rng.normal(0, TURN, n), lengths)
    x, y = points.T
    x = stretch * x - slant * y
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], 1)


def bend(points: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Displace each image's points by a smooth random field.

    Elastic distortion as in Simard, Steinkraus and Platt, "Best practices for convolutional
    neural networks applied to visual document analysis" (2003), but with the field a sum of
    long waves instead of blurred noise: it is known at points, not only at pixels.
    """
    n = len(lengths)
    bent = points.copy()
    for _ in range(N_WAVES):
        number = np.repeat(rng.normal(0, WAVE_NUMBER, (n, 2)), lengths, axis=0)
        height = np.repeat(rng.normal(0, WAVE_HEIGHT, (n, 2)), lengths, axis=0)
        phase = np.repeat(rng.uniform(0, 2 * np.pi, n), lengths)
        wave = np.sin(number[:, 0] * points[:, 0] + number[:, 1] * points[:, 1] + phase)
        bent += height * wave[:, None]
    return bent


def fit(points: np.ndarray, lengths: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Scale each image's points so that their longer side is `box` pixels, and centre them."""
    starts = np.cumsum(lengths) - lengths
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    scale = np.repeat(box / (high - low).max(1), lengths)
    centre = np.repeat((low + high) / 2, lengths, axis=0)
    return (points - centre) * scale[:, None] + (SIZE - 1) / 2


def draw(
    points: np.ndarray, lengths: np.ndarray, radius: np.ndarray, edge: np.ndarray
) -> np.ndarray:
    """Put a round dot on every point: brightness 0..1, (n, 28, 28).

    Args:
        points: where the pen was, pixels, (n_points, 2).
        lengths: number of points of each image, (n,).
        radius: of the pen, pixels, (n,).
        edge: width over which a dot fades, half of it beyond the radius, pixels, (n,).
    """
    images = np.zeros(len(lengths) * SIZE * SIZE)
    image = np.repeat(np.arange(len(lengths)), lengths)
    corner = np.floor(points).astype(np.int64)
    offset = points - corner
    reach = int(np.ceil((radius + edge / 2).max()))
    radius, edge = np.repeat(radius, lengths), np.repeat(edge, lengths)
    first = image * SIZE * SIZE + corner[:, 1] * SIZE + corner[:, 0]
    for dy in range(1 - reach, reach + 1):
        for dx in range(1 - reach, reach + 1):
            distance = np.sqrt((dx - offset[:, 0]) ** 2 + (dy - offset[:, 1]) ** 2)
            brightness = np.clip(0.5 + (radius - distance) / edge, 0, 1)
            np.maximum.at(images, first + dy * SIZE + dx, brightness)
    return images.reshape(-1, SIZE, SIZE)
