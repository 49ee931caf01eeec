"""What cells are called in sentences: what is the same in all cells of a study is left out."""

from dataclasses import dataclass, field

from glyph_transfer.analysis.words import Words, in_words
from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE, Cell


@dataclass(frozen=True)
class CellNames:
    """Names of the cells of a study.

    Attributes:
        cells: of the study.
        compared: those of them that have a baseline.
        words: for models, variants and sets.
    """

    cells: list[Cell]
    compared: list[Cell]
    words: Words = field(default_factory=dict)

    def whole(self, cell: Cell) -> str:
        """Name a cell where no other is at hand: `TomiNet from letters, head first, 100 labels`."""
        model, variant, source = self._words_of(cell)
        return ", ".join([f"{model} {self._start(cell, source, variant)}", _size(cell)])

    def row(self, cell: Cell, with_size: bool = True) -> str:
        """Name a cell in a table of its study: by what differs between cells."""
        model, variant, source = self._words_of(cell)
        parts = [self._start(cell, source, variant)]
        if len({each.model for each in self.cells}) > 1:
            parts.insert(0, model)
        if with_size and len({each.n_train for each in self.cells}) > 1:
            parts.append(_size(cell))
        return f"{', '.join(parts)}{self._on_target(cell)}"

    def _on_target(self, cell: Cell) -> str:
        several = len({each.target for each in self.cells}) > 1
        return f" on {in_words(cell.target, self.words)}" if several else ""

    def _words_of(self, cell: Cell) -> tuple[str, ...]:
        return tuple(in_words(name, self.words) for name in (cell.model, cell.variant, cell.source))

    def _start(self, cell: Cell, source: str, variant: str) -> str:
        if cell.source != NO_SOURCE:
            return f"from {source}, {variant}"
        if cell.model == ENSEMBLE:
            return variant
        return "from scratch" if cell.variant in self._plain else f"from scratch, {variant}"

    @property
    def _plain(self) -> set[str]:
        """Variants that train from scratch and are compared with nothing."""
        from_scratch = [
            cell for cell in self.cells if cell.source == NO_SOURCE and cell.model != ENSEMBLE
        ]
        return {cell.variant for cell in from_scratch} - {cell.variant for cell in self.compared}


def _size(cell: Cell) -> str:
    return f"{cell.n_train} labels"
