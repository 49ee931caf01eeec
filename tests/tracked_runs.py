"""Tracked runs of a small corpus, held in memory, and the parameters that expect them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from glyph_transfer.charts import figures
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import reading

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/frozen/100"
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


def settings(*names):
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
    content = {
        "corpus": "embedded", "corpora": ["embedded"], "seed": 1, "workers": 1, "sets": roles,
        "pretrain": {}, "studies": dict.fromkeys(names or ["few_labels"], study),
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


def table(rows):
    """Write rows as CSV; without any, a header that nobody asks for."""
    lines = [",".join(rows[0] if rows else ["cell"])]
    lines += [",".join("" if v is None else str(v) for v in row.values()) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def held(row, value=0.55, score="accuracy", **changes):
    """A row of the table of published figures on the accuracy in a row of cells."""
    low, high = row["accuracy_low"], row["accuracy_high"]
    wide = None if low is None else 0.3
    return {
        "cell": row["cell"], "score": score, "than": None, "published": value,
        "rounding": 0.005, "about": 0.0,
        "ours": row["accuracy"], "low": low, "high": high,
        "expected_low": wide and row["accuracy"] - wide,
        "expected_high": wide and row["accuracy"] + wide, "draws": row["draws"],
        "agreement": "not known" if low is None else "agrees", "claim": None, "verdict": None,
    } | changes  # fmt: skip


def evaluated(
    draws=3, momentum="0.9", accuracies=((0.5, 0.6, 0.7), (0.8, 0.85, 0.9)), published=0.55,
    question="Which source?", claim="Letters help.", class_1="1", note="The author is silent.",
):  # fmt: skip
    replicates, cells = [], []
    for name, values in zip((SCRATCH, LETTERS), accuracies, strict=True):
        target, model, source, variant, n_train = name.split("/")
        replicates += [
            {"cell": name, "draw": draw, "accuracy": value}
            for draw, value in enumerate(values[:draws])
        ]
        mean = float(np.mean(values[:draws]))
        low, high = (None, None) if draws == 1 else (mean - 0.05, mean + 0.05)
        cells.append(
            {"cell": name, "target": target, "model": model, "source": source, "variant": variant,
             "n_train": n_train, "n_images": 100, "epochs": 50, "draws": draws,
             "test_images": 600, "accuracy": mean, "accuracy_low": low, "accuracy_high": high,
             "loss": 0.5, "loss_low": low, "loss_high": high, "images_low": mean - 0.02,
             "images_high": mean + 0.02, "published": published}
        )  # fmt: skip
    ends = [None] * 4 if draws == 1 else [0.2, 0.3, 0.15, 0.35]
    difference = {
        "cell": LETTERS, "baseline": SCRATCH, "draws": draws, "accuracy": 0.25,
        "accuracy_low": ends[0], "accuracy_high": ends[1], "corrected_low": ends[2],
        "corrected_high": ends[3], "images_low": 0.22, "images_high": 0.28,
        "p_holm": None if draws == 1 else 0.01, "improvement": 1.0,
        "improvement_low": None, "improvement_high": None, "shown": draws > 1,
    }  # fmt: skip
    verdict = "not shown" if draws == 1 else "confirmed"
    claimed = {
        "name": "letters", "claim": claim, "score": "accuracy", "cell": LETTERS, "than": SCRATCH,
        "expects": "higher", "margin": None, "estimate": 0.25, "low": ends[0], "high": ends[1],
        "draws": draws, "verdict": verdict,
    }  # fmt: skip
    figures_of_others = [
        held(row, value=published, draws=draws, claim=name, verdict=verdict if name else None)
        for row, name in zip(cells, (None, "letters"), strict=True)
    ]
    curves = [{"cell": LETTERS, "epoch": 1, "train_loss": 0.5, "test_loss": None}]
    confusion = [
        {"cell": LETTERS, "actual": actual, "predicted": predicted, "predictions": n,
         "draws": draws}
        for actual, predicted, n in (("0", "0", 900), ("0", class_1, 7), (class_1, class_1, 893))
    ]  # fmt: skip
    mistake = {
        "cell": LETTERS, "image": 3, "actual": "0", "predicted": class_1, "wrong_draws": draws,
        "draws": draws, "probability": 0.01,
    }  # fmt: skip
    tables = {
        "replicates": replicates, "cells": cells, "differences": [difference],
        "claims": [claimed], "published": figures_of_others, "labels": [], "curves": curves,
        "confusion": confusion, "mistakes": [mistake],
    }  # fmt: skip
    pictures = ("accuracy", "curves", "confusion", "differences", "mistakes")
    return Run(
        "evaluated-print",
        tags("evaluate", study="few_labels"),
        params={
            "batch_norm_momentum": momentum, "question": question, "note": note, "seed": "7",
            "targets": "digits", "n_train": "100", "sampling": "random", "draws": "3 at 100",
            "optimizer": "adam", "batch_size": "10",
            "variants.frozen.phases": "2 epochs of dense at 0.001",
        },
        files={f"{name}.csv": table(rows) for name, rows in tables.items()}
        | {f"{name}.png": SHEET for name in pictures},
    )  # fmt: skip


def visualised(sources=("letters",)):
    rows = [
        {"source": source, "before": before, "after": after, "cka": 0.75}
        for source in sources
        for before in ("conv_1", "dense")
        for after in ("conv_1", "dense")
    ]
    pictures = ["kernels", "maxima"]
    pictures += [f"{what}-{s}" for what in ("similarity", "classes") for s in sources]
    return Run(
        "visualise-print",
        tags("visualise", study="few_labels", draw="0"),
        params={"sources": ", ".join(["none", *sources]), "images": "200"},
        files={f"{name}.png": SHEET for name in pictures} | {"similarity.csv": table(rows)},
    )


def runs(**changes):
    source = Run(
        "source-print",
        tags("pretrain", model="tominet", source="letters"),
        params={"epochs": "12", "patience": "2"},
        metrics={
            "test_accuracy": 0.88, "test_accuracy_low": 0.86, "test_accuracy_high": 0.9,
            "test_images": 1560.0, "epochs": 11.0,
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
