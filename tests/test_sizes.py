"""Files, functions and lists of parameters are short enough to be read at once."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
FOLDERS = ("src", "tests", "benchmarks")
FILES = sorted(path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*.py"))
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 50
MOST_PARAMETERS = 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_nothing_is_too_long(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert too_long(text) == []


def too_long(text):
    """Functions with too many lines, decorators apart, or too many parameters."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, FUNCTIONS))
    return [
        f"{node.name}, line {node.lineno}"
        for node in nodes
        if node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
        or len(parameters(node.args)) > MOST_PARAMETERS
    ]


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parameters(given):
    """Names of all that a call may set, but for the object that a method is of."""
    named = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [each.arg for each in named if each and each.arg not in ("self", "cls")]


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b, c, d, e, f, g): pass",
        "def f(a, b, /, c, *d, e, f, **g): pass",
        "async def f(a, b, c, *, d, e, f, g): pass",
        "class C:\n    def f(self, a, b, c, d, e, f, g): pass",
        "def f():\n" + "    pass\n" * 50,
    ],
)
def test_a_function_that_is_too_long_would_be_seen(text):
    assert len(too_long(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "class C:\n    def f(self, a, b, c, d, e, f): pass",
        "class C:\n    @classmethod\n    def f(cls, a, b, c, *d, e, **f): pass",
        "@decorated\ndef f():\n" + "    pass\n" * 49,
    ],
)
def test_the_most_there_may_be_is_not_too_long(text):
    assert too_long(text) == []
