"""Clothes drawn from random proportions, in the style of Fashion-MNIST's thumbnails."""

from collections.abc import Callable

import numpy as np

from glyph_transfer.images.embedded.cloth import Array, Sheet, cover, line, paint, profile
from glyph_transfer.images.embedded.pixels import SIZE, to_uint8
from glyph_transfer.images.embedded.tops import coat, dress, pullover, shirt, t_shirt


def generate(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one image per label.

    Args:
        labels: class of each image, 0..9 in the order of Fashion-MNIST (Xiao et al., 2017).
        rng: chooses all proportions, fabrics and details.

    Returns:
        Images uint8 (n, 28, 28), bright on black; shoes point to the left.
    """
    images = np.zeros((len(labels), SIZE, SIZE), np.uint8)
    for label, draw in enumerate(GARMENTS):
        wanted = labels == label
        images[wanted] = to_uint8(draw(Sheet.blank(int(wanted.sum()), rng)))
    return images


def trouser(sheet: Sheet) -> Array:
    """Two legs that part below the crotch."""
    hip, crotch, bottom = sheet.vary(3.6, 5.4), sheet.vary(7.5, 11), sheet.vary(26, 27.5)
    outer = hip + sheet.vary(-0.6, 1.4)
    leg = sheet.vary(2.2, 3.4)
    side, y = np.abs(sheet.x), sheet.y
    outside = profile(y, (0, hip * 0.85), (crotch, hip), (bottom, outer))
    inside = profile(y, (crotch, 0), (bottom, np.maximum(outer - leg, 0.8)))
    gap = cover(inside - side) * cover(y - crotch)
    mask = cover(outside - side) * cover(y - sheet.vary(0, 1)) * cover(bottom - y) * (1 - gap)
    rounding = 1 - sheet.vary(0.1, 0.4) * (2 * np.clip(side / outside, 0, 1) - 1) ** 2
    image = mask * sheet.fabric(patterned=0.15) * rounding
    waistband = mask * line(y - 2.2, 0.8) * sheet.vary(0.1, 0.5)
    fly = mask * line(sheet.x, 0.7) * cover(crotch - y) * sheet.vary(0.1, 0.5)
    return paint(image, np.maximum(waistband, fly), 0.1)


def sandal(sheet: Sheet) -> Array:
    """A thin sole, flat or rising to a heel, and straps."""
    x, y = sheet.x, sheet.y
    ground, rise = sheet.vary(19, 21), sheet.vary(0, 1) ** 2 * 7
    sole = ground - profile(x, (-6, 0), (9, rise))
    height = profile(
        x, (-12.5, 1), (-7, sheet.vary(3, 5)), (2, sheet.vary(4, 7)), (11, sheet.vary(4.5, 8))
    )
    within = cover(12.8 - np.abs(x))
    upper = cover(y - sole + height) * cover(sole - y) * within
    lean, pitch = sheet.vary(-0.9, 0.9), sheet.vary(4.5, 8)
    phase = np.abs((x + lean * (y - sole) + sheet.vary(0, 8)) % pitch - pitch / 2)
    across = cover(sheet.vary(0.6, 1.2) - phase)
    along = line(y - sole + height - 0.7, 1.1) * cover(x - sheet.vary(-4, 4))
    image = upper * np.maximum(across, along) * sheet.fabric(0.3, 1, patterned=0.2)
    thickness = sheet.vary(0.9, 1.9)
    slab = cover(y - sole) * cover(sole + thickness - y) * within
    heel = cover(x - sheet.vary(8.5, 10.5)) * within * cover(y - sole) * cover(ground + 1 - y)
    return paint(image, np.maximum(slab, heel), sheet.fabric(0.2, 1, patterned=0.1))


def sneaker(sheet: Sheet) -> Array:
    """A low shoe with a sole of another tone, laces and a stripe."""
    x, y = sheet.x, sheet.y
    ground, ankle = sheet.vary(19.5, 21.5), 6 + 6 * sheet.vary(0, 1) ** 2
    height = profile(
        x,
        (-13.4, 0.5),
        (-10, sheet.vary(2.4, 3.6)),
        (-5, sheet.vary(3.2, 4.6)),
        (sheet.vary(2, 5), ankle),
        (sheet.vary(7, 9), ankle - sheet.vary(0.2, 1.4)),
        (12, ankle + sheet.vary(-0.5, 1.2)),
    )
    within = cover(x + 13.2) * cover(13 - x - 0.12 * (ground - y))
    upper = cover(y - ground + height) * cover(ground - y) * within
    image = upper * sheet.fabric(0.3, 1, patterned=0.25)
    leaning = x + sheet.vary(-0.8, 0.8) * (y - ground + 4)
    stripe = line(leaning - sheet.vary(-1, 6), sheet.vary(1, 2.5))
    image = paint(image, upper * stripe * sheet.some(0.5) * 0.8, sheet.vary(0, 1))
    on_tongue = cover(x + 7) * cover(3 - x) * cover(ground - height + 2.4 - y)
    laces = np.clip(np.sin(x * sheet.vary(2, 2.8)), 0, 1) * upper * on_tongue
    image = paint(image, laces * sheet.vary(0.2, 0.8), sheet.some(0.5))
    sole = cover(y - ground + 0.3) * cover(ground + sheet.vary(1.2, 2.4) - y) * within
    return paint(image, sole, sheet.vary(0.2, 1))


def bag(sheet: Sheet) -> Array:
    """A box with a handle above it, a flap or a seam, and a clasp."""
    x, y = sheet.x, sheet.y
    top, bottom = sheet.vary(6, 15), sheet.vary(22.5, 26.5)
    below, above = sheet.vary(9.5, 13), sheet.vary(-3, 0.5)
    half = below + above * np.clip((bottom - y) / (bottom - top), 0, 1)
    corner = np.clip(2.5 - np.minimum(y - top, bottom - y), 0, 3) ** 2 * sheet.vary(0, 0.2)
    body = cover(half - corner - np.abs(x)) * cover(y - top) * cover(bottom - y)
    width, height = sheet.vary(3, 7), top - sheet.vary(1, 5)
    radius = np.sqrt((x / width) ** 2 + ((y - top) / height) ** 2)
    handle = line((radius - 1) * np.minimum(width, height), sheet.vary(0.8, 1.8)) * cover(top - y)
    image = handle * sheet.vary(0.3, 0.9) * (1 - sheet.some(0.1))
    image = paint(image, body, sheet.fabric(patterned=0.3))
    fold = top + (bottom - top) * sheet.vary(0.25, 0.6)
    flap = line(y - fold + 0.02 * x * x * sheet.vary(0, 2), 0.9) * sheet.vary(0.2, 0.8)
    image = image * (1 - flap * body)
    clasp = cover(sheet.vary(0.6, 1.6) - np.abs(x)) * cover(1.1 - np.abs(y - fold - 0.5))
    return paint(image, clasp * body * sheet.some(0.7), sheet.some(0.6))


def ankle_boot(sheet: Sheet) -> Array:
    """A shaft over the ankle, a foot and a heel."""
    x, y = sheet.x, sheet.y
    ground, top = sheet.vary(22.5, 26), sheet.vary(1.5, 11)
    front = sheet.vary(-1.5, 2)
    toe, instep = sheet.vary(2.5, 3.8), sheet.vary(5, 7.5)
    foot = profile(x, (-13, 0.5), (-10, toe), (-5, instep * 0.8), (front + 1, instep + 3))
    back = sheet.vary(10, 12) + 0.1 * (y - ground) * sheet.vary(-0.5, 1)
    shaft = cover(x - front - 0.2 * (y - ground + 8)) * cover(y - top)
    rise = sheet.vary(0, 1) ** 2 * 4
    sole = ground - profile(x, (-5, 0), (6, rise))
    within = cover(back - x) * cover(x + 13)
    mask = np.maximum(cover(y - ground + foot), shaft) * cover(sole - y) * within
    rounding = 1 - sheet.vary(0.1, 0.4) * np.clip((x - front) / 10, 0, 1) ** 2
    image = mask * sheet.fabric(0.25, 1, patterned=0.2) * rounding
    cuff = line(y - top - sheet.vary(1, 3), 0.9) * sheet.some(0.5)
    zipper = line(x - sheet.vary(3, 7), 0.9) * sheet.some(0.5) * cover(ground - 5 - y)
    image = image * (1 - np.maximum(cuff, zipper) * sheet.vary(0.3, 0.8))
    under = cover(y - sole) * cover(sole + 1.2 - y) * within
    heel = cover(x - sheet.vary(4, 8)) * within * cover(y - sole) * cover(ground + 1.5 - y)
    return paint(image, np.maximum(under, heel), sheet.vary(0.15, 0.8))


GARMENTS: tuple[Callable[[Sheet], Array], ...] = (
    t_shirt,
    trouser,
    pullover,
    dress,
    coat,
    sandal,
    shirt,
    sneaker,
    bag,
    ankle_boot,
)
