"""The first screen: sentence, chart, tiles and what to do, of whatever has run."""

import re
from dataclasses import replace

import pytest

from glyph_transfer.analysis.rows import LabelWorthRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.report import assembly, first, reading, rendering
from seen_page import alternatives, table_of
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    cell_row,
    difference_row,
    label_worth_row,
    runs,
    settings,
)

SIZES = (10, 100)
PROBE = LETTERS._replace(variant="cosine_probe", model="glyphnet")


def evidence(**answers):
    """The tracked runs, the one study answering what is said."""
    read = reading.gather("embedded", settings(), runs())
    return replace(read, answers={part: [name] for part, name in answers.items()})


def by_size(study, *accuracies, name="curve"):
    """A study with cells at ten and a hundred labels: cell -> its two accuracies."""
    cells = [
        cell_row(cell._replace(n_train=size), value, value - 0.02, value + 0.02, n_images=size)
        for cell, values in accuracies
        for size, value in zip(SIZES, values, strict=True)
    ]
    differences = [
        difference_row(cell._replace(n_train=size), 0.1, 0.05, 0.15)
        for cell, _ in accuracies
        if cell.source != "none"
        for size in SIZES
    ]
    scratch = [row.cell for row in cells if row.cell.source == "none"]
    differences = [
        replace(row, baseline=next(c for c in scratch if c.n_train == row.cell.n_train))
        for row in differences
    ]
    seconds = {row.cell: [0.5, 1.5, 9.0] for row in cells}
    return replace(
        study, name=name, cells=cells, differences=differences, seconds=seconds,
        training_seconds=seconds, label_worth=[label_worth_row()], words={"cosine_probe": "probe"},
    )  # fmt: skip


@pytest.fixture
def with_recipes():
    """Studies of a source, of labels and of recipes."""
    read = evidence(source=STUDY, labels="curve", recipe="kinds", time=STUDY)
    study = read.studies[STUDY]
    curve = by_size(study, (SCRATCH, (0.3, 0.6)), (LETTERS, (0.4, 0.8)))
    other = LETTERS._replace(variant="fine_tuned", model="glyphnet")
    kinds = by_size(
        study,
        (SCRATCH._replace(model="glyphnet"), (0.2, 0.7)),
        (other, (0.95, 0.7)),
        (PROBE, (0.5, 0.97)),
        name="kinds",
    )
    best = [replace(row, accuracy=0.27 if row.cell == PROBE else 0.1) for row in kinds.differences]
    kinds = replace(kinds, differences=best, label_worth=[])
    return replace(read, studies=read.studies | {"curve": curve, "kinds": kinds})


def html_of(read):
    """The page of evidence."""
    return assembly.html(assembly.Page(read))


def tiles(read):
    """What the tiles of a page say: number, what it is, how sure it is."""
    tile = '<div class="tile"><strong>(.*?)</strong> <span>(.*?)</span> <small>(.*?)</small>'
    return re.findall(tile, html_of(read))


def chart_title(read):
    """The title of the first chart."""
    return re.search(r"<figcaption><b>(.*?)</b>", html_of(read))[1]


def what_to_do(read):
    """The lines of the table of what did best."""
    return table_of(html_of(read), "what-to-do")


def lead(read):
    """The sentence of the answer."""
    text = html_of(read)
    return text.partition('<p class="lead">')[2].partition("</p>")[0].replace("\u00a0", " ")


@pytest.mark.usefixtures("without_drawing")
def test_without_recipes_the_study_of_sources_answers():
    read = evidence(source=STUDY)
    said = lead(read)
    assert "start from letters (frozen): 85.0 % right instead of 60.0 % from scratch" in said
    assert "With 100 labelled digits" in said


@pytest.mark.usefixtures("without_drawing")
def test_the_best_recipe_answers_once_there_is_a_study_of_them(with_recipes):
    said = lead(with_recipes)
    assert "start from letters (probe): 97.0 % right instead of 70.0 % from scratch" in said
    points, *_ = tiles(with_recipes)
    assert points == ("+27.0", "points over scratch, 100 labels", "+5.0 to +15.0, 3 draws")


@pytest.mark.usefixtures("without_drawing")
@pytest.mark.parametrize("verdict", DifferenceVerdict)
def test_nothing_is_advised_that_is_not_shown(verdict):
    read = evidence(source=STUDY)
    study = read.studies[STUDY]
    rows = [replace(row, verdict=verdict) for row in study.differences]
    said = lead(replace(read, studies={STUDY: replace(study, differences=rows)}))
    assert ("start from letters" in said) == (verdict is DifferenceVerdict.BETTER)
    assert ("train from scratch" in said) == (verdict is DifferenceVerdict.WORSE)
    assert ("makes no difference" in said) == (verdict is DifferenceVerdict.PRACTICALLY_EQUAL)
    assert ("Nothing is known" in said) == (verdict is DifferenceVerdict.NOT_JUDGED)


@pytest.mark.usefixtures("without_drawing")
def test_tiles_have_their_intervals_and_draws():
    read = evidence(source=STUDY, labels=STUDY, time=STUDY)
    worth = LabelWorthRow(LETTERS, SCRATCH, 90.4, 80.0, 95.0, 0.0, 10, 3)
    read = replace(read, studies={STUDY: replace(read.studies[STUDY], label_worth=[worth])})
    points, labels, time = tiles(read)
    assert (points[0], points[2]) == ("+25.0", "+15.0 to +35.0, 3 draws")
    assert labels == ("90", "labels from scratch match 100 from letters", "80 to 95, 3 draws")
    assert (time[0], time[2]) == ("4.0\N{MULTIPLICATION SIGN}", "2.0 to 8.0, 3 draws")


