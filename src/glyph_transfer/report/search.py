"""The section of a report on the search for hyper-parameters."""

from glyph_transfer.report.evidence import SEARCHED, Evidence, Search
from glyph_transfer.report.page import Paragraph, Picture, Section
from glyph_transfer.report.sections import badge, missing


def section(evidence: Evidence) -> Section:
    """How hyper-parameters were searched, and what was found."""
    found = evidence.search
    if found is None:
        blocks = [missing("The search", evidence)]
    else:
        blocks = [Paragraph(_told(found)), _trials(found, badge(evidence, [found.role]))]
    return Section("search", "Search for hyper-parameters", blocks)


def _told(found: Search) -> str:
    how, best = found.params, found.metrics
    loss = best.get("best_validation_loss")
    if loss is None:
        return "No candidate that was tried has a finite loss on the validation images."
    return (
        f"Differential evolution tried {best['distinct']:.0f} networks of S5's kind (c) in "
        f"{best['trials']:.0f} trials, each trained on {how['n_train']} images of {how['target']} "
        f"for {how['epochs']} epochs and judged by its loss on the validation images alone. "
        f"Best is {loss:.3f} nats, with dropout {best['dropout']:.3g}, a learning rate of "
        f"{best['learning_rate']:.3g} and {best['width']:.3g} times the width. The study "
        f"{SEARCHED} trains it as it trains the others, and shows what it is worth on test images."
    )


def _trials(found: Search, mark: str) -> Picture:
    best = found.metrics
    return Picture(
        "search-trials",
        found.figure,
        f"Validation loss of {best['trials']:.0f} trials in their order, and by dropout, learning "
        "rate and width",
        "Loss on the validation images of every trial, in the order of the search and by each "
        "hyper-parameter; single trainings, without intervals.",
        mark,
    )
