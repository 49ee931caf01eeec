"""Tracked runs of a small corpus, held in memory, and the parameters that expect them."""

import json
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from matplotlib.figure import Figure

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.rows import (
    TABLES,
    CellRow,
    ClaimRow,
    ConfusionRow,
    CurveRow,
    DifferenceRow,
    LabelWorthRow,
    MistakeRow,
    PublishedRow,
    ReplicateRow,
    write_csv,
)
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.charts import figures
from glyph_transfer.protocol import Cell
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import reading
from glyph_transfer.report.evidence import SimilarityRow

SCRATCH = Cell("digits", "tominet", "none", "scratch", 100)
LETTERS = Cell("digits", "tominet", "letters", "frozen", 100)
STUDY = "few_labels"
SHEET = figures.png(Figure(figsize=(1, 1)))


@dataclass
class Run:
    """A tracked run, with files and histories held in memory."""

    fingerprint: str
    tags: dict
    params: dict = field(default_factory=dict)
    metrics: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    curves: dict = field(default_factory=dict)
    run_id: str = "run-id-of-this-store"
    started: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    seconds: float = 12.5

    def artifact(self, name, folder):
        """Write the file as MLflow downloads it."""
        path = Path(folder, name)
        path.write_bytes(self.files[name])
        return path

    def curve(self, name):
        """Give the history of a metric."""
        return self.curves.get(name, [])


def settings(*names, **answers):
    """Parameters of studies that are alike, with what each answers, by its name."""
    training = {"optimizer": "adam", "batch_size": 10, "batch_norm_momentum": 0.9}
    phases = [{"train": "all", "epochs": 2, "learning_rate": 0.001}]
    study = {
        "question": "What params.yaml asks now",
        "targets": ["digits"],
        "model": "tominet",
        "n_train": [100],
        "draws": 3,
        "sampling": "random",
        "training": training,
        "variants": {
            "scratch": {"sources": ["none"], "load": [], "phases": phases},
            "frozen": {
                "sources": ["letters"], "load": ["conv_1"], "phases": phases, "baseline": "scratch",
            },
        },
    }  # fmt: skip
    roles = {role: {"train": 10, "validation": 5} for role in ("digits", "letters")}
    studies = {name: study | {"answers": answers.get(name)} for name in names or [STUDY]}
    content = {
        "corpus": "embedded", "corpora": ["embedded"], "seed": 1, "workers": 1, "sets": roles,
        "pretrain": {}, "studies": studies,
    }  # fmt: skip
    return Params.model_validate(content)


def tags(stage, **more):
    conditions = {"mlflow.source.git.commit": "abc123", "machine": "a machine"}
    return {"stage": stage, "corpus": "embedded", "version.numpy": "2.4"} | conditions | more


def convert(role, provenance="generated", name="file.npz"):
    facts = {
        "role": role,
        "provenance": provenance,
        "classes": ["0", "1"],
        "splits": {
            name: {"images": n, "sha256": f"{role}-{name}-digest"}
            for name, n in (("train", 1234), ("validation", 56), ("test", 78))
        },
        "files": [{"name": name, "size": 5678, "sha256": "file-digest", "origin": "somewhere"}],
    }
    files = {f"{role}.json": json.dumps(facts).encode(), f"{role}.png": SHEET}
    return Run(f"convert-{role}", tags("convert"), files=files)


