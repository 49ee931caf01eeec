"""From runs to pages: evidence, sections, and the files written."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from glyph_transfer import figures
from glyph_transfer.params import Params
from glyph_transfer.report import assembly, evidence, origins, page, sections, studies
from glyph_transfer.report.page import Paragraph, Picture, Table

EVIL = "<img src=x onerror=alert(1)>|"
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


def settings(*names, question="Which source?"):
    training = {"optimizer": "adam", "batch_size": 10, "batch_norm_momentum": 0.9}
    phases = [{"train": "all", "epochs": 2, "learning_rate": 0.001}]
    study = {
        "question": question,
        "target": "digits",
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
        "corpora": ["embedded"], "seed": 1, "workers": 1, "sets": {"embedded": roles},
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
        "splits": {"train": {"images": 1234, "sha256": f"{role}-digest"}},
        "files": [{"name": name, "size": 5678, "sha256": "file-digest", "origin": "somewhere"}],
    }
    files = {f"{role}.json": json.dumps(facts).encode(), f"{role}.png": SHEET}
    return Run(f"convert-{role}", tags("convert"), files=files)


def table(rows):
    lines = [",".join(rows[0])]
    lines += [",".join("" if v is None else str(v) for v in row.values()) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def evaluated(
    draws=3, momentum="0.9", accuracies=((0.5, 0.6, 0.7), (0.8, 0.85, 0.9)), published=0.55
):
    replicates, cells, curves = [], [], []
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
             "n_train": n_train, "draws": draws, "test_images": 600, "accuracy": mean,
             "accuracy_low": low, "accuracy_high": high, "loss": 0.5, "loss_low": low,
             "loss_high": high, "published": published}
        )  # fmt: skip
        curves += [
            {"cell": name, "epoch": epoch, "train_loss": 1 / epoch, "train_accuracy": 0.5,
             "train_accuracy_low": 0.4, "train_accuracy_high": 0.6}
            for epoch in (1, 2)
        ]  # fmt: skip
    ends = [None] * 4 if draws == 1 else [0.2, 0.3, 0.15, 0.35]
    difference = {
        "cell": LETTERS, "baseline": SCRATCH, "draws": draws, "accuracy": 0.25,
        "accuracy_low": ends[0], "accuracy_high": ends[1], "corrected_low": ends[2],
        "corrected_high": ends[3], "p_holm": None if draws == 1 else 0.01, "improvement": 1.0,
        "shown": draws > 1,
    }  # fmt: skip
    tables = {
        "replicates": replicates, "cells": cells, "curves": curves, "differences": [difference],
    }  # fmt: skip
    return Run(
        "evaluated-print",
        tags("evaluate", study="few_labels"),
        params={"batch_norm_momentum": momentum},
        files={f"{name}.csv": table(rows) for name, rows in tables.items()},
    )


def runs(**changes):
    source = Run(
        "source-print",
        tags("pretrain", model="tominet", source="letters"),
        params={"epochs": "12"},
        metrics={
            "test_accuracy": 0.88, "test_accuracy_low": 0.86, "test_accuracy_high": 0.9,
            "test_images": 1560.0, "epochs": 11.0,
        },
        curves={name: [0.5, 0.6] for name in evidence.CURVES},
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
            curves={f"seconds/{SCRATCH}": [1.0, 3.0, 8.0]},
        ),
        "evaluate_few_labels": evaluated(),
    } | changes


def gathered(**changes):
    return evidence.gather("embedded", settings(), runs(**changes))


def blocks(content, kind):
    return [b for section in content.sections for b in section.blocks if isinstance(b, kind)]


def texts(content):
    return " ".join(block.text for block in blocks(content, Paragraph))


def test_expected_stages_follow_from_the_studies():
    assert evidence.expected_stages(settings()) == list(runs())


def test_tables_come_back_with_their_types(tmp_path):
    """The source is called none, which some readers take for a missing value."""
    path = tmp_path / "cells.csv"
    path.write_text("source,draws,accuracy,loss,shown\nnone,30,0.5,,True\n")
    assert evidence.read_rows(path) == [
        {"source": "none", "draws": 30, "accuracy": 0.5, "loss": None, "shown": True}
    ]


@pytest.fixture(scope="module")
def content():
    """The page of a study that has run."""
    return assembly.build("embedded", settings(), runs())


def test_page_shows_the_numbers_of_the_runs(content):
    html = page.html(content)
    for shown in (
        "60.0 [55.0, 65.0]",  # the mean of scratch and its interval
        "50.0 to 70.0",  # its single draws
        "+25.0 [+20.0, +30.0]",  # the difference, and its corrected interval:
        "[+15.0, +35.0]",
        "3.00",  # median of the seconds
        "88.0 [86.0, 90.0]",  # the source network
        "1,234", "5,678", "digits-digest", "file-digest",
        "2026-01-02 03:04:05", "12.5", "abc123", "a machine", "2.4", "trained-print",
        "dvc repro report@embedded", "tags.fingerprint = ",
    ):  # fmt: skip
        assert shown in html.replace("&#39;", "'"), shown
        assert shown in page.markdown(content), shown


def test_page_holds_nothing_that_a_new_store_would_change(content):
    first = page.html(content)
    again = runs()
    for run in again.values():
        run.run_id = "another"
    assert page.html(assembly.build("embedded", settings(), again)) == first
    assert "run-id-of-this-store" not in first


def test_every_picture_has_an_alternative_and_a_name_of_its_own(content):
    pictures = content.pictures
    assert all(picture.alt and picture.caption for picture in pictures)
    assert len({picture.name for picture in pictures}) == len(pictures) == 6


@pytest.mark.parametrize(
    "stage",
    ["download_digits", "convert_letters", "pretrain_tominet-letters", "evaluate_few_labels"],
)
def test_a_stage_that_has_not_run_is_named(stage):
    content = assembly.build("embedded", settings(), runs(**{stage: None}))
    assert f"Stages without a run ({stage}): not run yet" in texts(content)
    page.html(content)


def test_nothing_has_run_yet():
    content = assembly.build("embedded", settings(), {})
    assert "The study few_labels: not run yet. dvc repro report@embedded" in texts(content)
    assert content.pictures == []
    page.html(content)


def test_one_draw_gives_no_interval_and_no_verdict():
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=evaluated(draws=1)))
    html = page.html(content)
    assert "50.0 (one draw)" in html
    assert "one draw, no interval" in html
    assert "None]" not in html


def test_names_and_questions_are_shown_as_text():
    odd = runs(convert_digits=convert("digits", name=EVIL))
    content = assembly.build("embedded", settings(question=EVIL), odd)
    assert EVIL not in page.html(content)
    assert "&lt;img src=x" in page.html(content)
    assert "<img" not in page.markdown(content)


def test_embedded_images_are_marked_everywhere(content):
    assert "not the published sets" in content.mark
    shown = [block for block in blocks(content, Table | Picture) if block.badge]
    assert len(shown) == len(content.pictures) + 6
    assert all("stand-ins" in block.badge for block in shown)


def test_unofficial_files_are_marked_beside_all_that_rests_on_them():
    found = gathered(
        convert_digits=convert("digits", "official"),
        convert_letters=convert("letters", "unofficial"),
    )
    blocks = [
        *studies.section(found, "few_labels").blocks,
        *sections.published(found).blocks,
        *origins.sources(found).blocks,
    ]
    for block in blocks:
        if isinstance(block, Table | Picture):
            assert "unofficial files (letters): close to, but not comparable" in block.badge
    by_name = {b.name: b for b in origins.images(found).blocks if isinstance(b, Picture)}
    assert by_name["images-digits"].badge == ""
    assert "letters" in by_name["images-letters"].badge


def test_official_images_carry_no_badge():
    official = {f"convert_{role}": convert(role, "official") for role in ("digits", "letters")}
    found = evidence.gather("official", settings(), runs(**official))
    assert sections.badge(found, ["digits", "letters"]) == ""
    assert "published checksum" in sections.mark(found)


def test_images_of_unknown_origin_are_not_passed_off_as_official():
    found = evidence.gather("official", settings(), runs(convert_letters=None))
    assert "not known (letters)" in sections.badge(found, ["digits", "letters"])


def pair(default, momentum=0.99):
    """Two studies, the second with a re-estimated twin of training from scratch."""
    twin = SCRATCH.replace("scratch", "scratch_reestimated")
    protocol = gathered().studies["few_labels"]
    rows = [{"cell": twin, "draw": draw, "accuracy": v} for draw, v in enumerate(default)]
    cell = protocol.cells[0] | {"cell": twin}
    other = evidence.Study(
        "batch_norm", protocol.roles, momentum, [*protocol.cells, cell], protocol.differences,
        [*protocol.replicates, *rows], protocol.curves, {},
    )  # fmt: skip
    return other, protocol


def test_the_effect_of_averages_is_paired_by_draw():
    """Draws 0.5 0.6 0.7 and 0.6 0.7 0.8: without pairing the interval would include zero."""
    found = sections.averages(*pair((0.6, 0.7, 0.8)), stand_ins=False)
    assert found.effect["accuracy"] == pytest.approx(0.1)
    assert found.effect["corrected_low"] == pytest.approx(0.1)
    assert (found.momentum, found.other_momentum) == (0.99, 0.9)


def test_no_effect_without_a_network_scored_both_ways():
    protocol = gathered().studies["few_labels"]
    assert sections.averages(protocol, protocol, stand_ins=False) is None


def test_write_leaves_exactly_the_files_of_the_page(content, tmp_path):
    stale = tmp_path / "figures" / "stale.png"
    stale.parent.mkdir()
    stale.touch()
    written = assembly.write(content, tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)
    assert not stale.exists()
    for picture in content.pictures:
        assert (tmp_path / "figures" / f"{picture.name}.png").read_bytes() == picture.png
        assert f"figures/{picture.name}.png" in (tmp_path / "report.md").read_text()
