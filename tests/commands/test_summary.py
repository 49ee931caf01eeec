"""The answer on the terminal: it fits a screen, in plain signs if need be, and starts at once."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from glyph_transfer.analysis.verdicts import MOST_DRAWS, ClaimVerdict, DifferenceVerdict
from glyph_transfer.commands import summary
from glyph_transfer.protocol import params
from glyph_transfer.report.committed import read_studies

REPOSITORY = Path(__file__).parents[2]
CORPORA = ("embedded", "official")
MOST_LINES, MOST_COLUMNS = 24, 100
RAW = re.compile(r"\w+/\w+/\w+/\w+")
"""What the name of a cell looks like."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the shipped parameters and committed results, the corpus `embedded` alone."""
    for name in ("params.yaml", "published.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    shutil.copytree(REPOSITORY / "reports", tmp_path / "reports")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines_of(corpora):
    folders = {corpus: Path("reports", corpus) for corpus in corpora}
    return summary.summarise(folders, {corpus: params.load(corpus=corpus) for corpus in corpora})


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("corpus", CORPORA)
def test_the_answer_fits_a_screen(corpus):
    lines = lines_of([corpus])
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= MOST_COLUMNS


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("corpus", CORPORA)
def test_no_cell_study_or_variant_is_named(corpus):
    text = "\n".join(lines_of([corpus]))
    assert not RAW.search(text)
    studies = params.load(corpus=corpus).studies
    names = {*studies, *(variant for study in studies.values() for variant in study.variants)}
    assert {name for name in names if "_" in name} & {*re.findall(r"\w+", text)} == set()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("corpus", CORPORA)
def test_every_part_of_the_question_is_answered(corpus):
    """Times are not: they are of a run on this machine, and there was none."""
    about = {line.split()[0] for line in lines_of([corpus])}
    assert {"source", "others", "freeze", "labels", "averages", "claims", "page", "next"} <= about
    assert "time" not in about


@pytest.mark.usefixtures("project")
def test_of_two_corpora_the_question_and_what_to_type_are_said_once():
    both = lines_of(CORPORA)
    for corpus in CORPORA:
        (page,) = [line for line in both if line.endswith(f"{corpus}/index.html")]
        assert both.count(page) == 1
    assert sum(line == summary.QUESTION for line in both) == 1
    assert sum("summary --all" in line for line in both) == 1
    assert "make official" not in " ".join(both)
    assert "make official" in " ".join(lines_of(["embedded"]))


def test_the_reports_caveat_is_said_once(project):
    report = project / "reports" / "official" / "report.md"
    notice = "Corpus official. Mind: unofficial files (letters)."
    report.write_text(f"# Title\n\n> **{notice}**\n\nText\n\n> **Other.**\n", encoding="utf-8")
    lines = lines_of(["official"])
    assert lines.count(notice) == 1
    assert "Other." not in lines
    report.unlink()
    assert any("official" in line for line in lines_of(["official"])[:2])


def test_a_page_that_is_missing_is_said_so(project):
    (project / "reports" / "embedded" / "index.html").unlink()
    (page,) = [line for line in lines_of(["embedded"]) if line.startswith("page")]
    assert "dvc repro" in page


def test_only_what_has_run_is_answered(project):
    """Of all studies only those that answer what a source is worth in labels."""
    studies = params.load().studies
    for name, study in studies.items():
        folder = project / "reports" / "embedded" / name
        if study.answers != "labels" and folder.exists():
            shutil.rmtree(folder)
    about = [line.split()[0] for line in lines_of(["embedded"])]
    assert "labels" in about
    assert {"source", "freeze", "averages", "claims"} & {*about} == set()
    assert any(line.startswith("not known") for line in lines_of(["embedded"]))


def test_ones_own_tasks_are_in_it(project):
    settings = YAML()
    shown = settings.load(project / "params.yaml")
    shown["own"]["tasks"] = {"runes": {"images": "any"}}
    settings.dump(shown, project / "params.yaml")
    (line,) = [line for line in lines_of(["embedded"]) if line.startswith("own ")]
    assert "dvc repro advise@runes" in line
    assert len(line) <= MOST_COLUMNS


def test_without_results_says_what_makes_them(project, capsys):
    shutil.rmtree(project / "reports")
    for words in ([], ["--all"]):
        with pytest.raises(SystemExit, match="1"):
            summary.main(words)
        message = capsys.readouterr().err
        assert "no results yet" in message
        assert "dvc repro" in message


@pytest.mark.parametrize("table", ["cells", "differences", "replicates", "claims"])
def test_damaged_tables_are_read_or_refused(project, table):
    """Rows may be gone that another table speaks of, or bytes be no text."""
    path = project / f"reports/embedded/few_labels/{table}.csv"
    header, *rows = path.read_bytes().splitlines(keepends=True)
    for damaged in ([header], [header, b"\xff"], [header, *rows[1:]], [header, rows[0][:-9]]):
        path.write_bytes(b"".join(damaged))
        with suppress(SystemExit):  # and nothing else
            summary.main([])


def test_a_table_that_another_speaks_of_is_told(project, capsys):
    path = project / "reports/embedded/few_labels/cells.csv"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(SystemExit):
        summary.main([])
    assert "few_labels: its tables speak of the cell" in capsys.readouterr().err


def test_all_prints_every_cell(project, capsys):
    """Of every study that has run."""
    summary.main(["--all"])
    printed = capsys.readouterr().out
    studies = params.load().studies
    ran = [name for name in studies if (project / "reports" / "embedded" / name).exists()]
    assert ran
    for name, study in studies.items():
        assert (f"{name} (embedded)" in printed) == (name in ran)
        if name not in ran:
            continue
        for cell in study.cells:
            assert f"{cell.source}/{cell.variant}" in printed


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("words", [[], ["--all"]])
def test_a_terminal_that_knows_few_signs_gets_plain_ones(encoding, words):
    """A minus that such a terminal lacks must not become a question mark: the sign would go."""
    done = subprocess.run(
        [sys.executable, "-m", "glyph_transfer.summary", *words],
        env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=True,
    )  # fmt: skip
    text = done.stdout.decode(encoding)
    assert "[-" in text if encoding != "utf-8" else "[\N{MINUS SIGN}" in text
    assert not re.search(r"\?\d", text)


def test_a_sign_that_has_no_plain_one_is_replaced():
    assert summary.plain("\N{MINUS SIGN}1 \N{SNOWMAN}", "ascii") == "-1 ?"
    assert summary.plain("\N{MINUS SIGN}1", "utf-8") == "\N{MINUS SIGN}1"


def test_imports_nothing_heavy():
    code = (
        "import sys, glyph_transfer.commands.summary\n"
        "print({'mlflow', 'numpy', 'pandas', 'matplotlib', 'scipy', 'tensorflow', 'dvc'} "
        "& set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("corpus", CORPORA)
def test_the_answer_fits_a_screen_when_all_that_can_be_said_is(corpus, monkeypatch):
    """Every difference is open and takes many draws, times are known, a cell has not learned."""
    results = read_studies(Path("reports", corpus), corpus, params.load(corpus=corpus))
    monkeypatch.setattr(
        summary,
        "read_studies",
        lambda *_: {name: study and full(study) for name, study in results.items()},
    )
    lines = lines_of([corpus])
    about = {line.split()[0] for line in lines}
    assert {"others", "freeze", "labels", "time", "averages", "claims", "not"} <= about
    assert "1,000" in " ".join(lines)
    assert len(lines) <= MOST_LINES


def full(study):
    """Results of which the most can be said."""
    open_ = {"draws_needed": MOST_DRAWS + 1}
    unlearned = study.cells[-1].cell._replace(variant="another")
    return replace(
        study,
        cells=[*study.cells, replace(study.cells[-1], cell=unlearned, learned=False)],
        differences=[
            replace(row, verdict=DifferenceVerdict.TOO_FEW_DRAWS, **open_)
            for row in study.differences
        ],
        claims=[
            replace(row, **{"draws_needed": n, "verdict": ClaimVerdict.TOO_FEW_DRAWS})
            for n, row in enumerate(study.claims, 998)
        ],
        training_seconds={row.cell: [1.0 + row.epochs] * row.draws for row in study.cells},
    )
