"""What cells are called in sentences: what is the same in all cells of a study is left out."""

from dataclasses import dataclass

from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE, Cell


@dataclass(frozen=True)
class CellNames:
    """Names of the cells of a study.

    Attributes:
        cells: of the study.
        compared: those of them that have a baseline.
    """

    cells: list[Cell]
    compared: list[Cell]

    def name(self, cell: Cell, with_variant: bool = False) -> str:
        """Name what a cell does: `transfer from letters (head_then_finetune)`.

        Args:
            cell: of the study.
            with_variant: whether the variant of a transfer is named even if it is the only one.
                That of training from scratch is named where it is not the only one that is
                compared with nothing.
        """
        if cell.model == ENSEMBLE:
            return f"the ensemble {cell.variant}"
        models = {each.model for each in self.cells} - {ENSEMBLE}
        model = f" with {cell.model}" if len(models) > 1 else ""
        if cell.source == NO_SOURCE:
            variant = "" if self._plain == {cell.variant} else f" ({cell.variant})"
            return f"training from scratch{model}{variant}"
        transfers = {each.variant for each in self.cells if each.source != NO_SOURCE}
        variant = f" ({cell.variant})" if with_variant or len(transfers) > 1 else ""
        return f"transfer from {cell.source}{variant}{model}"

    def on_target(self, cell: Cell) -> str:
        """Say ` on letters` where not all cells have the same target."""
        return f" on {cell.target}" if len({each.target for each in self.cells}) > 1 else ""

    @property
    def _plain(self) -> set[str]:
        """Variants that train from scratch and are compared with nothing."""
        from_scratch = [
            cell for cell in self.cells if cell.source == NO_SOURCE and cell.model != ENSEMBLE
        ]
        return {cell.variant for cell in from_scratch} - {cell.variant for cell in self.compared}
