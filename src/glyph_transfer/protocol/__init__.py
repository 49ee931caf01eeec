"""What a study is: its cells and their variants, the figures and claims it is held against."""

from glyph_transfer.protocol.parts import (
    ENSEMBLE,
    NO_SOURCE,
    Cell,
    Claim,
    Ensemble,
    LearningRate,
    Phase,
    Published,
    Schema,
    Training,
)
from glyph_transfer.protocol.recipes import Recipe, Variant
from glyph_transfer.protocol.study import Question, Study

__all__ = [
    "ENSEMBLE",
    "NO_SOURCE",
    "Cell",
    "Claim",
    "Ensemble",
    "LearningRate",
    "Phase",
    "Published",
    "Question",
    "Recipe",
    "Schema",
    "Study",
    "Training",
    "Variant",
]