@pytest.mark.usefixtures("without_drawing")
def test_what_is_not_known_has_no_tile():
    assert tiles(replace(evidence(), studies={STUDY: None})) == []
    assert len(tiles(evidence(source=STUDY))) == 1


def test_the_chart_compares_scratch_the_published_way_and_the_best_recipe(with_recipes):
    html = html_of(with_recipes)
    alt, svg = alternatives(html)["answer"], html.partition('id="figure-answer"')[2]
    for name in (
        "from scratch, tominet 30.0 % with 10, 60.0 % with 100",
        "letters, tominet, published way 40.0 % with 10",
        "letters, glyphnet, probe 50.0 % with 10, 97.0 % with 100",
    ):
        assert name in alt, "networks differ, and are named"
    assert (
        chart_title(with_recipes) == "With 100 labels: 97.0\u00a0% right, from scratch 60.0\u00a0%"
    )
    assert "probe</text>" in svg.partition("</svg>")[0], "named beside its line"
    without = replace(with_recipes, answers=with_recipes.answers | {"recipe": []})
    assert not any("probe" in line.name for line in first.curves(without))


@pytest.mark.usefixtures("without_drawing")
def test_without_a_study_of_labels_the_chart_is_of_the_cells():
    html = html_of(evidence(source=STUDY)).partition("<h2")[0]
    assert [*alternatives(html)] == [f"{STUDY}-accuracy"]


@pytest.mark.usefixtures("without_drawing")
def test_recipes_alone_have_their_chart_by_labels(with_recipes):
    """Studies are kept one by one, and that of labels takes longest."""
    alone = replace(with_recipes, answers={"recipe": ["kinds"]})
    alt = alternatives(html_of(alone))["answer"]
    assert alt.startswith("from scratch, glyphnet 20.0 % with 10, 70.0 % with 100; letters")
    assert chart_title(alone) == "With 10 labels: 50.0\u00a0% right, from scratch 20.0\u00a0%"


@pytest.mark.usefixtures("without_drawing")
def test_a_title_compares_with_nothing_that_guesses(with_recipes):
    kinds = with_recipes.studies["kinds"]
    cells = [
        replace(row, learned=False) if row.cell.source == "none" and row.n_images == 10 else row
        for row in kinds.cells
    ]
    studies = {"kinds": replace(kinds, cells=cells)}
    read = replace(with_recipes, answers={"recipe": ["kinds"]}, studies=studies)
    assert chart_title(read).startswith("With 100 labels")


@pytest.mark.usefixtures("without_drawing")
def test_of_equals_the_answer_and_the_table_name_the_same(with_recipes):
    """The sentence named one recipe, and the table below it another one with the same score."""
    kinds = with_recipes.studies["kinds"]
    twin = PROBE._replace(variant="twin")
    cells = [*kinds.cells, cell_row(twin, 0.97, 0.95, 0.99)]
    differences = [*kinds.differences, replace(kinds.differences[-1], cell=twin)]
    seconds = kinds.seconds | {twin: []}
    kinds = replace(
        kinds, cells=cells, differences=differences, seconds=seconds, training_seconds=seconds
    )
    studies = {"kinds": kinds}
    changed = replace(with_recipes, studies=with_recipes.studies | studies)
    *_, hundred = what_to_do(changed)
    assert hundred["recipe"] == "probe"
    assert first.gain(changed).best.cell == PROBE._replace(n_train=100)


@pytest.mark.parametrize(
    ("tracked", "advised"),
    [
        (("head",), "freeze the network and fit a new last layer (probe)"),
        (("head", "phases"), "fit a new last layer and train on (probe)"),
        (("phases",), "letters (probe)"),
    ],
)
def test_the_answer_says_in_plain_words_what_is_done(with_recipes, tracked, advised):
    kinds = with_recipes.studies["kinds"]
    params = kinds.params | {f"variants.cosine_probe.{name}": "x" for name in tracked}
    gain = first.gain(with_recipes)
    assert advised in rendering.lead(replace(gain, study=replace(kinds, params=params)))


def test_what_belongs_together_is_not_parted_at_the_end_of_a_line(with_recipes):
    assert "97.0\u00a0% right" in rendering.lead(first.gain(with_recipes))


@pytest.mark.usefixtures("without_drawing")
def test_what_to_do_is_the_best_at_every_number_of_labels(with_recipes):
    ten, hundred = what_to_do(with_recipes)
    assert (ten["labels"], ten["recipe"]) == ("10", "fine tuned")
    assert hundred == {
        "labels": "100", "start from": "letters", "recipe": "probe",
        "expect right (%)": "97.0 [95.0, 99.0]", "than scratch": "better", "seconds": "1.5",
    }  # fmt: skip


@pytest.mark.usefixtures("without_drawing")
def test_without_recipes_what_to_do_is_from_the_study_of_labels(with_recipes):
    without = replace(with_recipes, answers={"labels": ["curve"]})
    assert [row["recipe"] for row in what_to_do(without)] == ["frozen"] * 2
    assert what_to_do(evidence(source=STUDY)) is None


@pytest.mark.usefixtures("without_drawing")
def test_networks_that_have_not_learned_are_not_advised(with_recipes):
    kinds = with_recipes.studies["kinds"]
    cells = [
        replace(row, learned=False) if row.cell.variant == "fine_tuned" else row
        for row in kinds.cells
    ]
    changed = with_recipes.studies | {"kinds": replace(kinds, cells=cells)}
    ten, _ = what_to_do(replace(with_recipes, studies=changed))
    assert ten["recipe"] == "probe"
