"""Ink and paper: which is which, and how much ink there is in every pixel."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

LEAST_CONTRAST = 20
"""Least difference between ink and paper, grey levels; pencil has 40, a blank scan below 10."""

_GRID = 16  # rows and columns of the small picture to which the paper's surface is fitted
_NEAR = 8  # grey levels that count as one
_BETWEEN = 0.15  # share of pixels between two levels: the soft edges of strokes
_BEYOND = 0.03  # share of pixels beyond them
_ROUNDS = 4  # of the fit, each without what the one before it left far off
_TOLERANCE = 0.12  # of the contrast: how far the paper may be off the surface
_SURE = 0.2  # how far border and whole together must be from half ink, half paper
_GAIN = 0.1  # share of the picture that a surface must explain beyond a constant one


@dataclass(frozen=True)
class Ink:
    """How much ink is where.

    Attributes:
        amount: uint8 (h, w), 0 for paper, 255 for full ink.
        dark: whether ink is darker than paper.
        border: share of the border that is paper, 0..1.
        sure: whether border and whole leave no doubt about what is paper.
        contrast: between ink and paper, grey levels.
        noise: how far paper varies, as a share of the contrast.
    """

    amount: np.ndarray
    dark: bool
    border: float
    sure: bool
    contrast: float
    noise: float


def find(grey: np.ndarray, ink: str, level: bool) -> Ink:
    """Tell ink from paper.

    Args:
        grey: uint8 (h, w).
        ink: `dark`, `light`, or `auto`: paper is what most of the border and of the whole is.
        level: whether to take out uneven light and noise of the paper and bring the ink to
            255; without it the levels stay as they are, inverted where ink is dark.
    """
    flat = _flattened(grey) if level else grey
    counts = np.bincount(flat.ravel(), minlength=256)
    threshold, contrast = otsu(counts)
    share = counts[: threshold + 1].sum() / flat.size
    dark_border = float(np.mean(border(flat) <= threshold))
    # Where a tight crop lets the ink run along the border, the whole picture decides.
    votes = 0.5 - dark_border, 0.5 - share
    dark = sum(votes) > 0 if ink == "auto" else ink == "dark"
    agree = votes[0] * votes[1] > 0 and abs(sum(votes)) > _SURE
    sure = ink != "auto" or abs(votes[0]) > 0.4 or agree
    if dark:
        counts, threshold = counts[::-1], 254 - threshold
    low, high, noise = _levels_of(counts, threshold)
    if level and high > low:
        table = np.clip((np.arange(256) - low) * (255 / (high - low)) + 0.5, 0, 255)
        table = table.astype(np.uint8)
    else:
        table = np.arange(256, dtype=np.uint8)
    amount = (table[::-1] if dark else table)[flat]
    paper_border = 1 - dark_border if dark else dark_border
    return Ink(amount, bool(dark), paper_border, bool(sure), contrast, noise / max(contrast, 1))


def border(grey: np.ndarray) -> np.ndarray:
    """Pixels of the outermost rows and columns, a thirtieth of the shorter side thick."""
    n = max(1, min(grey.shape) // 30)
    middle = grey[n:-n]
    parts = (grey[:n], grey[-n:], middle[:, :n], middle[:, -n:])
    return np.concatenate([part.ravel() for part in parts])


def otsu(counts: np.ndarray) -> tuple[int, float]:
    """The level that divides a histogram best, and the distance between both means.

    Otsu (1979). Levels up to the threshold are the lower class. Of equally good ones (a gap
    between two levels) the middle is taken. One level alone has the distance 0.
    """
    levels = np.arange(256)
    below = np.cumsum(counts)[:-1]
    total = below[-1] + counts[-1]
    above = total - below
    weighted = np.cumsum(counts * levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (weighted[-1] - weighted[:-1]) / above - weighted[:-1] / below
        between = np.nan_to_num(distance**2 * below * above, nan=0.0, posinf=0.0)
    if not between.any():
        return int(counts.argmax()), 0.0
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    threshold = int(best[len(best) // 2])
    return threshold, float(distance[threshold])


def _levels_of(counts: np.ndarray, threshold: int) -> tuple[float, float, float]:
    """Levels of clean paper and of full ink, and the paper's standard deviation.

    `counts` has ink at the high end. The spread is taken from quartiles, for the soft edges of
    strokes are below the threshold too.
    """
    paper, ink = np.cumsum(counts[: threshold + 1]), np.cumsum(counts[threshold + 1 :])
    if not paper.size or not ink.size or paper[-1] == 0 or ink[-1] == 0:
        return 0.0, 255.0, 0.0
    quarter, middle, upper = (int(np.searchsorted(paper, q * paper[-1])) for q in (0.25, 0.5, 0.75))
    full = threshold + 1 + int(np.searchsorted(ink, 0.75 * ink[-1]))
    spread = (upper - quarter) / 1.35
    low = min(middle + 3 * spread, middle + 0.5 * (full - middle))
    return low, float(full), spread


def _flattened(grey: np.ndarray) -> np.ndarray:
    """The picture as if its paper were evenly lit, where a smooth surface fits its border."""
    if min(grey.shape) < _GRID or _has_two_levels(grey):
        return grey
    small = np.asarray(
        Image.fromarray(grey).resize((_GRID, _GRID), Image.Resampling.BOX), np.float32
    ).ravel()
    tolerance = max(_TOLERANCE * np.ptp(grey), 4)
    constant = np.abs(small - np.median(small)) < tolerance
    if constant[_RING].mean() > 0.8 and np.ptp(small[_RING & constant]) < tolerance:
        return grey
    surface = _fit(small, tolerance)
    curved = np.abs(small - surface) < tolerance
    if curved[_RING].mean() < 0.6 or curved.mean() < constant.mean() + _GAIN:
        return grey
    height, width = grey.shape
    paper = np.asarray(
        Image.fromarray(surface.reshape(_GRID, _GRID)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
    )
    reference = float(np.percentile(surface, 90))
    if surface.min() > 60:  # light falls on paper: shade takes the same share of ink and paper
        flat = grey * (reference / paper)
    else:
        flat = grey - paper + float(np.median(surface))
    return np.clip(flat + 0.5, 0, 255).astype(np.uint8)


def _has_two_levels(grey: np.ndarray) -> bool:
    """Whether nearly all is about as bright as the darkest or the lightest that there is.

    No light is uneven then; with a shadow's edge ink would be darker than both kinds of paper.
    """
    counts, near = np.bincount(grey.ravel(), minlength=256), np.ones(2 * _NEAR + 1)
    first = int(np.convolve(counts, near, "same").argmax())
    others = counts.copy()
    others[max(first - _NEAR, 0) : first + _NEAR + 1] = 0
    second = int(np.convolve(others, near, "same").argmax())
    low, high = max(min(first, second) - _NEAR, 0), max(first, second) + _NEAR
    between = counts[low + 2 * _NEAR + 1 : max(high - 2 * _NEAR, 0)].sum()
    beyond = counts[:low].sum() + counts[high + 1 :].sum()
    return bool(between < _BETWEEN * grey.size and beyond < _BEYOND * grey.size)


def _terms() -> np.ndarray:
    """Terms of a quadratic surface over the small picture, float32 (256, 6)."""
    y, x = np.mgrid[-1 : 1 : _GRID * 1j, -1 : 1 : _GRID * 1j].reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=1).astype(np.float32)


_TERMS = _terms()
_RING = np.abs(_TERMS[:, 1:3]).max(1) == 1


def _fit(small: np.ndarray, tolerance: float) -> np.ndarray:
    """The quadratic surface through most of the small picture's border, then of all of it."""
    weights = _RING.astype(np.float32)
    for number in range(_ROUNDS):
        weighted = _TERMS * weights[:, None]
        system = weighted.T @ _TERMS + 1e-3 * np.eye(6, dtype=np.float32)
        surface = _TERMS @ np.linalg.solve(system, weighted.T @ small)
        off = (small - surface) / (tolerance * (3 if number == 0 else 1.5))
        weights = np.clip(1 - off**2, 0, 1) ** 2  # the biweight of Beaton and Tukey (1974)
    return surface.astype(np.float32)
