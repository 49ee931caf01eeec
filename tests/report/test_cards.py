"""What a page says of a study, and of the images that it rests on."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.rows import ForecastRow
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.images import catalogue
from glyph_transfer.report import assembly, averages, reading
from seen_page import Seen, alternatives, table_of
from tracked_runs import (
    SCRATCH,
    STUDY,
    blank,
    cell_row,
    claim_row,
    convert,
    difference_row,
    published_row,
    runs,
    settings,
)

pytestmark = pytest.mark.usefixtures("without_drawing")


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


def official(**provenance):
    """Evidence of the official corpus: where the images of its roles came from."""
    changes = {f"convert_{role}": convert(role, each) for role, each in provenance.items()}
    return replace(gathered(**changes), corpus="official")


def test_unofficial_files_are_told_first_and_in_the_studies_that_rest_on_them():
    found = official(digits="official", letters="unofficial")
    text = Seen(assembly.html(assembly.Page(found))).text
    assert text.count("unofficial files (letters): close to, but not comparable") == 2
    assert "GLYPH_TRANSFER_DATA" in text
    of_digits = {STUDY: replace(found.studies[STUDY], roles=["digits"])}
    text = Seen(assembly.html(assembly.Page(replace(found, studies=of_digits)))).text
    assert text.count("unofficial files (letters)") == 1, "not in a study that rests on others"
    whole = official(digits="official", letters="official")
    text = Seen(assembly.html(assembly.Page(whole))).text
    assert "every file has its published checksum" in text
    assert "unofficial" not in text


def test_images_of_ones_own_are_called_no_published_set_and_have_no_licence_of_one():
    """The page called them MNIST, and gave MNIST's licence for them."""
    html = assembly.html(assembly.Page(official(digits="other", letters="official")))
    text = Seen(html).text
    assert "images of one's own (digits)" in text
    assert "MNIST, EMNIST and Fashion-MNIST" not in text
    rows = {row["set"]: row["published as"] for row in table_of(html, "published-sets")}
    assert rows == {"letters": catalogue.ROLES["letters"].title}
    assert DIGITS.licence not in text
    published = Seen(assembly.html(assembly.Page(official(digits="official")))).text
    assert "MNIST, EMNIST and Fashion-MNIST" in published
    assert DIGITS.licence in published


DIGITS = catalogue.ROLES["digits"]


@pytest.mark.parametrize(
    ("train", "test", "provenance", "is_fewer"),
    [
        (DIGITS.train_size, DIGITS.test_size, "unofficial", False),
        (DIGITS.train_size - 1, DIGITS.test_size, "unofficial", True),
        (DIGITS.train_size, DIGITS.test_size - 1, "unofficial", True),
        (10, 10, "official", False),
    ],
)
def test_of_unofficial_files_it_is_said_where_images_are_missing(train, test, provenance, is_fewer):
    found = gathered()
    sizes = {"train": train - 5, "validation": 5, "test": test}
    splits = {name: {"images": size, "sha256": "digest"} for name, size in sizes.items()}
    digits = found.images["digits"]
    digits = replace(digits, facts=digits.facts | {"provenance": provenance, "splits": splits})
    html = assembly.html(assembly.Page(replace(found, images={"digits": digits})))
    assert (f"digits has {train:,} of {DIGITS.train_size:,}" in html) == is_fewer


def judged(*agreements):
    """The card of a study with published values that agree so."""
    found = official(digits="official", letters="official")
    cell = found.studies[STUDY].cells[0]
    values = [published_row(cell, agreement=each) for each in agreements]
    study = replace(found.studies[STUDY], published=values)
    return replace(found, studies={STUDY: study})


def test_what_is_not_reproduced_is_named_with_the_reason():
    found = judged(Agreement.AGREES, Agreement.HIGHER, Agreement.TOO_WIDE, Agreement.NOT_KNOWN)
    text = Seen(assembly.html(assembly.Page(found))).text
    assert "1 of 2 published figures are reproduced." in text
    assert "Not reproduced: right of from scratch: published is higher" in text
    assert "The author is silent." in text


def test_nothing_follows_from_stand_in_images():
    text = Seen(assembly.html(assembly.Page(gathered()))).text
    assert "reproduced" not in text
    assert "nothing follows from it" in text


def test_what_averages_do_is_told_in_the_study_of_them():
    found = gathered()
    protocol = found.studies[STUDY]
    twin = SCRATCH._replace(variant="anew")
    own = {
        "variants.anew.phases": protocol.params["variants.scratch.phases"],
        "variants.anew.reestimate_batch_norm": "True",
        "batch_norm_momentum": "0.99",
    }
    cells = [*protocol.cells, cell_row(twin, 0.7, 0.6, 0.8)]
    differences = [*protocol.differences, difference_row(twin, 0.1, 0.05, 0.15)]
    seconds = {row.cell: [] for row in cells}
    default = replace(
        protocol, name="averages", params=protocol.params | own, cells=cells,
        differences=differences, seconds=seconds, training_seconds=seconds,
    )  # fmt: skip
    answers = {"source": [STUDY], "averages": ["averages"]}
    studies = {STUDY: protocol, "averages": default}
    both = replace(found, studies=studies, answers=answers)
    assert averages.of(both) == averages.pair(default, protocol, stand_ins=True)
    text = Seen(assembly.html(assembly.Page(both))).text
    assert "lift scratch by +10.0 [+5.0, +15.0] points, better, 3 draws" in text
    assert text.count("which has nothing to do with transfer") == 1


