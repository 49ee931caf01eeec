"""Results of a study of one target, made by hand: two draws on four test images."""

import numpy as np

from glyph_transfer.analysis import tables
from glyph_transfer.experiments import results
from glyph_transfer.protocol import Cell, Study

LABELS = np.array([0, 1, 2, 2], np.uint8)
TESTED = {"digits": results.Tested(("a", "b", "c"), np.zeros((4, 28, 28), np.uint8), LABELS)}
PHASES = [{"train": "all", "epochs": 1, "learning_rate": 0.01}]
SCRATCH = {"sources": ["none"], "load": [], "phases": PHASES}
TUNED = {"sources": ["letters"], "load": ["conv_1"], "phases": PHASES, "baseline": "scratch"}
PROBE = {"features": ["pool"], "head": "ridge", "strengths": [1.0], "choose": "leave_one_out"}
"""A head on a frozen source, but for the sources."""
BASE, CELL = "digits/tominet/none/scratch/10", "digits/tominet/letters/tuned/10"
BASE_CELL, TUNED_CELL = Cell.parse(BASE), Cell.parse(CELL)


def make_study(**other):
    fixed = {
        "question": "Which?",
        "targets": ["digits"],
        "model": "tominet",
        "n_train": [10],
        "draws": 2,
        "sampling": "random",
        "training": {"optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.9},
        "variants": {"scratch": SCRATCH, "tuned": TUNED},
    }
    return Study.model_validate(fixed | other)


def done(right, probability=0.5, n_train=10, loss=((2.0, 1.0), (4.0, 3.0)), scored=(), test=()):
    """Results of a cell from rows such as "ab.c", one a draw: a dot for an image gone wrong.

    `test` are the accuracies of the scored epochs, a row for each draw.
    """
    right = np.array([[c != "." for c in row] for row in right])
    draws = len(right)
    loss = np.array(loss, np.float32).reshape(draws, -1)
    accuracy = np.array(test, np.float32).reshape(draws, len(scored))
    return results.CellResults(
        fingerprint=np.array(["f"] * draws),
        source=np.array([""] * draws),
        index=np.arange(draws * n_train, dtype=np.int32).reshape(draws, n_train),
        predicted=np.where(right, LABELS, (LABELS + 1) % 3).astype(np.uint8),
        probability=np.full(right.shape, probability, np.float32),
        loss=loss,
        accuracy=loss / 10,
        scored=np.tile(np.array(scored, np.int32), (draws, 1)),
        test_loss=2 * accuracy,
        test_accuracy=accuracy,
        validation_loss=np.ones(draws),
        validation_accuracy=np.ones(draws),
    )


def make(study, *given):
    """Make the tables of cells whose results are given in their order."""
    return tables.make(study, dict(zip(study.cells, given, strict=True)), TESTED, seed=1)


SAME_IMAGES = done(["ab..", "ab.."])
"""Half of them right, the same in both draws."""
SAME_SHARE = done(["abcc", "...."])
"""Every image right in one draw of two."""
