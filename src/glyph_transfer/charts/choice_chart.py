"""The chart of how good scores are at choosing a source before anything is trained."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.analysis.forecasts.baselines import BASELINES
from glyph_transfer.analysis.rows import ForecastRow
from glyph_transfer.analysis.words import NO_WORDS, Words, in_words
from glyph_transfer.charts.figures import GREY, WIDTH, styled


@styled
def choice_chart(rows: list[ForecastRow], words: Words = NO_WORDS) -> Figure:
    """Plot what following every score costs, and how well it ranks the sources.

    The score with the least regret stands first. Pale dots are single targets; the thick line is
    the interval over draws, the thin one with caps that over targets. What scores are held
    against, which say nothing of the images, is grey.

    Args:
        rows: over all targets and for each; those of the first variant and size are shown.
        words: for scores.
    """
    shown = rows[0].variant, rows[0].n_train
    rows = [row for row in rows if (row.variant, row.n_train) == shown]
    means = sorted((row for row in rows if row.target is None), key=lambda row: row.regret)
    figure = Figure(figsize=(WIDTH, 1.2 + 0.4 * len(means)))
    regrets, taus = figure.subplots(1, 2, sharey=True)
    for y, mean in enumerate(means):
        of_score = [row for row in rows if row.score == mean.score]
        colour = GREY if mean.score in BASELINES else "C0"
        _plot(regrets, y, "regret", of_score, colour, 100.0)
        _plot(taus, y, "tau", of_score, colour, 1.0)
    regrets.set_xlabel("points lost by following it")
    taus.set_xlabel("order of sources (tau)")
    regrets.set_yticks(range(len(means)), [in_words(row.score, words) for row in means])
    regrets.set_ylim(len(means) - 0.5, -0.5)
    regrets.axvline(0, color=GREY, linewidth=1, linestyle="--")
    taus.axvline(0, color=GREY, linewidth=1, linestyle="--")
    for axes in (regrets, taus):
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
    return figure


def _plot(axes: Axes, y: int, name: str, rows: list[ForecastRow], colour: str, unit: float) -> None:
    """Plot the mean of a score with its intervals, and the targets that it is of."""
    (mean,) = (row for row in rows if row.target is None)
    values = [unit * getattr(row, name) for row in rows if row.target is not None]
    offsets = 0.24 + 0.05 * (np.arange(len(values)) % 3 - 1)
    axes.plot(values, y + offsets, ".", color=colour, alpha=0.45)
    looks = {
        "_targets": {"linewidth": 1, "marker": "|", "markersize": 8},
        "": {"linewidth": 3.5},
    }
    for over, look in looks.items():
        low, high = (getattr(mean, f"{name}{over}_{end}") for end in ("low", "high"))
        if low is not None:
            axes.plot([unit * low, unit * high], [y, y], color=colour, **look)
    axes.plot(unit * getattr(mean, name), y, "o", color="black")