def forecast_row(score, regret, target=None):
    """How well a score chooses a source."""
    values = {"score": score, "target": target, "variant": "probe", "n_train": 100}
    return blank(ForecastRow, draws=3, tau=0.5, regret=regret, **values)


def test_a_study_of_scores_says_what_following_them_costs():
    """Its tables were made and committed, and stood on no page."""
    found = gathered()
    rows = [
        forecast_row("leep", 0.012),
        forecast_row("any_source", 0.045),
        forecast_row("fixed_order", 0.03),
        forecast_row("leep", 0.02, "digits"),
    ]
    study = replace(found.studies[STUDY], forecasts=rows, published=[], claims=[])
    html = assembly.html(assembly.Page(replace(found, studies={STUDY: study})))
    text = Seen(html).text
    assert "1.2 after the score leep, 3.0 in a fixed order, 4.5 at random (3 draws)" in text
    assert "Least lost: 1.2 points, by 1 of 3 choices" in text
    assert f'id="table-{STUDY}-forecasts"' in html


def test_a_card_tells_what_became_of_the_claims():
    found = gathered()
    claims = [claim_row(), claim_row(), claim_row(verdict=ClaimVerdict.REFUTED)]
    study = replace(found.studies[STUDY], claims=claims)
    text = Seen(assembly.html(assembly.Page(replace(found, studies={STUDY: study})))).text
    assert "Claims: 2 confirmed 1 refuted" in text


def test_a_card_of_many_cells_shows_the_best_and_its_details_all():
    found = gathered()
    scratch, letters = found.studies[STUDY].cells
    more = [
        replace(letters, cell=letters.cell._replace(variant=f"v{n}"), accuracy=0.5 + n / 100)
        for n in range(9)
    ]
    cells, baseline = [scratch, *more], difference_row(more[-1].cell, 0.1, 0.05, 0.15)
    seconds = {row.cell: [] for row in cells}
    study = replace(
        found.studies[STUDY], cells=cells, differences=[baseline], published=[],
        seconds=seconds, training_seconds=seconds,
    )  # fmt: skip
    html = assembly.html(assembly.Page(replace(found, studies={STUDY: study}, answers={})))
    said = alternatives(html)
    best = said[f"{STUDY}-best"]
    shown = [row.cell.variant for row in cells if study.names.row(row.cell) in best]
    assert shown == ["scratch", *(f"v{n}" for n in range(5, 9))]
    assert said[f"{STUDY}-accuracy"].count(";") == len(cells) - 1


def test_what_several_studies_note_alike_is_said_once():
    found = gathered()
    twin = replace(found.studies[STUDY], name="twin")
    other = replace(found.studies[STUDY], name="other", note="Another note.")
    several = replace(found, studies=found.studies | {"twin": twin, "other": other})
    text = Seen(assembly.html(assembly.Page(several))).text
    assert text.count("The author is silent.") == 1
    assert "Another note." in text


def test_many_rows_are_kept_as_data_and_all_are_there():
    """Until they are looked at: a table of a hundred rows is slow to lay out."""
    found = gathered()
    scratch, letters = found.studies[STUDY].cells
    more = [replace(letters, cell=letters.cell._replace(variant=f"v{n}")) for n in range(30)]
    cells = [scratch, letters, *more]
    seconds = {row.cell: [] for row in cells}
    study = replace(found.studies[STUDY], cells=cells, seconds=seconds, training_seconds=seconds)
    html = assembly.html(assembly.Page(replace(found, studies={STUDY: study})))
    assert f'id="rows-{STUDY}-cells"' in html
    assert f'id="rows-{STUDY}-differences"' not in html
    assert len(table_of(html, f"{STUDY}-cells")) == len(cells)


def test_every_version_of_a_package_that_stages_ran_with_is_named():
    tracked = runs()
    tracked["few_labels"].tags["version.numpy"] = "9.9"
    html = assembly.html(assembly.build("embedded", settings(), tracked))
    assert table_of(html, "versions") == [{"package": "numpy", "version": "2.4, 9.9"}]


@pytest.mark.parametrize(("verdict", "said"), [("better", True), ("practically equal", False)])
def test_only_what_is_better_gains(verdict, said):
    """A card said `gains most: −0.0 points, practically equal`."""
    found = gathered()
    study = found.studies[STUDY]
    row = replace(study.differences[0], verdict=DifferenceVerdict(verdict))
    study = replace(study, differences=[row])
    html = assembly.html(assembly.Page(replace(found, studies={STUDY: study})))
    assert ("gains most" in Seen(html).text) is said
