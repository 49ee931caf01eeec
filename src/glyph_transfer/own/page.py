"""The answer as one page that needs nothing else, and as numbers."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from glyph_transfer.analysis.formats import format_interval, format_percent, format_points
from glyph_transfer.files import write_json, write_text
from glyph_transfer.own import answer
from glyph_transfer.own.advice import MORE, Advice
from glyph_transfer.own.card import Card
from glyph_transfer.own.curve import Curve
from glyph_transfer.own.pictures import as_uri, small

SHEET = 100
SUSPECTS = 60
CONFUSED = 40
"""Classes up to which the confusion matrix is drawn whole; of more the commonest confusions."""


def write(task: str, advice: Advice, card: Card, folder: Path) -> list[Path]:
    """Write `index.html` and `advice.json` into a folder; give both."""
    environment = Environment(
        loader=PackageLoader("glyph_transfer.own"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("own.html.j2")
    shown = template.render(
        task=task,
        advice=advice,
        own=advice.own,
        card=card,
        more=MORE,
        sentences=[*answer.use_and_expect(advice), *answer.more_labels(advice)],
        sheet=_sheet(advice),
        bars=_bars(advice),
        matrix=_matrix(advice),
        confusions=_confusions(advice),
        suspects=[_suspect(advice, each) for each in advice.doubts.suspects[:SUSPECTS]],
        copies=[[_seen(advice, row) for row in rows] for rows in advice.doubts.copies[:20]],
        next=[_seen(advice, row) for row in advice.next],
        curve=_curve(advice.curve) if advice.curve else None,
        percent=format_percent,
        points=format_points,
        accuracy_of=answer.accuracy_of,
        difference_of=answer.difference_of,
        interval=format_interval,
    )
    page, numbers = folder / "index.html", folder / "advice.json"
    write_text(page, shown)
    write_json(numbers, as_numbers(task, advice))
    return [page, numbers]


def as_numbers(task: str, advice: Advice) -> dict[str, object]:
    """Give the answer for programs: the same numbers, files by name."""
    own, doubts = advice.own, advice.doubts
    named = partial(_names, own.files)
    return {
        "task": task,
        "data": own.digest,
        "classes": list(own.classes),
        "images": {split: len(own.rows(split)) for split in ("train", "test", "unlabelled")},
        "use": {"source": advice.source, "recipe": advice.recipe},
        "expected": asdict(advice.promise),
        "on_test": advice.on_test and asdict(advice.on_test),
        "ranking": [asdict(row) for row in advice.ranking],
        "more_labels": advice.more and {"a_class": MORE, "gain": asdict(advice.more)},
        "confusion": np.round(advice.confusion, 3).tolist(),
        "suspects": [
            {"file": own.files[each.row], "label": own.classes[each.label],
             "rather": own.classes[each.other], "probability": round(each.of_other, 4)}
            for each in doubts.suspects
        ],
        "odd": [asdict(each) for each in (*doubts.groups, *doubts.classes)],
        "copies": [named(rows) for rows in doubts.copies],
        "label_next": named(advice.next),
        "remarks": [str(remark) for remark in own.remarks],
    }  # fmt: skip


def _names(files: tuple[str, ...], rows: np.ndarray) -> list[str]:
    return [files[row] for row in rows]


def _seen(advice: Advice, row: int) -> dict[str, str]:
    """A picture as it is and as the network sees it."""
    own = advice.own
    label = own.classes[own.labels[row]] if own.labels[row] >= 0 else ""
    return {
        "file": own.files[row],
        "label": label,
        "original": small(own.original(int(row))),
        "prepared": as_uri(own.images[row]),
    }


def _suspect(advice: Advice, each) -> dict[str, str]:
    names = advice.own.classes
    return _seen(advice, each.row) | {
        "label": names[each.label],
        "rather": names[each.other],
        "probability": f"{each.of_other:.0%}",
        "given": f"{each.probability:.0%}",
    }


def _sheet(advice: Advice) -> list[dict[str, str]]:
    """A hundred images, as equally of all classes as there are."""
    own = advice.own
    rows = own.rows("train")
    turn = np.zeros(len(rows), int)
    for label in np.unique(own.labels[rows]):
        among = own.labels[rows] == label
        turn[among] = np.arange(among.sum())
    order = np.lexsort((own.labels[rows], turn))[:SHEET]
    kept = rows[order]
    return [_seen(advice, row) for row in kept[np.argsort(own.labels[kept], kind="stable")]]


def _bars(advice: Advice) -> list[dict[str, object]]:
    """Candidates with ends of their bars in percent of the width, which begins at `lowest`."""
    rows = [row for row in advice.ranking if row.accuracy.mean is not None]
    lowest = min(row.accuracy.low for row in rows)
    lowest = max(0.0, np.floor(20 * lowest) / 20)

    def across(value: float) -> float:
        return round(100 * (value - lowest) / (1 - lowest), 2)

    return [
        {
            "row": row,
            "lowest": lowest,
            "low": across(row.accuracy.low),
            "mean": across(row.accuracy.mean),
            "high": across(row.accuracy.high),
        }
        for row in rows
    ]


def _matrix(advice: Advice) -> list[list[dict[str, object]]] | None:
    """Cells of the confusion matrix, with their shade; None for many classes."""
    matrix = advice.confusion
    if len(matrix) > CONFUSED:
        return None
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-9)
    return [
        [
            {
                "text": f"{count:.3g}" if count >= 0.05 else "",
                "shade": round(float(share), 3),
                "right": i == j,
            }
            for j, (count, share) in enumerate(zip(counts, row, strict=True))
        ]
        for i, (counts, row) in enumerate(zip(matrix, shares, strict=True))
    ]


def _confusions(advice: Advice) -> list[tuple[str, str, str]]:
    """The commonest: given class, what it was taken for, images."""
    matrix = advice.confusion * (1 - np.eye(len(advice.confusion)))
    order = np.argsort(-matrix, axis=None, kind="stable")[:12]
    pairs = zip(*np.unravel_index(order, matrix.shape), strict=True)
    names = advice.own.classes
    return [(names[i], names[j], f"{matrix[i, j]:.3g}") for i, j in pairs if matrix[i, j] > 0]


def _curve(curve: Curve) -> dict[str, object]:
    """Points and lines of the learning curve in a picture of 600 x 260."""
    most = 3 * curve.sizes.max()
    sizes = np.geomspace(curve.sizes.min(), most, 40)
    fitted = [curve.at(size) for size in sizes]
    lowest = max(0.0, min(min(a.low for a in curve.accuracies), fitted[0].low) - 0.02)

    def spot(size: float, value: float) -> str:
        across = np.log(size / sizes[0]) / np.log(most / sizes[0])
        return f"{50 + 530 * across:.1f},{230 - 210 * (value - lowest) / (1 - lowest):.1f}"

    upper = [spot(size, each.high) for size, each in zip(sizes, fitted, strict=True)]
    lower = [spot(size, each.low) for size, each in zip(sizes, fitted, strict=True)]
    return {
        "band": " ".join(upper + lower[::-1]),
        "line": " ".join(spot(s, each.mean) for s, each in zip(sizes, fitted, strict=True)),
        "points": [
            {
                "at": spot(size, each.mean).split(","),
                "low": spot(size, each.low).split(",")[1],
                "high": spot(size, each.high).split(",")[1],
                "text": f"{size:,.0f} images: {format_percent(each.mean)} %",
            }
            for size, each in zip(curve.sizes, curve.accuracies, strict=True)
        ],
        "ticks": [
            {"x": spot(size, lowest).split(",")[0], "text": f"{size:,.0f}"}
            for size in (*curve.sizes, most)
        ],
        "levels": [
            {"y": spot(most, value).split(",")[1], "text": f"{100 * value:.0f} %"}
            for value in np.linspace(lowest, 1, 4)
        ],
    }
