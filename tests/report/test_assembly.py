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


def settings(*names):
    training = {"optimizer": "adam", "batch_size": 10, "batch_norm_momentum": 0.9}
    phases = [{"train": "all", "epochs": 2, "learning_rate": 0.001}]
    study = {
        "question": "What params.yaml asks now",
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
    draws=3, momentum="0.9", accuracies=((0.5, 0.6, 0.7), (0.8, 0.85, 0.9)), published=0.55,
    question="Which source?", claim="Letters help.", class_1="1",
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
             "n_train": n_train, "draws": draws, "test_images": 600, "accuracy": mean,
             "accuracy_low": low, "accuracy_high": high, "loss": 0.5, "loss_low": low,
             "loss_high": high, "published": published}
        )  # fmt: skip
    ends = [None] * 4 if draws == 1 else [0.2, 0.3, 0.15, 0.35]
    difference = {
        "cell": LETTERS, "baseline": SCRATCH, "draws": draws, "accuracy": 0.25,
        "accuracy_low": ends[0], "accuracy_high": ends[1], "corrected_low": ends[2],
        "corrected_high": ends[3], "p_holm": None if draws == 1 else 0.01, "improvement": 1.0,
        "shown": draws > 1,
    }  # fmt: skip
    claim = {
        "claim": claim, "cell": LETTERS, "than": SCRATCH, "expects": "higher", "estimate": 0.25,
        "low": ends[0], "high": ends[1], "draws": draws,
        "verdict": "not shown" if draws == 1 else "confirmed",
    }  # fmt: skip
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
        "replicates": replicates, "cells": cells, "differences": [difference], "claims": [claim],
        "confusion": confusion, "mistakes": [mistake],
    }  # fmt: skip
    pictures = ("accuracy", "curves", "confusion", "differences", "mistakes")
    return Run(
        "evaluated-print",
        tags("evaluate", study="few_labels"),
        params={
            "batch_norm_momentum": momentum, "question": question,
            "variants.frozen.phases": "2 epochs of dense at 0.001",
        },
        files={f"{name}.csv": table(rows) for name, rows in tables.items()}
        | {f"{name}.png": SHEET for name in pictures},
    )  # fmt: skip


def inspected(sources=("letters",)):
    rows = [
        {"source": source, "before": before, "after": after, "cka": 0.75}
        for source in sources
        for before in ("conv_1", "dense")
        for after in ("conv_1", "dense")
    ]
    pictures = ["kernels", "maxima"]
    pictures += [f"{what}-{s}" for what in ("similarity", "classes") for s in sources]
    return Run(
        "inspect-print",
        tags("inspect", study="few_labels", draw="0"),
        params={"sources": ", ".join(["none", *sources]), "images": "200"},
        files={f"{name}.png": SHEET for name in pictures} | {"similarity.csv": table(rows)},
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
        "inspect_few_labels": inspected(),
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


def test_page_asks_what_the_tracked_study_asked(content):
    assert "Which source?" in texts(content)
    assert "What params.yaml asks now" not in page.html(content)


def test_claims_come_with_the_authors_figures_our_test_and_the_verdict(content):
    (found,) = [b for b in blocks(content, Table) if b.columns[-1] == "verdict" and
                b.columns[1] == "claim"]  # fmt: skip
    (row,) = found.rows
    name, claim, theirs, test, ours, draws, verdict = row
    assert (name, claim, verdict) == ("few_labels", "Letters help.", "confirmed")
    assert theirs == "55 and 55"
    assert test.startswith("accuracy of transfer from letters (frozen) less that of training")
    assert ours.text == "+25.0 [+20.0, +30.0]"
    assert draws.text == "3"


def test_pictures_of_single_networks_say_so_and_tell_their_numbers(content):
    (inside,) = [section for section in content.sections if section.anchor == "networks"]
    assert "draw 0 of few_labels" in inside.blocks[0].text
    assert "prove nothing" in inside.blocks[0].text
    (heat,) = [b for b in inside.blocks if getattr(b, "name", "") == "networks-similarity-letters"]
    assert heat.alt.endswith("conv_1 0.75; dense 0.75")
    assert "200 validation images" in heat.caption


def test_mistakes_are_told_with_their_number(content):
    by_name = {picture.name: picture for picture in content.pictures}
    assert "1,800 predictions" in by_name["few_labels-confusion"].caption
    assert "0 taken for 1 7 times" in by_name["few_labels-confusion"].alt
    assert by_name["few_labels-mistakes"].alt.endswith("0 taken for 1")


def test_a_study_without_mistakes_comparisons_or_claims_has_a_page():
    run = evaluated()
    for name in ("differences", "claims", "mistakes"):
        run.files[f"{name}.csv"] = run.files[f"{name}.csv"].splitlines()[0] + b"\n"
        run.files.pop(f"{name}.png", None)
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=run))
    assert "No claim is listed" in texts(content)
    assert "no cell of this study has a baseline" in texts(content)
    page.html(content)


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
    assert len({picture.name for picture in pictures}) == len(pictures) == 12


@pytest.mark.parametrize(
    "stage",
    [
        "download_digits",
        "convert_letters",
        "pretrain_tominet-letters",
        "evaluate_few_labels",
        "inspect_few_labels",
    ],
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
    odd = runs(
        convert_digits=convert("digits", name=EVIL),
        evaluate_few_labels=evaluated(question=EVIL, claim=EVIL, class_1=EVIL),
    )
    content = assembly.build("embedded", settings(), odd)
    assert EVIL not in page.html(content)
    assert "&lt;img src=x" in page.html(content)
    assert "<img" not in page.markdown(content)


def test_embedded_images_are_marked_everywhere(content):
    assert "not the published sets" in content.mark
    shown = [block for block in blocks(content, Table | Picture) if block.badge]
    assert len(shown) == len(content.pictures) + 7
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
        "batch_norm", protocol.roles, {"batch_norm_momentum": momentum},
        [*protocol.cells, cell], protocol.differences, [*protocol.replicates, *rows], [], [], [],
        {}, {},
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
