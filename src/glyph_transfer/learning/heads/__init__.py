"""Classifiers on frozen features, of few labelled images: fitted, chosen and averaged by NumPy."""

from glyph_transfer.learning.heads.checks import CHOICES, KINDS, check
from glyph_transfer.learning.heads.fitting import fit
from glyph_transfer.learning.heads.head import Head
from glyph_transfer.learning.heads.propagation import propagate

__all__ = ["CHOICES", "KINDS", "Head", "check", "fit", "propagate"]
