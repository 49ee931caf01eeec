"""A row for every published value, and what is said of those that do not agree."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.images import catalogue
from glyph_transfer.report import published, reading
from glyph_transfer.report.page import Paragraph
from tracked_runs import LETTERS, SCRATCH, STUDY, lines_of, published_row, runs, settings


@pytest.fixture(scope="module")
def evidence():
    """The tracked runs, read."""
    return reading.gather("embedded", settings(), runs())


def rows(evidence, *values):
    study = replace(evidence.studies[STUDY], published=list(values))
    changed = replace(evidence, studies={STUDY: study})
    return lines_of(published.section(changed), "one more run of ours")


@pytest.fixture
def cell(evidence):
    return evidence.studies[STUDY].cells[0]


def test_accuracies_and_losses_stand_in_their_units_beside_the_claim(evidence, cell):
    accuracy, loss = rows(
        evidence,
        published_row(
            cell,
            0.991,
            rounding=0.0005,
            about=0.001,
            claim="letters",
            verdict=ClaimVerdict.CONFIRMED,
        ),
        published_row(cell, 0.0253, "loss", rounding=0.00005, ours=0.5),
    )
    assert accuracy == {
        "study": STUDY, "cell": str(SCRATCH), "score": "accuracy (%)",
        "published": "about 99.1", "ours": "60.00 [55.00, 65.00]",
        "one more run of ours": "30.00 to 90.00", "agreement": "agrees", "draws": "3",
        "supports the claim": "Letters help.", "our verdict": "confirmed",
    }  # fmt: skip
    assert (loss["score"], loss["published"]) == ("loss (nats)", "0.0253")
    assert loss["ours"] == "0.500 [0.550, 0.650]"
    assert (loss["supports the claim"], loss["our verdict"]) == ("none", "none")


def test_where_one_more_run_would_lie_is_cut_to_what_can_be(evidence, cell):
    high, below = rows(
        evidence,
        published_row(cell, expected_low=0.9, expected_high=1.2),
        published_row(cell, 1.1, "loss", expected_low=-0.2, expected_high=1.2),
    )
    assert high["one more run of ours"] == "90.00 to 100.00"
    assert below["one more run of ours"] == "0.000 to 1.200"


def test_one_draw_agrees_with_nothing(evidence, cell):
    alone = replace(cell, accuracy_low=None, accuracy_high=None, draws=1)
    (row,) = rows(evidence, published_row(alone))
    assert row["ours"] == "60.00 (one draw)"
    assert (row["one more run of ours"], row["agreement"]) == ("none", "not known")


def test_a_speedup_is_timed_and_another_machines(evidence):
    none = dict.fromkeys(["ours", "low", "high", "expected_low", "expected_high", "draws"])
    timed = published_row(
        evidence.studies[STUDY].cells[1], 3.4483, "speedup", than=SCRATCH, agreement=None, **none
    )
    (row,) = rows(evidence, timed)
    assert row["score"] == f"speedup over {SCRATCH}"
    assert (row["published"], row["ours"], row["draws"]) == ("3.45", "4.00 [2.00, 8.00]", "3")
    assert row["agreement"] == "other machine"
    untimed = replace(evidence.studies[STUDY], training_seconds={SCRATCH: [], LETTERS: []})
    (row,) = rows(replace(evidence, studies={STUDY: untimed}), timed)
    assert row["ours"] == "not tracked"


@pytest.fixture
def study(evidence, cell):
    """A study with a value that agrees, two that do not, and one that cannot be judged."""
    values = [
        published_row(cell), published_row(cell, agreement=Agreement.HIGHER),
        published_row(cell, score="first_epoch_accuracy", agreement=Agreement.LOWER),
        published_row(cell, agreement=Agreement.NOT_KNOWN),
        published_row(cell, score="speedup", agreement=None),
    ]  # fmt: skip
    return replace(evidence.studies[STUDY], published=values)


def test_what_is_not_reproduced_is_named_with_the_reason(study):
    text = published.reproduced(study, has_stand_ins=False)
    assert text.startswith("few_labels: 1 of 3 published accuracies and losses")
    assert f"Published is higher: accuracy of {SCRATCH}." in text
    assert f"Published is lower: accuracy after one epoch of {SCRATCH}." in text
    assert text.endswith("The author is silent.")


def test_what_tells_nothing_is_not_counted_as_agreeing(study):
    wide, unlearned = (
        replace(study.published[0], agreement=each)
        for each in (Agreement.TOO_WIDE, Agreement.NOT_JUDGED)
    )
    more = replace(study, published=[*study.published, wide, unlearned])
    text = published.reproduced(more, has_stand_ins=False)
    assert text.startswith("few_labels: 1 of 3 published accuracies and losses")
    assert f"Too wide to tell: accuracy of {SCRATCH}." in text


def test_nothing_follows_from_stand_in_images(study):
    text = published.reproduced(study, has_stand_ins=True)
    assert "on stand-in images, so nothing follows" in text
    assert "Published is" not in text


def test_what_agrees_is_said_with_what_speaks_against_it(study):
    """The images may be others, so that agreement is chance."""
    agrees, *_, unknown, _ = study.published
    text = published.reproduced(replace(study, published=[agrees]), has_stand_ins=False)
    assert "1 of 1 published accuracies and losses" in text
    assert text.endswith("The author is silent.")
    assert published.reproduced(replace(study, published=[unknown]), has_stand_ins=False) == ""


def notices(evidence):
    return [b.text for b in published.section(evidence).blocks if isinstance(b, Paragraph)]


def test_studies_that_have_not_run_are_named(evidence):
    answers = {"source": [STUDY], "averages": ["another"]}
    partial = replace(evidence, studies=evidence.studies | {"another": None}, answers=answers)
    first, *_, last = notices(partial)
    assert first.startswith("Studies not in this table (another): not run yet")
    assert last.startswith("What explains the difference takes the studies few_labels and another")


@pytest.mark.parametrize("question", ["source", "averages"])
def test_averages_explain_nothing_where_no_study_is_of_them(evidence, question):
    one = replace(evidence, answers={question: [STUDY]})
    assert not any("explains the difference" in text for text in notices(one))


def test_a_study_without_a_network_scored_both_ways_explains_nothing(evidence):
    same = replace(evidence, answers={"source": [STUDY], "averages": [STUDY]})
    assert notices(same)[-1].startswith("No network is scored with and without re-estimated")


def with_splits(evidence, provenance, **n_images):
    """The digits of the evidence, with so many images in each split."""
    splits = {name: {"images": n} for name, n in n_images.items()}
    digits = evidence.images["digits"]
    facts = digits.facts | {"provenance": provenance, "splits": splits}
    return replace(evidence, images={"digits": replace(digits, facts=facts)})


DIGITS = catalogue.ROLES["digits"]
ALL = {"train": DIGITS.train_size - 100, "validation": 100, "test": DIGITS.test_size}


@pytest.mark.parametrize(
    ("split", "n", "said"),
    [
        ("train", 900, "digits has 1,000 of 60,000 images to train and validate on"),
        ("validation", 99, "digits has 59,999 of 60,000 images"),
        ("test", 9_999, "and 9,999 of 10,000 to be tested on"),
    ],
)
def test_unofficial_sets_that_lack_images_of_a_split_are_named(evidence, split, n, said):
    partial = with_splits(evidence, "unofficial", **ALL | {split: n})
    text = published.fewer_images(partial, ["digits", "digits"])
    assert said in text
    assert text.count("digits has") == 1
    assert any(each.endswith(text) for each in notices(partial))


def test_unofficial_sets_of_as_many_images_lack_none(evidence):
    whole = with_splits(evidence, "unofficial", **ALL)
    assert published.fewer_images(whole, ["digits"]) == ""
    assert not any("Not all published images" in text for text in notices(whole))


def test_official_and_generated_sets_are_what_they_are(evidence):
    for provenance in ("official", "generated", "unknown"):
        partial = with_splits(evidence, provenance, train=9, validation=1, test=2)
        assert published.fewer_images(partial, ["digits"]) == ""
