"""Clothes for the trunk: T-shirt, pullover, dress, coat and shirt."""

from dataclasses import dataclass

import numpy as np

from glyph_transfer.images.embedded.cloth import Array, Sheet, cover, limb, line, paint, profile


@dataclass(frozen=True)
class Cut:
    """Proportions of a top, pixels, (n, 1, 1) each.

    Attributes:
        top, bottom: heights of the highest and the lowest edge.
        shoulder, waist, hem, neck: half of the width there.
        neck_depth: how far the neckline hangs below `top`.
        slope: how far the shoulders fall from the neck outwards.
    """

    top: Array
    bottom: Array
    shoulder: Array
    waist: Array
    hem: Array
    neck: Array
    neck_depth: Array
    slope: Array


def trunk(sheet: Sheet, cut: Cut) -> Array:
    """Mask of a top without its sleeves."""
    side = np.abs(sheet.x)
    middle = (cut.top + cut.bottom) / 2
    half = profile(sheet.y, (cut.top + 2, cut.shoulder), (middle, cut.waist), (cut.bottom, cut.hem))
    neckline = cut.neck_depth * np.sqrt(np.clip(1 - (side / cut.neck) ** 2, 0, 1))
    fall = cut.slope * np.clip((side - cut.neck) / (cut.shoulder - cut.neck), 0, 1)
    return (
        cover(half - side)
        * cover(sheet.y - cut.top - neckline - fall)
        * cover(cut.bottom - sheet.y)
    )


def dressed(sheet: Sheet, cut: Cut, fabric: Array, sleeves: Array) -> Array:
    """Image of a top in front of its sleeves, with a shadow between the two."""
    body = trunk(sheet, cut)
    shadow = 1 - sheet.vary(0.2, 0.6) * np.clip(2 * cover(cut.waist + 1.2 - np.abs(sheet.x)), 0, 1)
    image = sleeves * fabric * shadow * sheet.vary(0.8, 1)
    rounding = 1 - sheet.vary(0.05, 0.3) * np.clip(np.abs(sheet.x) / cut.shoulder, 0, 1) ** 3
    return paint(image, body, fabric * rounding)


def long_sleeves(sheet: Sheet, cut: Cut, length: Array, spread: Array) -> Array:
    """Mask of sleeves that hang down beside the body."""
    start = cut.shoulder - 1.6, cut.top + 3.5, 2.4
    end = cut.shoulder + spread, cut.top + length, sheet.vary(1.4, 1.9)
    return limb(np.abs(sheet.x), sheet.y, start, end)


def short_sleeves(sheet: Sheet, cut: Cut) -> Array:
    """Mask of sleeves that stand off the shoulders."""
    radius = sheet.vary(2.4, 3.1)
    start = cut.shoulder - 2.2, cut.top + 3.4, radius
    end = cut.shoulder + sheet.vary(0.8, 3.6), cut.top + sheet.vary(6, 11), radius
    return limb(np.abs(sheet.x), sheet.y, start, end)


def t_shirt(sheet: Sheet) -> Array:
    """Short sleeves, round neck, often a print on the chest."""
    shoulder = sheet.vary(6, 8.6)
    width = shoulder * sheet.vary(0.8, 1.0)
    cut = Cut(
        top=sheet.vary(0.5, 2),
        bottom=sheet.vary(24.5, 27),
        shoulder=shoulder,
        waist=width,
        hem=width + sheet.vary(-0.3, 0.8),
        neck=sheet.vary(2.6, 4.4),
        neck_depth=sheet.vary(1.2, 4),
        slope=sheet.vary(1.5, 2.8),
    )
    sleeves = short_sleeves(sheet, cut) * (1 - sheet.some(0.1))
    image = dressed(sheet, cut, sheet.fabric(patterned=0.3), sleeves)
    height, half = sheet.vary(1, 3), sheet.vary(1.5, 4)
    printed = cover(half - np.abs(sheet.x)) * cover(height - np.abs(sheet.y - sheet.vary(9, 13)))
    return paint(image, printed * sheet.some(0.4) * sheet.vary(0.5, 0.9), sheet.vary(0, 1))


def pullover(sheet: Sheet) -> Array:
    """Long sleeves, closed front, ribbed hem."""
    shoulder = sheet.vary(6.2, 7.6)
    cut = Cut(
        top=sheet.vary(0.5, 2),
        bottom=sheet.vary(23.5, 27),
        shoulder=shoulder,
        waist=shoulder * sheet.vary(0.85, 1.0),
        hem=shoulder * sheet.vary(0.85, 1.0),
        neck=sheet.vary(2.4, 3.8),
        neck_depth=sheet.vary(0.6, 2.2),
        slope=sheet.vary(2, 3.2),
    )
    sleeves = long_sleeves(sheet, cut, sheet.vary(15, 25), sheet.vary(1.6, 3.8))
    image = dressed(sheet, cut, sheet.fabric(patterned=0.3), sleeves)
    rib = line(sheet.y - cut.bottom + 2.2, 0.8) * sheet.vary(0.2, 0.6)
    return image * (1 - rib * trunk(sheet, cut))


