"""The README's results: made from committed ones, never typed."""

from pathlib import Path

import pytest

from glyph_transfer.analysis.rows import TABLES, write_csv
from glyph_transfer.commands import readme
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from tracked_runs import LETTERS, SCRATCH, cell_row, difference_row, settings, tables

REPOSITORY = Path(__file__).parents[2]
FASHION = LETTERS._replace(source="fashion")
SETTINGS = settings("ours", "theirs", ours="source", theirs="averages")
WITH_RECIPES = settings("ours", "best", ours="source", best="recipe")


def write(folder, cells, *differences):
    folder.mkdir()
    for name, rows in tables().items():
        own = {"cells": cells, "differences": differences}.get(name, rows)
        write_csv(folder / f"{name}.csv", own, TABLES[name])


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Work where tables of the two studies are: the difference in the second is another."""
    monkeypatch.chdir(tmp_path)
    for name, accuracy, gain in (
        ("ours", 0.7798, difference_row(FASHION, -0.0061, -0.0134, 0.0008)),
        ("theirs", 0.629, difference_row(FASHION, 0.5, 0.4, 0.6)),
    ):
        cells = [
            cell_row(SCRATCH, accuracy, 0.6, 0.7, published=0.67),
            cell_row(FASHION, 0.7736, 0.76, 0.78),
        ]
        write(tmp_path / name, cells, gain)
    return tmp_path


def test_what_is_committed_is_what_the_committed_results_give(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    shipped = params.load(corpus=readme.CORPUS)
    results = readme.read(readme.report_folder(readme.CORPUS), shipped)
    for path, write_results in readme.WRITTEN.items():
        text = path.read_text(encoding="utf-8")
        assert readme.updated(text, write_results(results), path) == text, path


def lines(table):
    head, _, *rows = table.partition("\n\n")[0].splitlines()
    headings, *rows = ([v.strip() for v in line.split("|")[1:-1]] for line in (head, *rows))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_rows_hold_published_repeated_and_converged_values(results):
    content = SETTINGS.model_dump()
    content["studies"]["theirs"]["training"]["batch_norm_momentum"] = 0.99
    found = readme.read(results, type(SETTINGS).model_validate(content))
    scratch, fashion = lines(readme.table(found))
    assert scratch == {
        "training on 100 digits": "from scratch", "published, one run": "67 %",
        "at momentum 0.99": "62.9 % [60.0, 70.0]", "at momentum 0.9": "78.0 % [60.0, 70.0]",
        "gain over scratch at 0.9": "",
    }  # fmt: skip
    assert fashion["training on 100 digits"] == "from fashion"
    assert fashion["published, one run"] == ""
    assert fashion["gain over scratch at 0.9"] == "−0.6 [−1.3, +0.1] points, too few draws"


def test_a_gain_that_is_shown_needs_no_word(results):
    gain = difference_row(FASHION, 0.078, 0.069, 0.087)
    write_csv(results / "ours" / "differences.csv", [gain], TABLES["differences"])
    *_, fashion = lines(readme.table(readme.read(results, SETTINGS)))
    assert fashion["gain over scratch at 0.9"] == "+7.8 [+6.9, +8.7] points"


def test_the_best_recipe_stands_beside_the_published_way_as_soon_as_it_has_run(results):
    before = readme.glance(readme.read(results, WITH_RECIPES))
    assert "best recipe" not in before
    probe = LETTERS._replace(variant="probe")
    cells = [
        cell_row(SCRATCH, 0.8, 0.79, 0.81),
        cell_row(LETTERS, 0.9, 0.89, 0.91),
        cell_row(probe, 0.97, 0.96, 0.98),
        cell_row(probe._replace(n_train=10), 0.99, 0.98, 1.0),
    ]
    write(results / "best", cells, difference_row(probe, 0.17, 0.16, 0.18))
    after = readme.glance(readme.read(results, WITH_RECIPES))
    assert "start from letters (probe): 97.0\u00a0% right" in after
    scratch, fashion = lines(after.partition("**\n\n")[2])
    assert scratch["best recipe"] == "80.0 % [79.0, 81.0], scratch"
    assert fashion["best recipe"] == ""
    assert "over 3 draws" in after.rpartition("|")[2], "what it is the best of"


def keep(folder, *studies):
    (folder / "records").mkdir(exist_ok=True)
    for name in studies:
        for stage in (name, f"evaluate_{name}"):
            (folder / "records" / f"{stage}.json").touch()


def test_tables_without_kept_runs_count_for_nothing(results, monkeypatch):
    """They are of other code than the studies beside them."""
    monkeypatch.setattr(readme, "records_folder", lambda _: results / "records")
    before = readme.whole(readme.read(results, SETTINGS))
    assert "earlier code" in before
    keep(results, "ours")
    found = readme.read(results, SETTINGS)
    assert found.studies["theirs"] is None
    assert len(lines(readme.table(found))[0]) == 4, "no column of the other momentum"
    assert readme.standing(found).endswith("are kept: `ours`. Not run yet: `theirs`.")
    keep(results, "theirs")
    assert readme.standing(readme.read(results, SETTINGS)) == ""


def test_without_the_study_of_sources_there_is_no_readme(results):
    keep(results, "theirs")
    with pytest.raises(InputError, match="answers: source"):
        readme.glance(readme.read(results, SETTINGS))


def test_the_answer_is_said_and_its_chart_is_shown_where_there_is_one(results, monkeypatch):
    monkeypatch.setattr(readme, "report_folder", lambda _: Path("reports"))
    said = readme.glance(readme.read(results, SETTINGS))
    assert said.startswith("**With 100 labelled digits, ")
    figures = Path("reports", "figures")
    figures.mkdir(parents=True)
    for name in ("ours-accuracy.png", "answer.svg"):
        (figures / name).touch()
        said = readme.glance(readme.read(results, SETTINGS))
        assert f"](reports/figures/{name})](reports/report.md)" in said


@pytest.mark.usefixtures("results")
def test_a_question_that_no_study_answers_is_named(results):
    others = settings("ours", ours="averages")
    with pytest.raises(InputError, match="no study that has run has 'answers: source'"):
        readme.table(readme.read(results, others))


def test_only_what_is_between_the_marks_changes():
    text = f"before\n{readme.START}\nold\n{readme.END}\nafter\n"
    new = readme.updated(text, "| new |", Path("README.md"))
    assert new == f"before\n{readme.START}\n| new |\n{readme.END}\nafter\n"


def test_missing_marks_are_named():
    with pytest.raises(InputError, match=r"docs/results\.md: .* were not found; put them back"):
        readme.updated("no marks", "", Path("docs/results.md"))
