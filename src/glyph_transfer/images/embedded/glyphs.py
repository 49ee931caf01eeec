"""Letters and digits written with a round pen along the paths of `hands`.

Each image takes one form of a character and moves its points a little, so that angles, bows
and joins come out otherwise every time. The path through them is slanted, turned, stretched
and bent, brought into MNIST's frame, and drawn with a pen of the image's own width.

Paths are points, x to the right and y downwards. Those of many images lie one after the
other in one array (n_points, 2), beside the number of points of each image.
"""

from dataclasses import dataclass

import numpy as np

from glyph_transfer.images.embedded.hands import FORMS
from glyph_transfer.images.embedded.pixels import SIZE, to_uint8

# Forms are written down in a box of 9 by 9 units. The figures that say how much they vary were
# chosen for what a network trained on the letters is worth for MNIST and EMNIST, and so that
# TomiNet tells the letters apart (93 % after six epochs): more of it transfers no better.
STEP = 0.2  # distance of the path's points along a form, units
POINT_JITTER = 0.5  # standard deviation of a form's point, units
REACH = 3.0  # distance over which neighbouring points move alike, units
TREMOR = 0.03  # share of a point's move that it has for itself
STROKE_JITTER = 0.25  # standard deviation of a whole stroke, units
TURN = 0.08  # standard deviation, radians
SLANT = 0.1, 0.25  # mean and standard deviation, to the right per unit of height
STRETCH = 0.2  # standard deviation of the logarithm of width over height
N_WAVES = 3
WAVE_NUMBER = 2.0  # standard deviation, radians per half of the glyph's longer side
WAVE_HEIGHT = 0.06  # standard deviation, halves of the glyph's longer side
PEN_RADIUS = 0.7, 1.9  # range, pixels
PRESSURE = 0.15  # how far the pen's radius swings along the path, share of it
PEN_EDGE = 1.0, 1.8  # range of the width of the grey edge, pixels
BOX = 20  # longer side of the ink without its edges, pixels: LeCun et al. (1998)
CENTRE = 14  # row and column of the centre of mass: MNIST's, found by measuring


@dataclass(frozen=True)
class Form:
    """One way to write a character.

    Attributes:
        points: that the pen goes through, units, (n, 2).
        stroke: which stroke each of them belongs to, (n,).
        weights: of the points in each point of the path, (n_path, n).
        spread: what turns n independent numbers into moves of the points that are more
            alike the nearer two points are, (n, n).
    """

    points: np.ndarray
    stroke: np.ndarray
    weights: np.ndarray
    spread: np.ndarray


def parse(text: str) -> Form:
    """Read a form as `hands` writes it down."""
    points, stroke, runs = [], [], []
    for number, written in enumerate(text.split("+")):
        last = None
        for piece in written.split("-"):
            first = len(points)
            points += [(int(x), int(y)) for x, y in zip(piece[::2], piece[1::2], strict=True)]
            run = [*([] if last is None else [last]), *range(first, len(points))]
            if len(run) > 1:
                runs.append(run)
            last = len(points) - 1
        stroke += [number] * (len(points) - len(stroke))
    points = np.array(points, dtype=np.float64)
    weights = [smooth(points[run]) @ np.eye(len(points))[run] for run in runs]
    apart = ((points[:, None] - points) ** 2).sum(2)
    # The tremor also keeps the factor's last bits, which processors round as they like, small.
    alike = np.exp(-apart / (2 * REACH**2)) + TREMOR**2 * np.eye(len(points))
    return Form(points, np.array(stroke), np.concatenate(weights), np.linalg.cholesky(alike))


def smooth(points: np.ndarray) -> np.ndarray:
    """Weights (n_path, n) of n points in a path through them (Catmull and Rom, 1974)."""
    n = len(points)
    padded = np.zeros((n + 2, n))
    padded[1:-1] = np.eye(n)
    padded[0, :2] = padded[-1, :-3:-1] = 2, -1
    rows = []
    for i, length in enumerate(np.hypot(*np.diff(points, axis=0).T)):
        t = np.linspace(0, 1, max(2, round(length / STEP)), endpoint=i == n - 2)[:, None]
        before, start, end, after = padded[i : i + 4]
        leaving, arriving = (end - before) / 2, (after - start) / 2
        rows.append(
            (1 + 2 * t) * (1 - t) ** 2 * start
            + t**2 * (3 - 2 * t) * end
            + t * (1 - t) ** 2 * leaving
            - t**2 * (1 - t) * arriving
        )
    return np.concatenate(rows)


