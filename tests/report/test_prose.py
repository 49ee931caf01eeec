"""The words of a report are in its templates."""

import ast
from pathlib import Path

import pytest

from glyph_transfer import report

FILES = sorted(Path(report.__path__[0]).glob("*.py"))
MOST_WORDS = 5
"""Of what Python may say: a verdict, a heading, the name of a cell."""


def said(text):
    """Strings of a module that say something: not docstrings, and not what an error says."""
    tree = ast.parse(text)
    silent = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.Expr)
              for part in ast.walk(node)}  # fmt: skip
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for string in strings for part in ast.walk(string)} - {*map(id, strings)}
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    strings += [node for node in plain if isinstance(node.value, str) and id(node) not in inside]
    return [_text(node) for node in strings if id(node) not in silent]


def _text(node):
    """What a string says, with a word for each value that is put into it."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(part.value if isinstance(part, ast.Constant) else "it" for part in parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_python_says_no_sentence(path):
    strings = said(path.read_text(encoding="utf-8"))
    assert [each for each in strings if len(each.split()) > MOST_WORDS] == []


def test_a_sentence_in_python_would_be_seen():
    text = (
        '"""Docstrings may be as long as they have to be."""\n'
        'raise ValueError("and so may be what an error says")\n'
        'x = f"With {n} labels it gets so many right"\n'
    )
    assert said(text) == ["With it labels it gets so many right"]
