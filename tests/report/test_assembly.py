"""From runs to pages: evidence, what is shown of it, and the files written."""

import re
from dataclasses import replace

import pytest

from glyph_transfer.analysis.rows import TABLES
from glyph_transfer.errors import InputError
from glyph_transfer.report import assembly, reading
from seen_page import Seen, alternatives, table_of
from tracked_runs import (
    LETTERS,
    STUDY,
    claim_row,
    convert,
    curve_row,
    evaluated,
    label_worth_row,
    runs,
    settings,
    tables,
)

EVIL = "<img src=x onerror=alert(1)>|"


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


def built(tracked=None):
    """The page of runs, all of them unless told otherwise, as HTML."""
    return assembly.html(
        assembly.build("embedded", settings(), runs() if tracked is None else tracked)
    )


def text_of(tracked=None):
    return Seen(built(tracked)).text


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
    html, markdown = assembly.html(content), assembly.markdown(content)
    for shown in (
        "60.0 [55.0, 65.0]",  # the mean of scratch and its interval
        "[58.0, 62.0]",  # over test images
        "60.00 [55.00, 65.00]", "30.00\N{EN DASH}90.00",  # beside the published figure
        "400",  # microseconds for an image and epoch: 2 s, 100 images, 50 epochs
        "+25.0 [+15.0, +35.0]",  # the difference and its corrected interval
        "3.00",  # median of the seconds
        "88.0 [86.0, 90.0]",  # the source network
        "1,234", "5,678", "digits-train-digest", "file-digest",
        "2026-01-02 03:04:05", "12.5", "abc123", "a machine", "2.4", "trained-print",
        "dvc repro report@embedded", "tags.fingerprint = ",
        "All that is random comes from the seed 7 in params.yaml.", "Letters help.",
        "best epoch",
    ):  # fmt: skip
        assert shown in html.replace("&#39;", "'"), shown
        assert shown in markdown, shown


def test_a_difference_has_one_interval_on_the_page(content):
    assert "+20.0" not in Seen(assembly.html(content)).outside("table-few_labels-claims")


def test_page_asks_what_the_tracked_study_asked(content):
    assert "Which source?" in assembly.html(content)
    assert "What params.yaml asks now" not in assembly.html(content)


@pytest.mark.usefixtures("without_drawing")
def test_a_source_network_tells_which_weights_it_has():
    run = runs()["pretrain_tominet-letters"]
    run.params["patience"] = "None"
    tracked = runs(**{"pretrain_tominet-letters": run})
    (line,) = table_of(built(tracked), "sources")
    assert line["weights of"] == "last epoch"


def test_any_study_can_be_the_one_whose_networks_are_shown():
    run = runs()["visualise_few_labels"]
    run.tags["study"] = "another"
    tracked = {name: each for name, each in runs().items() if not name.startswith("visualise")}
    tracked["visualise_another"] = run
    shown = reading.gather("embedded", settings(STUDY, "another"), tracked)
    assert shown.visualisation.study == "another"
    assert shown.stages["visualise_another"].fingerprint == "visualise-print"
    assert "visualise_few_labels" not in shown.stages


@pytest.mark.usefixtures("without_drawing")
def test_without_pictures_of_single_networks_the_page_says_so():
    tracked = {name: each for name, each in runs().items() if not name.startswith("visualise")}
    assert "The visualisation of single networks: not run yet" in text_of(tracked)


def test_pictures_of_single_networks_say_that_they_prove_nothing(content):
    html = assembly.html(content)
    text = Seen(html).text
    assert "draw 0 of few labels" in text
    assert "prove nothing" in text
    heat = alternatives(html)["networks-similarity-letters"]
    assert heat.endswith("conv_1 0.75; dense 0.75")
    assert "200 validation images" in text


def test_mistakes_are_told_with_their_number(content):
    shown = alternatives(assembly.html(content))
    assert "0 taken for 1 7 times" in shown["few_labels-confusion"]
    assert shown["few_labels-mistakes"].endswith("0 taken for 1")


