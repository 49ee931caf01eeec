"""A row for every published figure, and what is said of those that do not agree."""

from dataclasses import replace

import pytest

from glyph_transfer.report import published, reading
from glyph_transfer.report.page import Paragraph, Table
from tracked_runs import LETTERS, SCRATCH, held, runs, settings


@pytest.fixture(scope="module")
def evidence():
    """The tracked runs, read."""
    return reading.gather("embedded", settings(), runs())


def rows(evidence, *figures):
    study = replace(evidence.studies["few_labels"], published=list(figures))
    changed = replace(evidence, studies={"few_labels": study})
    (table,) = [b for b in published.section(changed).blocks if isinstance(b, Table)]
    shown = [[v if isinstance(v, str) else v.text for v in row] for row in table.rows]
    return [dict(zip(table.columns, row, strict=True)) for row in shown]


@pytest.fixture
def cell(evidence):
    return evidence.studies["few_labels"].cells[0]


def test_accuracies_and_losses_stand_in_their_units_beside_the_claim(evidence, cell):
    accuracy, loss = rows(
        evidence,
        held(cell, 0.991, rounding=0.0005, about=0.001, claim="letters", verdict="confirmed"),
        held(cell, 0.0253, "loss", rounding=0.00005, ours=0.5),
    )
    assert accuracy == {
        "study": "few_labels", "cell": SCRATCH, "figure": "accuracy (%)",
        "published": "about 99.1", "ours": "60.00 [55.00, 65.00]",
        "one more run of ours": "30.00 to 90.00", "agreement": "agrees", "draws": "3",
        "supports the claim": "Letters help.", "our verdict": "confirmed",
    }  # fmt: skip
    assert (loss["figure"], loss["published"]) == ("loss (nats)", "0.0253")
    assert loss["ours"] == "0.500 [0.550, 0.650]"
    assert (loss["supports the claim"], loss["our verdict"]) == ("none", "none")


def test_where_one_more_run_would_lie_is_cut_to_what_can_be(evidence, cell):
    high, below = rows(
        evidence,
        held(cell, expected_low=0.9, expected_high=1.2),
        held(cell, 1.1, "loss", expected_low=-0.2, expected_high=1.2),
    )
    assert high["one more run of ours"] == "90.00 to 100.00"
    assert below["one more run of ours"] == "0.000 to 1.200"


def test_one_draw_agrees_with_nothing(evidence, cell):
    alone = cell | {"accuracy_low": None, "accuracy_high": None, "draws": 1}
    (row,) = rows(evidence, held(alone))
    assert row["ours"] == "60.00 (one draw)"
    assert (row["one more run of ours"], row["agreement"]) == ("none", "not known")


def test_a_speedup_is_timed_and_another_machines(evidence):
    timed = held({"cell": LETTERS, "accuracy": None, "accuracy_low": None, "accuracy_high": None,
                  "draws": None}, 3.4483, "speedup", than=SCRATCH, agreement="")  # fmt: skip
    (row,) = rows(evidence, timed)
    assert row["figure"] == f"speedup over {SCRATCH}"
    assert (row["published"], row["ours"], row["draws"]) == ("3.45", "4.00 [2.00, 8.00]", "3")
    assert row["agreement"] == "other machine"
    untimed = replace(evidence.studies["few_labels"], training_seconds={SCRATCH: [], LETTERS: []})
    (row,) = rows(replace(evidence, studies={"few_labels": untimed}), timed)
    assert row["ours"] == "not tracked"


@pytest.fixture
def study(evidence, cell):
    """A study with a figure that agrees, two that do not, and one that cannot be judged."""
    figures = [
        held(cell), held(cell, agreement="published is higher"),
        held(cell, score="first_epoch_accuracy", agreement="published is lower"),
        held(cell, agreement="not known"), held(cell, score="speedup", agreement=""),
    ]  # fmt: skip
    return replace(evidence.studies["few_labels"], published=figures)


def test_what_is_not_reproduced_is_named_with_the_reason(study):
    assert published.reproduced(study, stand_ins=False) == (
        "few_labels: 1 of 3 published accuracies and losses lie where one more run of ours would. "
        f"Published is higher: accuracy of {SCRATCH}. Published is lower: accuracy after one epoch "
        f"of {SCRATCH}. The author is silent."
    )


def test_nothing_follows_from_stand_in_images(study):
    told = published.reproduced(study, stand_ins=True)
    assert "on stand-in images, so nothing follows" in told
    assert "Published is" not in told


def test_what_agrees_is_told_with_what_speaks_against_it(study):
    """The images may be others, so that agreement is chance."""
    agrees, *_, unknown, _ = study.published
    told = published.reproduced(replace(study, published=[agrees]), stand_ins=False)
    assert told.endswith("1 of 1 published accuracies and losses lie where one more run of ours "
                         "would. The author is silent.")  # fmt: skip
    assert published.reproduced(replace(study, published=[unknown]), stand_ins=False) == ""


def test_studies_that_have_not_run_are_named(evidence):
    late = replace(evidence, studies=evidence.studies | {"batch_norm": None})
    told = [b.text for b in published.section(late).blocks if isinstance(b, Paragraph)]
    assert told[0].startswith("Studies not in this table (batch_norm): not run yet")
    assert told[-1].startswith("What explains the difference takes the studies few_labels and")


def with_splits(evidence, provenance, **n_images):
    """The digits of the evidence, with so many images in each split."""
    splits = {name: {"images": n} for name, n in n_images.items()}
    digits = evidence.images["digits"]
    facts = digits.facts | {"provenance": provenance, "splits": splits}
    return replace(evidence, images={"digits": replace(digits, facts=facts)})


@pytest.mark.parametrize(
    ("n_images", "told"),
    [
        (
            {"train": 900, "validation": 100, "test": 200},
            "Not all published images are here: digits has 1,000 of 60,000 images to train and "
            "validate on, and 200 of 10,000 to be tested on. With fewer to learn from, ours can "
            "be lower.",
        ),
        ({"train": 50_000, "validation": 10_000, "test": 10_000}, ""),
    ],
)
def test_unofficial_sets_that_lack_images_are_told(evidence, n_images, told):
    found = with_splits(evidence, "unofficial", **n_images)
    assert published.fewer_images(found, ["digits", "digits"]) == told
    paragraphs = [b.text for b in published.section(found).blocks if isinstance(b, Paragraph)]
    assert any(text.endswith(told) for text in paragraphs if told) == bool(told)


def test_official_and_generated_sets_are_what_they_are(evidence):
    for provenance in ("official", "generated", "unknown"):
        found = with_splits(evidence, provenance, train=9, validation=1, test=2)
        assert published.fewer_images(found, ["digits"]) == ""