def dress(sheet: Sheet) -> Array:
    """Narrow at the waist, wide at the hem, with sleeves of any length or none."""
    shoulder = sheet.vary(3.2, 5.6)
    waist = shoulder * sheet.vary(0.7, 1.1)
    cut = Cut(
        top=sheet.vary(0, 1),
        bottom=sheet.vary(26, 28),
        shoulder=shoulder,
        waist=waist,
        hem=waist + sheet.vary(0, 4.2),
        neck=shoulder * sheet.vary(0.5, 0.75),
        neck_depth=sheet.vary(1.5, 4.5),
        slope=sheet.vary(0.3, 1.5),
    )
    kind = sheet.vary(0, 1)
    long = long_sleeves(sheet, cut, sheet.vary(12, 21), sheet.vary(1.2, 3))
    sleeves = long * (kind < 0.2) + short_sleeves(sheet, cut) * (kind > 0.7)
    image = dressed(sheet, cut, sheet.fabric(patterned=0.45), sleeves)
    middle = (cut.top + cut.bottom) / 2
    belt = line(sheet.y - middle + sheet.vary(0, 3), 1.2) * sheet.some(0.4) * sheet.vary(0.3, 0.9)
    pleats = cover(sheet.y - middle) * np.clip(np.sin(sheet.x * sheet.vary(1.2, 2.4)), 0, 1)
    return image * (1 - belt) * (1 - pleats * sheet.vary(0, 0.3))


def coat(sheet: Sheet) -> Array:
    """Long sleeves, an opening from top to bottom, lapels, pockets."""
    shoulder = sheet.vary(6.4, 7.8)
    cut = Cut(
        top=sheet.vary(0, 1.5),
        bottom=sheet.vary(25.5, 28),
        shoulder=shoulder,
        waist=shoulder * sheet.vary(0.85, 1.0),
        hem=shoulder * sheet.vary(0.95, 1.15),
        neck=sheet.vary(2.0, 3.2),
        neck_depth=sheet.vary(0.2, 1.0),
        slope=sheet.vary(2.2, 3.6),
    )
    sleeves = long_sleeves(sheet, cut, sheet.vary(20, 24), sheet.vary(1.8, 3.6))
    image = dressed(sheet, cut, sheet.fabric(0.2, 0.95, patterned=0.25), sleeves)
    body = trunk(sheet, cut)
    side, y = np.abs(sheet.x), sheet.y
    reach = sheet.vary(6, 13)
    parted = sheet.vary(2.2, 3.6) * np.clip(1 - (y - cut.top) / reach, 0, 1)
    lapel = line(side - parted, 0.9) * cover(cut.top + reach - y) * sheet.some(0.5)
    opening = line(sheet.x + sheet.vary(-0.7, 0.7), sheet.vary(0.7, 1.5))
    pocket = line(y - sheet.vary(16, 19), 0.9) * cover(1.6 - np.abs(side - 3.8)) * sheet.some(0.6)
    marks = np.maximum(np.maximum(lapel, opening), pocket)
    return paint(image, marks * body * sheet.vary(0, 0.8), sheet.some(0.25) * 0.9)


def shirt(sheet: Sheet) -> Array:
    """A collar and a row of buttons; sleeves long or short."""
    shoulder = sheet.vary(6.2, 7.6)
    cut = Cut(
        top=sheet.vary(0.8, 2),
        bottom=sheet.vary(24.5, 27),
        shoulder=shoulder,
        waist=shoulder * sheet.vary(0.8, 0.95),
        hem=shoulder * sheet.vary(0.85, 1.05),
        neck=sheet.vary(2.4, 3.2),
        neck_depth=sheet.vary(0.8, 2.5),
        slope=sheet.vary(1.8, 3),
    )
    long = long_sleeves(sheet, cut, sheet.vary(19, 24), sheet.vary(1.4, 3.4))
    sleeves = np.where(sheet.some(0.6) == 1, long, short_sleeves(sheet, cut))
    image = dressed(sheet, cut, sheet.fabric(patterned=0.5), sleeves)
    side = np.abs(sheet.x)
    wing = limb(side, sheet.y, (0.8, cut.top + 4, 0.9), (cut.neck + 0.8, cut.top, 1.1))
    image = paint(image, wing * sheet.some(0.7), image.max((1, 2), keepdims=True))
    image = image * (1 - line(side - 1.4, 0.7) * trunk(sheet, cut) * sheet.vary(0, 0.5))
    pitch = sheet.vary(2.8, 4.2)
    from_button = np.abs((sheet.y - cut.top - 4) % pitch - pitch / 2)
    below_collar = cover(sheet.y - cut.top - 4) * cover(cut.bottom - 1 - sheet.y)
    buttons = line(sheet.x, 1.0) * np.clip(1.2 - from_button, 0, 1) * below_collar
    return paint(image, buttons * sheet.vary(0, 0.8), sheet.some(0.5))