@pytest.mark.usefixtures("without_drawing")
def test_labels_and_test_curves_are_shown_where_there_are_any():
    tested = {f"test_{score}{end}": 0.25 for score in ("loss", "accuracy") for end in ENDS}
    made = tables() | {"labels": [label_worth_row()], "curves": [curve_row(**tested)]}
    html = built(runs(evaluate_few_labels=evaluated(made)))
    assert {"few_labels-labels", "few_labels-test_curves"} <= {*alternatives(html)}
    assert len(table_of(html, "few_labels-labels")) == 1


ENDS = ("", "_low", "_high")


@pytest.mark.usefixtures("without_drawing")
def test_a_study_without_mistakes_comparisons_or_claims_has_a_page():
    none = {name: [] for name in ("differences", "claims", "published", "mistakes")}
    text = text_of(runs(evaluate_few_labels=evaluated(tables() | none)))
    assert "Nothing is known yet" in text
    assert "Nothing is compared" in text


def test_page_holds_nothing_that_a_new_store_would_change(content):
    again = runs()
    for run in again.values():
        run.run_id = "another"
    assert built(again) == assembly.html(content)
    assert "run-id-of-this-store" not in built(again)


def test_every_picture_has_an_alternative_a_title_and_a_name_of_its_own(content):
    html, markdown = assembly.html(content), assembly.markdown(content)
    titles = re.findall(r"<figcaption><b>(.*?)</b>", html)
    shown = alternatives(html)
    assert all(shown.values())
    assert all(titles)
    assert all(re.findall(r"!\[(.*?)\]", markdown))
    assert {*shown} == {*content.pictures.shown}
    assert {"few_labels-accuracy", "few_labels-differences", "few_labels-curves",
            "few_labels-confusion", "few_labels-mistakes", "few_labels-published",
            "networks-kernels", "networks-maxima", "networks-similarity-letters",
            "networks-classes-letters", "source-tominet-letters", "images-digits",
            "images-letters"} == {*shown}  # fmt: skip


@pytest.mark.usefixtures("without_drawing")
@pytest.mark.parametrize("stage", runs())
def test_a_stage_that_has_not_run_is_named(stage):
    text = text_of(runs(**{stage: None}))
    assert "not run yet" in text
    assert ("0 of 1 studies are here" in text) == (stage == "evaluate_few_labels")
    if not stage.startswith("visualise"):
        assert f"{stage} These stages: not run yet" in text


@pytest.mark.usefixtures("without_drawing")
def test_the_commit_that_trained_a_study_is_named():
    """Its own, where studies were trained at different ones."""
    tracked = runs()
    trained = tracked["few_labels"]
    tracked["few_labels"] = replace(
        trained, tags=trained.tags | {"mlflow.source.git.commit": "cafe12-dirty"}
    )
    assert "Trained at commit cafe12, with changes, on 2026-01-02" in text_of(tracked)


def test_nothing_has_run_yet():
    content = assembly.build("embedded", settings(), {})
    assert "Not run yet: few labels. dvc repro report@embedded runs what is missing" in text_of({})
    assembly.markdown(content)
    assert content.pictures.shown == {}


@pytest.mark.usefixtures("without_drawing")
def test_one_draw_gives_no_interval_and_no_verdict():
    html = built(runs(evaluate_few_labels=evaluated(tables(1))))
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
    assert EVIL not in assembly.html(content)
    assert "&lt;img src=x" in assembly.html(content)
    assert "<img" not in assembly.markdown(content)


def test_embedded_images_are_told_once_and_first(content):
    html = assembly.html(content)
    assert html.count("these images only") == 1
    assert html.index("these images only") < html.index("<h2")
    assert assembly.markdown(content).count("these images only") == 1


def test_write_leaves_exactly_the_files_of_the_page(content, tmp_path):
    stale = tmp_path / "figures" / "stale.png"
    stale.parent.mkdir()
    stale.touch()
    written = assembly.write(content, tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == assembly.html(content)
    for picture in content.pictures.shown.values():
        assert f"figures/{picture.file}" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_curves_are_read_from_the_run():
    assert len(gathered().studies[STUDY].curves) == 1
    assert {*TABLES} >= {"curves"}
    assert LETTERS in {row.cell for row in gathered().studies[STUDY].curves}
