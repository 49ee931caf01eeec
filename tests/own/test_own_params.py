"""What is tried on one's own images is named in params.yaml."""

import shutil
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

REPOSITORY = Path(__file__).parents[2]


def test_the_shipped_ones_need_no_unlabelled_images():
    shipped = params.load(REPOSITORY / "params.yaml", "official")
    assert all(shipped.recipes[name].unlabelled is None for name in shipped.own.recipes)


def test_an_unknown_recipe_is_refused(tmp_path):
    text = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    start = text.index("\nown:")
    wrong = text[:start] + text[start:].replace("- class_means", "- class_medians", 1)
    (tmp_path / "params.yaml").write_text(wrong, encoding="utf-8")
    shutil.copy(REPOSITORY / "published.yaml", tmp_path)
    with pytest.raises(InputError, match="class_medians"):
        params.load(tmp_path / "params.yaml")
