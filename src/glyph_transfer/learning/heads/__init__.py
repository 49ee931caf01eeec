"""Classifiers on frozen features, of few labelled images: fitted, chosen and averaged by NumPy."""

from glyph_transfer.learning.heads.checks import CHOICES, KINDS, How, check
from glyph_transfer.learning.heads.fitting import fit
from glyph_transfer.learning.heads.head import Head
from glyph_transfer.learning.heads.propagation import propagate

__all__ = ["CHOICES", "KINDS", "Head", "How", "check", "fit", "propagate"]