def generate(
    characters: tuple[str, ...], labels: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw one image per label.

    Args:
        characters: for each class the characters it stands for, such as "Aa".
        labels: class of each image, (n,).
        rng: chooses form and all changes.

    Returns:
        Images uint8 (n, 28, 28), framed as in MNIST (LeCun et al., 1998).
    """
    forms = [[parse(text) for c in drawn for text in FORMS[c]] for drawn in characters]
    picks = rng.random(len(labels))
    chosen = [
        forms[label][int(pick * len(forms[label]))]
        for label, pick in zip(labels, picks, strict=True)
    ]
    paths = [write(form, rng) for form in chosen]
    lengths = np.array([len(path) for path in paths])
    points = bend(transform(np.concatenate(paths), lengths, rng), lengths, rng)
    radius, edge = (rng.uniform(*limits, len(labels)) for limits in (PEN_RADIUS, PEN_EDGE))
    points = fit(points, lengths, BOX - 2 * radius)
    return centre(to_uint8(draw(points, lengths, press(radius, lengths, rng), edge)))


def write(form: Form, rng: np.random.Generator) -> np.ndarray:
    """Path of one image, (n_path, 2), longer side from about -1 to 1."""
    points = form.points + form.spread @ rng.normal(0, POINT_JITTER, form.points.shape)
    points += rng.normal(0, STROKE_JITTER, (form.stroke[-1] + 1, 2))[form.stroke]
    path = form.weights @ points
    low, high = path.min(0), path.max(0)
    return (path - (low + high) / 2) * 2 / (high - low).max()


def press(radius: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Radius of the pen at each point, (n_points,)."""
    n = len(lengths)
    along = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    swing = np.repeat(rng.uniform(0.02, 0.08, n), lengths) * along
    wave = np.sin(swing + np.repeat(rng.uniform(0, 2 * np.pi, n), lengths))
    return np.repeat(radius, lengths) * (1 + PRESSURE * wave)


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
    """Scale each image's points so that their longer side is `box` pixels, in the middle."""
    starts = np.cumsum(lengths) - lengths
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    scale = np.repeat(box / (high - low).max(1), lengths)
    middle = np.repeat((low + high) / 2, lengths, axis=0)
    return (points - middle) * scale[:, None] + (SIZE - 1) / 2


def draw(
    points: np.ndarray, lengths: np.ndarray, radius: np.ndarray, edge: np.ndarray
) -> np.ndarray:
    """Put a round dot on every point: brightness 0..1, (n, 28, 28).

    Args:
        points: where the pen was, pixels, (n_points, 2).
        lengths: number of points of each image, (n,).
        radius: of the pen at each point, pixels, (n_points,).
        edge: width over which a dot fades, half of it beyond the radius, pixels, (n,).
    """
    images = np.zeros(len(lengths) * SIZE * SIZE)
    image = np.repeat(np.arange(len(lengths)), lengths)
    corner = np.floor(points).astype(np.int64)
    offset = points - corner
    edge = np.repeat(edge, lengths)
    reach = int(np.ceil((radius + edge / 2).max()))
    first = image * SIZE * SIZE + corner[:, 1] * SIZE + corner[:, 0]
    for dy in range(1 - reach, reach + 1):
        for dx in range(1 - reach, reach + 1):
            distance = np.sqrt((dx - offset[:, 0]) ** 2 + (dy - offset[:, 1]) ** 2)
            brightness = 0.5 + (radius - distance) / edge
            inked = brightness > 0
            np.maximum.at(images, (first + dy * SIZE + dx)[inked], brightness[inked])
    return np.minimum(images, 1).reshape(-1, SIZE, SIZE)


def centre(images: np.ndarray) -> np.ndarray:
    """Move images (n, 28, 28) by whole pixels, their mass to the centre, as in MNIST.

    By three pixels at most: so many around the ink are empty.
    """
    along, spare = np.arange(SIZE), 3
    mass = images.sum((1, 2), dtype=np.int64)
    rows, columns = (
        along - np.clip(np.rint(CENTRE - images.sum(axis) @ along / mass), -spare, spare)[:, None]
        for axis in (2, 1)
    )
    rows, columns = (index.astype(np.int64) % SIZE for index in (rows, columns))
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None]]
