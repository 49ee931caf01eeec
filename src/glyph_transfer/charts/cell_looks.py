"""How cells are named, coloured and told apart in charts, everywhere alike.

What colours say is also said by position, line style or a label.
"""

from collections.abc import Iterable

from glyph_transfer.analysis.words import Words, in_words
from glyph_transfer.charts.figures import GREY
from glyph_transfer.protocol import NO_SOURCE, Cell

STYLES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (3, 1, 1, 1, 1, 1)))
"""Of lines, as many as the style has colours."""


def source_colours(cells: Iterable[Cell]) -> dict[Cell, str]:
    """Give every cell the colour of its source; grey is for none.

    Where there is no source at all, that of its model, if there are several; where there is one,
    that of its variant.
    """
    cells = list(cells)
    named = {cell: cell.source for cell in cells}
    if {*named.values()} == {NO_SOURCE} and len({cell.model for cell in cells}) > 1:
        named = {cell: cell.model for cell in cells}
    elif len({*named.values()} - {NO_SOURCE}) == 1:
        named = {cell: cell.variant if named[cell] != NO_SOURCE else NO_SOURCE for cell in cells}
    order = list(dict.fromkeys(name for name in named.values() if name != NO_SOURCE))
    colours = {name: f"C{number}" for number, name in enumerate(order)} | {NO_SOURCE: GREY}
    return {cell: colours[name] for cell, name in named.items()}


def plain_variant(cells: Iterable[Cell]) -> str | None:
    """Give the variant that `from scratch` says enough of: that of the first without a source."""
    return next((cell.variant for cell in cells if cell.source == NO_SOURCE), None)


def line_name(cell: Cell, plain: str | None, words: Words) -> str:
    """Name the source and variant of a cell, `plain` being that of training from scratch."""
    variant = in_words(cell.variant, words)
    if cell.source != NO_SOURCE:
        return f"{in_words(cell.source, words)}: {variant}"
    return "from scratch" if cell.variant == plain else f"from scratch: {variant}"


def names_on_lines(cells: list[Cell], plain: str | None, words: Words) -> list[str]:
    """Name cells by source and size, variant, and target and model where these differ."""
    targets, models = {cell.target for cell in cells}, {cell.model for cell in cells}
    sizes = {cell.n_train for cell in cells}
    names = []
    for cell in cells:
        source = in_words(cell.source, words)
        lines = ["from scratch" if cell.source == NO_SOURCE else f"from {source}"]
        if len(targets) > 1:
            lines[0] = f"{in_words(cell.target, words)} {lines[0]}"
        lines[0] += f", {cell.n_train}" if len(sizes) > 1 else ""
        is_plain = (cell.source, cell.variant) == (NO_SOURCE, plain)
        lines += [] if is_plain else [in_words(cell.variant, words)]
        lines += [in_words(cell.model, words)] if len(models) > 1 else []
        names.append("\n".join(lines))
    return names
