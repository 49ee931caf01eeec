"""The table of a study that says how good scores are at choosing its sources."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.forecasts.baselines import ANY_SOURCE, FIXED_ORDER
from glyph_transfer.analysis.forecasts.judging import Judged, judge, over_draws, over_targets
from glyph_transfer.analysis.forecasts.scores import Seen, score
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.rows import ForecastRow
from glyph_transfer.analysis.scored import Scored, ends
from glyph_transfer.experiments.results import CellResults
from glyph_transfer.protocol import Cell


@dataclass(frozen=True)
class _Target:
    """Scores by name, and accuracies, each float (draws, n_sources), of one target."""

    name: str
    scores: dict[str, np.ndarray]
    accuracies: np.ndarray

    @property
    def n_sources(self) -> int:
        return self.accuracies.shape[1]


def forecasts(scored: Scored) -> list[ForecastRow]:
    """Hold the scores that a study names against the accuracy that its cells came to.

    Sources are compared on one target, by one variant, at one size, on the same draws. Targets
    with a single source have nothing to choose, and are left out; so are cells whose results
    do not say what the source saw.

    Returns:
        A row for every score and the two that it is held against, over all targets, and one more
        for each target.
    """
    if not scored.study.forecasts:
        return []
    rows = []
    for key, cells in _grouped(scored, lambda cell: (cell.variant, cell.n_train)).items():
        by_target = _grouped(scored, lambda cell: cell.target, cells).items()
        targets = [_measured(scored, name, own) for name, own in by_target if len(own) > 1]
        rows += _rows(targets, *key, scored.seed) if targets else []
    return rows


def _grouped(
    scored: Scored, by: Callable[[Cell], object], cells: Iterable[Cell] | None = None
) -> dict[object, list[Cell]]:
    """Group the cells of which is known what their source saw."""
    groups = {}
    for cell in scored.cells if cells is None else cells:
        if scored.cells[cell].features.size:
            groups.setdefault(by(cell), []).append(cell)
    return groups


def _measured(scored: Scored, name: str, cells: list[Cell]) -> _Target:
    """Score the sources of a target on every draw."""
    order = scored.study.variants[cells[0].variant].sources
    seen = [seen_by_draw(scored.cells[cell]) for cell in cells]
    draws = len(seen[0])
    scores = {
        each: np.stack([score(each, [own[draw] for own in seen]) for draw in range(draws)])
        for each in scored.study.forecasts
    }
    scores[FIXED_ORDER] = np.tile([-float(order.index(cell.source)) for cell in cells], (draws, 1))
    scores[ANY_SOURCE] = np.zeros((draws, len(cells)))
    accuracies = np.stack([scored.scores["accuracy"][cell] for cell in cells], axis=1)
    return _Target(name, scores, accuracies)


def seen_by_draw(done: CellResults) -> list[Seen]:
    """Give what the source of a cell saw of the labelled images of every draw."""
    kept = (done.features, done.source_probabilities, done.labels, done.n_features)
    return [Seen(*draw) for draw in zip(*kept, strict=True)]


def _rows(targets: list[_Target], variant: str, n_train: int | str, seed: int) -> list[ForecastRow]:
    rows = []
    for chosen in (targets, *([each] for each in targets)):
        judged = {
            name: judge([t.scores[name] for t in chosen], [t.accuracies for t in chosen])
            for name in targets[0].scores
        }
        what = {
            "target": chosen[0].name if chosen is not targets else None,
            "variant": variant,
            "n_train": n_train,
            "targets": len(chosen),
            "pairs": sum(each.n_sources for each in chosen),
            "draws": len(chosen[0].accuracies),
        }
        rows += [_row(name, what, judged, seed) for name in judged]
    return rows


def _row(name: str, what: dict, judged: dict[str, Judged], seed: int) -> ForecastRow:
    own = judged[name]
    saved = over_draws(judged[FIXED_ORDER].regrets - own.regrets, seed)
    return ForecastRow(
        score=name,
        **what,
        **ends("tau", over_draws(own.taus, seed).within(-1.0, 1.0)),
        **_other_targets("tau", over_targets(own.taus, seed).within(-1.0, 1.0)),
        **ends("regret", over_draws(own.regrets, seed).within(-1.0, 1.0)),
        **_other_targets("regret", over_targets(own.regrets, seed).within(-1.0, 1.0)),
        **ends("saved", saved),
    )


def _other_targets(name: str, interval: Interval) -> dict[str, float | None]:
    return {f"{name}_targets_low": interval.low, f"{name}_targets_high": interval.high}
