"""What a user says of pictures, in words."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.own.options import parse


def test_words_are_options():
    found = parse(
        "ink=dark level=no nested=outer transposed=yes width=20 allow=leak,labels", "w.csv"
    )
    assert (found.steps.ink, found.steps.level, found.steps.crop) == ("dark", False, True)
    assert (found.nested, found.transposed, found.table.width) == ("outer", True, 20)
    assert found.allow == ("leak", "labels")
    assert found.groups == "w.csv"
    assert parse("").groups is None


@pytest.mark.parametrize(
    "words", ["ink", "paper=dark", "level=maybe", "width=0", "ink=", "a b", "allow=leek"]
)
def test_other_words_are_refused(words):
    with pytest.raises(InputError, match="options"):
        parse(words)
