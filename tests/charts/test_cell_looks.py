"""Names and colours of cells."""

from glyph_transfer.charts.cell_looks import line_name, plain_variant, source_colours
from glyph_transfer.charts.figures import GREY
from glyph_transfer.protocol import Cell

PLAIN, WIDE, LETTERS, FASHION = (
    Cell("digits", "tominet", *parts, 100)
    for parts in (("none", "plain"), ("none", "wide"), ("letters", "a"), ("fashion", "a"))
)


def test_sources_have_colours_and_none_is_grey():
    colours = source_colours([PLAIN, LETTERS, FASHION, LETTERS._replace(n_train=300)])
    assert [*colours.values()] == [GREY, "C0", "C1", "C0"]


def test_variants_of_one_source_have_colours_of_their_own():
    deep = LETTERS._replace(variant="b")
    assert [*source_colours([PLAIN, LETTERS, deep]).values()] == [GREY, "C0", "C1"]


def test_networks_without_sources_have_the_colours_of_their_models():
    """Grey for all of them would tell nothing."""
    other = PLAIN._replace(model="cnn_s1")
    assert source_colours([PLAIN, other, WIDE]) == {PLAIN: "C0", other: "C1", WIDE: "C0"}
    assert source_colours([PLAIN]) == {PLAIN: GREY}


def test_from_scratch_is_said_of_the_first_variant_without_a_source():
    """No variant's name says so."""
    plain = plain_variant([LETTERS, PLAIN, WIDE])
    names = [line_name(cell, plain, {"a": "head first"}) for cell in (PLAIN, WIDE, LETTERS)]
    assert names == ["from scratch", "from scratch: wide", "letters: head first"]
    assert plain_variant([LETTERS]) is None
