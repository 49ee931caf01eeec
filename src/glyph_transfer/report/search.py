"""The section of a report on the search for hyper-parameters."""

from glyph_transfer.report.evidence import Evidence, SearchResults
from glyph_transfer.report.findings import enumerated
from glyph_transfer.report.page import Paragraph, Picture, Section
from glyph_transfer.report.sections import caveat, missing


def section(evidence: Evidence) -> Section:
    """How hyper-parameters were searched, and what was found."""
    results = evidence.search
    if results is None:
        blocks = [missing("The search", evidence)]
    elif not results.best:
        blocks = [
            Paragraph("No candidate that was tried has a finite loss on the validation images.")
        ]
    else:
        blocks = [
            Paragraph(_summary(results)),
            _trials(results, caveat(evidence, [results.role])),
        ]
    return Section("search", "Search for hyper-parameters", blocks)


def _summary(results: SearchResults) -> str:
    how, metrics = results.params, results.metrics
    best = enumerated(f"{_words(name)} {value:.3g}" for name, value in results.best.items())
    return (
        f"Differential evolution tried {metrics['distinct']:.0f} networks of the kind "
        f"{results.model} in {metrics['trials']:.0f} trials, each trained on "
        f"{how['n_train']} images of {how['target']} for {how['epochs']} epochs and judged by its "
        f"loss on the validation images alone. Best is {metrics['best_validation_loss']:.3f} nats, "
        f"with {best}. The study {results.study} trains it as it trains the others, "
        "and shows what it is worth on test images."
    )


def _trials(results: SearchResults, caveat: str) -> Picture:
    return Picture(
        "search-trials",
        results.figure,
        f"Validation loss of {results.metrics['trials']:.0f} trials in their order, and by "
        f"{enumerated(map(_words, results.best))}",
        "Loss on the validation images of every trial, in the order of the search and by each "
        "hyper-parameter; single trainings, without intervals.",
        caveat,
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
