"""From runs to pages: evidence, sections, and the files written."""

from dataclasses import replace

import pytest

from glyph_transfer.report import assembly, origins, page, published, reading, sections, studies
from glyph_transfer.report.page import Paragraph, Picture, Table
from tracked_runs import LETTERS, SCRATCH, SHEET, convert, evaluated, runs, settings, table

EVIL = "<img src=x onerror=alert(1)>|"


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


def blocks(content, kind):
    return [b for section in content.sections for b in section.blocks if isinstance(b, kind)]


def texts(content):
    return " ".join(block.text for block in blocks(content, Paragraph))


def test_expected_stages_follow_from_the_studies():
    assert reading.expected_stages(settings()) == list(runs())


def test_tables_come_back_with_their_types(tmp_path):
    """The source is called none, which some readers take for a missing value."""
    path = tmp_path / "cells.csv"
    path.write_text("source,draws,accuracy,loss,shown\nnone,30,0.5,,True\n")
    assert reading.read_rows(path) == [
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
        "[58.0, 62.0]",  # over test images
        "60.00 [55.00, 65.00]", "30.00 to 90.00",  # beside the published figure
        "400",  # microseconds for an image and epoch: 2 s, 100 images, 50 epochs
        "+25.0 [+20.0, +30.0]",  # the difference, and its corrected interval:
        "[+15.0, +35.0]",
        "3.00",  # median of the seconds
        "88.0 [86.0, 90.0]",  # the source network
        "1,234", "5,678", "digits-train-digest", "file-digest",
        "2026-01-02 03:04:05", "12.5", "abc123", "a machine", "2.4", "trained-print",
        "dvc repro report@embedded", "tags.fingerprint = ",
    ):  # fmt: skip
        assert shown in html.replace("&#39;", "'"), shown
        assert shown in page.markdown(content), shown


def test_page_asks_what_the_tracked_study_asked(content):
    assert "Which source?" in texts(content)
    assert "What params.yaml asks now" not in page.html(content)


def test_studies_are_listed_with_what_became_of_their_claims(content):
    (found,) = [b for b in blocks(content, Table) if b.columns[:2] == ["study", "asks"]]
    assert found.rows == [["few_labels", "Which source?", "digits", "1 confirmed"]]


def test_a_study_begins_with_how_it_trains(content):
    assert (
        "Trains tominet on digits; labelled images: 100, sampling random; draws: 3 at 100; adam, "
        "batches of 10, 50 epochs, batch-norm momentum 0.9."
    ) in texts(content)


def test_the_seed_is_told(content):
    assert "All that is random comes from the seed 7 in params.yaml." in texts(content)


@pytest.mark.parametrize(
    ("patience", "kept"), [("2", "epoch with the lowest validation loss"), ("None", "last epoch")]
)
def test_a_source_network_tells_which_weights_it_has(patience, kept):
    run = runs()["pretrain_tominet-letters"]
    run.params["patience"] = patience
    (picture,) = [
        block
        for block in origins.sources(gathered(**{"pretrain_tominet-letters": run})).blocks
        if isinstance(block, Picture)
    ]
    assert f"The weights of the {kept} are kept" in picture.caption


def texts_of(study):
    return studies._cell_table(study, "").caption


def test_where_all_images_are_learned_draws_are_not_of_images():
    study = gathered().studies["few_labels"]
    assert "labelled images, initial weights and orders of batches and these" in texts_of(study)
    everything = [row | {"cell": row["cell"].replace("/100", "/all")} for row in study.cells]
    seconds = {row["cell"]: [] for row in everything}
    whole = replace(study, cells=everything, seconds=seconds, training_seconds=seconds)
    assert "with other initial weights and orders of batches and these" in texts_of(whole)


def test_claims_come_with_the_authors_figures_our_test_and_the_verdict(content):
    (found,) = [b for b in blocks(content, Table) if b.columns[:2] == ["study", "claim"]]
    ((name, claim, verdict, ours, draws, theirs, test),) = found.rows
    assert (name, claim, verdict) == ("few_labels", "Letters help.", "confirmed")
    assert theirs.text == "55 against 55 %"
    assert test == "accuracy of transfer from letters less that of training from scratch: above 0"
    assert ours.text == "+25.0 [+20.0, +30.0]"
    assert draws.text == "3"


