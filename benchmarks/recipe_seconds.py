"""Recipes: seconds of one replicate on one core, read from the kept runs of a study."""

from pathlib import Path
from statistics import median

from benchmarks.timing import Aim, Section, at_most
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Cell, Study, params
from glyph_transfer.tracking import kept

CORPUS, STUDY = "official", "recipes"
N_TRAIN = 100
MOST_OF_HEAD, MOST_OF_PHASES = 0.2, 10.0
"""Seconds, beforehand: of a head after its features, and of fine-tuning."""


def measure(_folder: Path) -> Section:
    """Read what every recipe took in each draw of a hundred labelled images."""
    study = params.load(corpus=CORPUS).studies[STUDY]
    if (run := kept.read(CORPUS, STUDY)) is None:
        raise InputError(f"no run of {STUDY} is kept of the corpus {CORPUS}; see docs/commands.md")
    conditions = run.conditions
    cells = [cell for cell in study.cells if cell.n_train == N_TRAIN]
    learning = {cell: median(conditions.training_seconds[str(cell)]) for cell in cells}
    whole = {cell: median(conditions.replicate_seconds[str(cell)]) for cell in cells}
    rows = [
        {
            "start": cell.source,
            "recipe": cell.variant,
            "learning, s": learning[cell],
            "with scoring, s": whole[cell],
            "draws": len(conditions.replicate_seconds[str(cell)]),
        }
        for cell in cells
    ]
    return Section(
        f"Recipes: seconds on one core, {N_TRAIN} labelled digits",
        rows,
        aims(study, learning),
        [
            "Medians over draws, of a process that has one core of two; what is scored are 10,000 "
            "test images, whose features by the source are computed once for all draws.",
            f"Read from the run of the study {STUDY}, {conditions.started}, commit "
            f"{conditions.commit}, {conditions.machine}.",
        ],
    )


def aims(study: Study, learning: dict[Cell, float]) -> list[Aim]:
    """Hold the slowest head, and the slowest fine-tuning, against what was aimed at."""

    def slowest(has_phases: bool) -> Cell:
        fitting = [
            cell for cell in learning if bool(study.variants[cell.variant].phases) == has_phases
        ]
        return max(fitting, key=learning.get)

    head, tuned = slowest(False), slowest(True)
    return [
        at_most(f"the slowest head, {head.variant}", learning[head], MOST_OF_HEAD, " s"),
        at_most(f"the slowest training, {tuned.variant}", learning[tuned], MOST_OF_PHASES, " s"),
    ]
