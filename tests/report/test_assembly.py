"""From runs to pages: evidence, sections, and the files written."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.report import assembly, origins, page, published, reading, studies
from glyph_transfer.report.page import Paragraph, Picture, Table
from tracked_runs import (
    STUDY,
    claim_row,
    convert,
    evaluated,
    runs,
    settings,
    tables,
)

EVIL = "<img src=x onerror=alert(1)>|"


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


def blocks(content, kind):
    return [b for section in content.sections for b in section.blocks if isinstance(b, kind)]


def texts(content):
    return " ".join(block.text for block in blocks(content, Paragraph))


def test_expected_stages_follow_from_the_studies():
    expected = [*reading.expected_stages(settings()), *reading.possible_stages(settings())]
    assert expected == list(runs())


def test_a_table_that_is_none_of_the_stages_is_an_error():
    run = evaluated()
    run.files["cells.csv"] = b"cell,draws\nx,30\n"
    with pytest.raises(InputError, match=r"cells\.csv"):
        gathered(evaluate_few_labels=run)


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


def test_the_seed_is_said(content):
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


def test_any_study_can_be_the_one_whose_networks_are_shown():
    run = runs()["visualise_few_labels"]
    run.tags["study"] = "another"
    tracked = {name: each for name, each in runs().items() if not name.startswith("visualise")}
    tracked["visualise_another"] = run
    shown = reading.gather("embedded", settings(STUDY, "another"), tracked)
    assert shown.visualisation.study == "another"
    assert shown.stages["visualise_another"].fingerprint == "visualise-print"
    assert "visualise_few_labels" not in shown.stages


def test_without_pictures_of_single_networks_the_page_says_so():
    tracked = {name: each for name, each in runs().items() if not name.startswith("visualise")}
    assert "The visualisation of single networks: not run yet" in texts(
        assembly.build("embedded", settings(), tracked)
    )


def test_pictures_of_single_networks_say_so_with_their_numbers(content):
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
    none = {name: [] for name in ("differences", "claims", "published", "mistakes")}
    run = evaluated(tables() | none)
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=run))
    assert "No claim is listed" in texts(content)
    assert "No published value is listed" in texts(content)
    assert "no cell of few_labels has a baseline" in texts(content)
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
    content = assembly.build("embedded", settings(), runs(evaluate_few_labels=evaluated(tables(1))))
    html = page.html(content)
    assert "50.0 (one draw)" in html
    assert "one draw, no interval" in html
    assert "+25.0 (one draw)" in html
    assert ">too few draws<" in html
    assert "None]" not in html


def test_names_and_questions_are_shown_as_text():
    made = tables(class_1=EVIL) | {"claims": [claim_row(claim=EVIL)]}
    odd = runs(
        convert_digits=convert("digits", name=EVIL),
        evaluate_few_labels=evaluated(made, question=EVIL, note=EVIL),
    )
    content = assembly.build("embedded", settings(), odd)
    assert EVIL not in page.html(content)
    assert "&lt;img src=x" in page.html(content)
    assert "<img" not in page.markdown(content)


def test_embedded_images_are_marked_everywhere(content):
    assert "these images only" in content.notice
    shown = [block for block in blocks(content, Table | Picture) if block.caveat]
    assert len(shown) == len(content.pictures) + 7
    assert all("stand-ins" in block.caveat for block in shown)


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
            assert "unofficial files (letters): close to, but not comparable" in block.caveat
    by_name = {b.name: b for b in origins.images(found).blocks if isinstance(b, Picture)}
    assert by_name["images-digits"].caveat == ""
    assert "letters" in by_name["images-letters"].caveat


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