def test_a_ratio_that_cannot_be_had_is_said_to_be_none():
    """Two draws have no interval of a ratio, nor has a cell that does not vary any ratio."""
    run = evaluated()
    rows = run.files["claims.csv"].decode().replace("higher,,0.25,0.2,0.3", "steadier,,,,")
    run.files["claims.csv"] = rows.encode()
    found = reading.gather("embedded", settings(), runs(evaluate_few_labels=run))
    ((_, _, _, ours, _, theirs, test),) = sections.claims(found).blocks[0].rows
    assert test.startswith("spread over draws of transfer from letters, divided by")
    assert (theirs.text, ours.text) == ("none", "none")


@pytest.mark.parametrize(
    ("expects", "told"),
    [
        ("accuracy,{cells},equal,0.005", "between \N{MINUS SIGN}0.5 points and 0.5 points"),
        ("accuracy,{cells},not_lower,0.005", "above \N{MINUS SIGN}0.5 points"),
        ("loss,{cells},lower,", "below 0"),
    ],
)
def test_margins_and_losses_are_told_in_their_units(expects, told):
    run = evaluated()
    cells = f"{LETTERS},{SCRATCH}"
    old = f"accuracy,{cells},higher,"
    rows = run.files["claims.csv"].decode()
    assert old in rows
    run.files["claims.csv"] = rows.replace(old, expects.format(cells=cells)).encode()
    ((_, _, _, ours, _, theirs, test),) = (
        sections.claims(gathered(evaluate_few_labels=run)).blocks[0].rows
    )
    assert test.endswith(f"scratch: {told}")
    if "loss" in expects:
        assert ours.text == "+0.250 [+0.200, +0.300]"
        assert theirs.text == "none"


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
    for name in ("differences", "claims", "published", "mistakes"):
        run.files[f"{name}.csv"] = run.files[f"{name}.csv"].splitlines()[0] + b"\n"
        run.files.pop(f"{name}.png", None)
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=run))
    assert "No claim is listed" in texts(content)
    assert "No published figure is listed" in texts(content)
    assert "no cell of few_labels has a baseline" in texts(content)
    page.html(content)


def test_labels_and_test_curves_are_shown_where_there_are_any():
    run = evaluated()
    run.files["labels.csv"] = table(
        [
            {"cell": LETTERS, "baseline": SCRATCH, "size": value, "low": 80.0, "high": "inf",
             "never": 0.25, "smallest": 10, "draws": 3}
            for value in (90.4, "inf")
        ]
    )  # fmt: skip
    curves = run.files["curves.csv"].decode()
    run.files["curves.csv"] = curves.replace("0.5,", "0.5,0.25").encode()
    run.files |= {"labels.png": SHEET, "test_curves.png": SHEET}
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=run))
    names = [picture.name for picture in content.pictures]
    assert {"few_labels-labels", "few_labels-test_curves"} <= {*names}
    (worth,) = [b for b in blocks(content, Table) if "is worth so many labels" in b.columns]
    first, second = ([v if isinstance(v, str) else v.text for v in row] for row in worth.rows)
    assert first[1:3] == ["90", "[80, not reached within 100]"]
    assert second[1] == "not reached within 100"
    assert first[3:] == [SCRATCH.removesuffix("/100"), "25.0", "3"]


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
        "visualise_few_labels",
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
    assert "+25.0 (one draw)" in html
    assert ">not shown<" in html
    assert "None]" not in html


def test_names_and_questions_are_shown_as_text():
    odd = runs(
        convert_digits=convert("digits", name=EVIL),
        evaluate_few_labels=evaluated(question=EVIL, claim=EVIL, class_1=EVIL, note=EVIL),
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
        *published.section(found).blocks,
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
    found = reading.gather("official", settings(), runs(**official))
    assert sections.badge(found, ["digits", "letters"]) == ""
    assert "published checksum" in sections.mark(found)


def test_images_of_unknown_origin_are_not_passed_off_as_official():
    found = reading.gather("official", settings(), runs(convert_letters=None))
    assert "not known (letters)" in sections.badge(found, ["digits", "letters"])


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
