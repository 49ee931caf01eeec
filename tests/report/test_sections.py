"""The overview of studies, the claims, and what is said beside everything."""

import pytest

from glyph_transfer.commands import summary
from glyph_transfer.report import reading, sections
from tracked_runs import (
    STUDY,
    claim_row,
    convert,
    evaluated,
    lines_of,
    runs,
    settings,
    tables,
)


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


def test_studies_are_listed_with_what_became_of_their_claims():
    (study,) = lines_of(sections.question(gathered()), "study", "asks")
    assert study == {
        "study": STUDY, "asks": "Which source?", "learns": "digits", "claims": "1 confirmed",
    }  # fmt: skip


def test_claims_come_with_the_authors_values_our_test_and_the_verdict():
    (row,) = lines_of(sections.claims(gathered()), "claim", "our test")
    assert (row["study"], row["claim"], row["verdict"]) == (STUDY, "Letters help.", "confirmed")
    assert (row["ours"], row["published"]) == ("+25.0 [+20.0, +30.0]", "55 against 55 %")
    assert row["draws"] == "3"
    assert row["our test"] == (
        "accuracy of transfer from letters less that of training from scratch: above 0"
    )


def claimed(**changes):
    """The line of a claim that is otherwise."""
    made = tables() | {"claims": [claim_row(**changes)]}
    section = sections.claims(gathered(evaluate_few_labels=evaluated(made)))
    (row,) = lines_of(section, "claim")
    return row


def test_a_ratio_that_cannot_be_had_is_said_to_be_none():
    """Two draws have no interval of a ratio, nor has a cell that does not vary any ratio."""
    row = claimed(expects="steadier", estimate=None, low=None, high=None)
    assert row["our test"].startswith("spread over draws of transfer from letters, divided by")
    assert (row["published"], row["ours"]) == ("none", "none")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"expects": "equal", "margin": 0.005},
            "between \N{MINUS SIGN}0.5 points and 0.5 points",
        ),
        ({"expects": "not_lower", "margin": 0.005}, "above \N{MINUS SIGN}0.5 points"),
        ({"expects": "lower"}, "below 0"),
    ],
)
def test_margins_are_in_points(changes, said):
    assert claimed(**changes)["our test"].endswith(f"scratch: {said}")


def test_losses_are_in_nats():
    row = claimed(score="loss", expects="lower")
    assert row["ours"] == "+0.250 [+0.200, +0.300]"
    assert row["published"] == "none"


def test_a_claim_of_times_is_a_ratio():
    row = claimed(score="time", expects="lower")
    assert row["ours"] == "4.00 [2.00, 8.00]"
    assert row["our test"].startswith("time of training for an image and epoch")


def test_official_images_carry_no_caveat():
    official = {f"convert_{role}": convert(role, "official") for role in ("digits", "letters")}
    found = reading.gather("official", settings(), runs(**official))
    assert sections.caveat(found, ["digits", "letters"]) == ""
    assert "published checksum" in sections.corpus_notice(found)


def test_what_the_embedded_images_are_fits_a_line_of_the_summary():
    notice = sections.corpus_notice(gathered())
    assert len(notice) <= summary.WIDTH
    for said in ("real digits", "drawn letters and clothes", "these images only"):
        assert said in notice


def test_images_of_unknown_origin_are_not_passed_off_as_official():
    found = reading.gather("official", settings(), runs(convert_letters=None))
    assert "not known (letters)" in sections.caveat(found, ["digits", "letters"])
