"""The source knows nothing of params.yaml by its name: studies, variants, hyper-parameters."""

import ast
import re
from pathlib import Path

import pytest

import glyph_transfer
from glyph_transfer.protocol import Variant, params
from glyph_transfer.protocol.params import Params

REPOSITORY = Path(__file__).parent.parent
SOURCE = Path(glyph_transfer.__file__).parent
SHIPPED = params.load(REPOSITORY / "params.yaml")
STUDIES = SHIPPED.studies.values()
FILES = [path for path in sorted(SOURCE.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
FOLDERS = (
    "analysis", "charts", "commands", "experiments", "protocol", "report", "search", "stages",
    "tracking", "visualisation",
)  # fmt: skip
"""What serves any study: images and networks have words of their own, such as a width."""
MODULES = [path for folder in FOLDERS for path in sorted((SOURCE / folder).rglob("*.py"))]
GENERAL = {
    "analysis/comparisons.py": {"width"},  # of an interval
    "charts/figures.py": {"width"},  # of a picture
    "charts/network_chart.py": {"width"},
    "report/pictures.py": {"width"},
    # a field of phases and of pretraining, whether a search tries several or not
    "experiments/description.py": {"learning_rate"},
    "experiments/training.py": {"learning_rate"},
    "protocol/params.py": {"learning_rate"},
    "protocol/parts.py": {"learning_rate"},
}
"""Words that are a hyper-parameter of the search, and in a module something else."""


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_study_is_named(path):
    """But for one that has the name of a section of params.yaml, which is not of it alone."""
    words = set(re.findall(r"\w+", f"{name_of(path)} {path.read_text(encoding='utf-8')}"))
    assert words & {*SHIPPED.studies} - {*Params.model_fields} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_variant_or_hyperparameter_is_named(path):
    names = {
        *(variant for study in STUDIES for variant in study.variants),
        *(ensemble for study in STUDIES for ensemble in study.ensembles),
        *(name for name, bounds in SHIPPED.search if is_range(bounds)),
    }
    names -= {*Variant.model_fields} | GENERAL.get(name_of(path), set())
    assert words_of_code(path.read_text(encoding="utf-8")) & names == set()


@pytest.mark.parametrize("name", GENERAL)
def test_what_is_excepted_is_there(name):
    assert GENERAL[name] <= words_of_code((SOURCE / name).read_text(encoding="utf-8"))


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
    assert sorted(answered) == ["averages", "depth", "labels", "recipe", "source", "time"]


def test_the_studies_have_one_order():
    """That of the page is also the order in which several answer the same question."""
    published = (REPOSITORY / "published.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+):", published, re.MULTILINE) == [*SHIPPED.studies]