def csv_bytes(rows, row_type):
    """Give the bytes of a table's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        write_csv(path, rows, row_type)
        return path.read_bytes()


def blank(row_type, **values):
    """A row of which only some values are of interest."""
    return row_type(**dict.fromkeys(row_type.__dataclass_fields__) | values)


def cell_row(cell, accuracy, low=None, high=None, **more):
    """A row of the table of cells."""
    named = cell._asdict() | {"draws": 3, "loss": 0.5, "n_images": 100, "epochs": 50}
    ends = {"accuracy_low": low, "accuracy_high": high, "loss_low": low, "loss_high": high}
    images = {"images_low": accuracy - 0.02, "images_high": accuracy + 0.02, "test_images": 600}
    return blank(CellRow, cell=cell, accuracy=accuracy, **named | ends | images | more)


def difference_row(cell, mean, low=None, high=None, **more):
    """A row of the table of differences, with its corrected interval, from scratch."""
    values = {
        "cell": cell, "baseline": SCRATCH, "accuracy": mean, "corrected_low": low,
        "corrected_high": high, "draws": 3, "improvement": 1.0, "significant": low is not None,
    }  # fmt: skip
    pair = f"{cell} - {values['baseline']}"
    return blank(DifferenceRow, **{"comparison": pair} | values | more)


def replicate_rows(cell, values):
    """Rows of the table of replicates, one for each accuracy."""
    return [
        blank(ReplicateRow, cell=cell, **cell._asdict(), draw=draw, accuracy=value, loss=0.5,
              index_sha256="digest")
        for draw, value in enumerate(values)
    ]  # fmt: skip


def published_row(cell, value=0.55, score="accuracy", **changes):
    """A row of the table of published values, on the accuracy in a row of cells."""
    wide = None if cell.accuracy_low is None else 0.3
    row = PublishedRow(
        cell=cell.cell, score=score, than=None, published=value, rounding=0.005, about=0.0,
        ours=cell.accuracy, low=cell.accuracy_low, high=cell.accuracy_high,
        expected_low=wide and cell.accuracy - wide, expected_high=wide and cell.accuracy + wide,
        draws=cell.draws, agreement=Agreement.NOT_KNOWN if wide is None else Agreement.AGREES,
        claim=None, verdict=None,
    )  # fmt: skip
    return replace(row, **changes)


def claim_row(**changes):
    """A row of the table of claims: letters beat scratch."""
    row = ClaimRow(
        name="letters", claim="Letters help.", score="accuracy", cell=LETTERS, than=SCRATCH,
        expects="higher", margin=None, estimate=0.25, low=0.2, high=0.3, draws=3,
        verdict=ClaimVerdict.CONFIRMED,
    )  # fmt: skip
    return replace(row, **changes)


def label_worth_row(**changes):
    """A row of the table of what letters are worth in labels."""
    row = LabelWorthRow(LETTERS, SCRATCH, 90.4, 80.0, float("inf"), 0.25, 10, 3)
    return replace(row, **changes)


def curve_row(**changes):
    """A row of the table of learning curves: the training images after one epoch."""
    scores = dict.fromkeys(
        f"train_{score}{end}" for score in ("loss", "accuracy") for end in ("", "_low", "_high")
    )
    return blank(CurveRow, cell=LETTERS, epoch=1, **dict.fromkeys(scores, 0.5) | changes)


def tables(draws=3, class_1="1"):
    """The tables of a study: letters score 0.85 and scratch 0.6, on three draws."""
    accuracies = {SCRATCH: (0.5, 0.6, 0.7), LETTERS: (0.8, 0.85, 0.9)}
    means = {cell: sum(values[:draws]) / draws for cell, values in accuracies.items()}
    is_one = draws == 1
    cells = [
        cell_row(cell, mean, *((None, None) if is_one else (mean - 0.05, mean + 0.05)),
                 draws=draws, published=0.55)
        for cell, mean in means.items()
    ]  # fmt: skip
    ends = {} if is_one else {"accuracy_low": 0.2, "accuracy_high": 0.3, "p_holm": 0.01}
    corrected = (None, None) if is_one else (0.15, 0.35)
    difference = difference_row(
        LETTERS, 0.25, *corrected, draws=draws, images_low=0.22, images_high=0.28, **ends
    )
    claim = claim_row(draws=draws)
    if is_one:
        claim = replace(claim, low=None, high=None, verdict=ClaimVerdict.TOO_FEW_DRAWS)
    scratch, letters = (published_row(row) for row in cells)
    others = ((class_1, "0", 0), (class_1, class_1, 893))
    taken_for = (("0", "0", 900), ("0", class_1, 7), *others)
    return {
        "replicates": [
            row for cell, each in accuracies.items() for row in replicate_rows(cell, each[:draws])
        ],
        "cells": cells,
        "differences": [difference],
        "curves": [curve_row()],
        "claims": [claim],
        "published": [scratch, replace(letters, claim=claim.name, verdict=claim.verdict)],
        "labels": [],
        "confusion": [ConfusionRow(LETTERS, *each, draws) for each in taken_for],
        "mistakes": [MistakeRow(LETTERS, 3, "0", class_1, draws, draws, 0.01)],
        "forecasts": [],
    }


def evaluated(made=None, question="Which source?", note="The author is silent."):
    """The run of an evaluation that made such tables."""
    made = tables() if made is None else made
    pictures = ["accuracy", "curves", "confusion"]
    pictures += [name for name in ("differences", "labels", "mistakes", "forecasts") if made[name]]
    pictures += ["test_curves"] if made["curves"][0].test_loss is not None else []
    return Run(
        "evaluated-print",
        tags("evaluate", study=STUDY, question=question, note=note),
        params={
            "batch_norm_momentum": "0.9", "seed": "7",
            "targets": "digits", "n_train": "100", "sampling": "random", "draws": "3 at 100",
            "optimizer": "adam", "batch_size": "10",
            "variants.frozen.phases": "2 epochs of dense at 0.001",
            "variants.scratch.phases": "2 epochs of all layers at 0.001",
        },
        files={f"{name}.csv": csv_bytes(made[name], row_type) for name, row_type in TABLES.items()}
        | {f"{name}.png": SHEET for name in pictures},
    )  # fmt: skip


def visualised(sources=("letters",)):
    rows = [
        SimilarityRow(source, before, after, 0.75)
        for source in sources
        for before in ("conv_1", "dense")
        for after in ("conv_1", "dense")
    ]
    pictures = ["kernels", "maxima"]
    pictures += [f"{what}-{s}" for what in ("similarity", "classes") for s in sources]
    return Run(
        "visualise-print",
        tags("visualise", study=STUDY, draw="0"),
        params={"sources": ", ".join(["none", *sources]), "images": "200"},
        files={f"{name}.png": SHEET for name in pictures}
        | {"similarity.csv": csv_bytes(rows, SimilarityRow)},
    )


def runs(**changes):
    source = Run(
        "source-print",
        tags("pretrain", model="tominet", source="letters"),
        params={"epochs": "12", "patience": "2"},
        metrics={
            "test_accuracy": 0.88, "test_accuracy_low": 0.86, "test_accuracy_high": 0.9,
            "test_images": 1560.0, "epochs": 11.0, "networks": 1.0,
        },
        curves={name: [0.5, 0.6] for name in reading.CURVES},
    )  # fmt: skip
    return {
        "download_digits": Run("download-digits", tags("download")),
        "download_letters": Run("download-letters", tags("download")),
        "convert_digits": convert("digits"),
        "convert_letters": convert("letters"),
        "pretrain_tominet-letters": source,
        "few_labels": Run(
            "trained-print",
            tags("transfer"),
            params={"sampling": "random"},
            curves={
                f"seconds/{SCRATCH}": [1.0, 3.0, 8.0],
                f"training_seconds/{SCRATCH}": [1.0, 2.0, 4.0],
                f"training_seconds/{LETTERS}": [0.5, 0.5, 0.5],
            },
        ),
        "evaluate_few_labels": evaluated(),
        "visualise_few_labels": visualised(),
    } | changes


def lines_of(table):
    """The lines of a table: heading -> text."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.texts]
