"""What a report says comes from its tables: nothing of params.yaml is known by its name."""

import ast
import re
from pathlib import Path

import pytest

import glyph_transfer
from glyph_transfer.protocol import Variant, params

REPOSITORY = Path(__file__).parents[2]
SOURCE = Path(glyph_transfer.__file__).parent
SHIPPED = params.load(REPOSITORY / "params.yaml")
STUDIES = SHIPPED.studies.values()
COMMANDS = [SOURCE / "commands" / name for name in ("all_cells.py", "readme.py", "summary.py")]
MODULES = [*sorted((SOURCE / "report").glob("*.py")), *COMMANDS]
FILES = [*MODULES, *sorted((SOURCE / "report" / "templates").iterdir())]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_study_is_named(path):
    words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    assert words & {*SHIPPED.studies} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_variant_or_hyperparameter_is_named(path):
    names = {
        *(variant for study in STUDIES for variant in study.variants),
        *(ensemble for study in STUDIES for ensemble in study.ensembles),
        *(name for name, bounds in SHIPPED.search if is_range(bounds)),
    }
    assert (
        words_of_code(path.read_text(encoding="utf-8")) & names - {*Variant.model_fields} == set()
    )


def is_range(value):
    """Whether a value of the search is bounds of a hyper-parameter."""
    return isinstance(value, tuple)


def words_of_code(text):
    """Words of a module that may name a thing: identifiers, and texts but for prose.

    Of prose, which has blanks, the words with underscores; of docstrings none.
    """
    words, tree = set(), ast.parse(text)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        words |= {getattr(node, field, None) for field in ("id", "attr", "arg", "name")}
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            has_blanks = re.search(r"\s", node.value.strip())
            words |= {w for w in re.findall(r"\w+", node.value) if "_" in w or not has_blanks}
    return words


@pytest.mark.parametrize(
    "text",
    ['x = "scratch"', 'f"{x}/scratch/1"', 'x = "a scratch_a b"', "a.scratch", "scratch = 1"],
)
def test_a_name_in_code_would_be_seen(text):
    assert {"scratch", "scratch_a"} & words_of_code(text)


def test_prose_and_docstrings_may_use_the_word():
    assert "scratch" not in words_of_code('"""By scratch_a."""\nx = "trained from scratch"')


def test_the_shipped_studies_answer_every_question():
    """So that the answer of the report, and the README's table, have what they rest on."""
    answered = [study.answers for study in STUDIES if study.answers]
    assert sorted(answered) == ["averages", "depth", "labels", "source", "time"]


def test_the_studies_have_one_order():
    """That of the page is also the order in which several answer the same question."""
    published = (REPOSITORY / "published.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+):", published, re.MULTILINE) == [*SHIPPED.studies]
