"""A study: a set of cells that answers one question."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from glyph_transfer.protocol.checks import check
from glyph_transfer.protocol.names import ClaimName, Name
from glyph_transfer.protocol.parts import (
    ENSEMBLE,
    NO_SOURCE,
    Cell,
    Claim,
    Ensemble,
    Forecast,
    Published,
    Schema,
    Share,
    Size,
    Text,
    Training,
)
from glyph_transfer.protocol.recipes import Variant


class Question(Schema):
    """What a study asks, and what its answer is held against.

    Attributes:
        answers: what of the question that the report begins with it answers: from which source
            to start, how deep to freeze, what that is worth in labels and in time, and what of a
            gain is batch norm's averages, and with which recipe; None for nothing of it.
        author: what the author of a published study did, in a sentence.
        published: the author's values.
        claims: the author's sentences in our words, by name.
        note: why values of ours may differ from the published ones, to be read beside them.
        words: what models, variants and sets are called for a reader.
    """

    question: Text
    answers: Literal["source", "depth", "labels", "time", "averages", "recipe"] | None = None
    author: Text | None = None
    published: list[Published] = Field(default_factory=list)
    claims: dict[ClaimName, Claim] = Field(default_factory=dict)
    note: Text | None = None
    words: dict[str, Text] = Field(default_factory=dict)


class Study(Question):
    """A set of cells that answers one question.

    Attributes:
        targets: sets that are learned.
        model: that is trained where a variant names no models.
        draws: of every cell, or by size in the order of `n_train`.
        validation: share of a target's training images that is held back; None leaves the
            set divided as it is.
        score_every: epochs after which the test images are scored for the learning curves,
            and for nothing else; None for never.
        sources_from: variant whose networks, those of the same draw, are the sources; None
            for pretrained networks.
        shown: trained cell whose mistakes are shown and whose best network is registered;
            None for the one with the best validation accuracy on the first target.
        images: the most that a target has to train on.
        forecasts: scores of sources, known before anything is trained, that are held against
            the accuracy of variants with a head on frozen features.
    """

    targets: Annotated[list[str], Field(min_length=1)]
    model: str
    n_train: Annotated[list[Size], Field(min_length=1)]
    draws: PositiveInt | list[PositiveInt]
    sampling: Literal["random", "stratified"]
    validation: Share | None = None
    score_every: PositiveInt | None = None
    sources_from: str | None = None
    training: Training
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    ensembles: dict[Name, Ensemble] = Field(default_factory=dict)
    shown: str | None = None
    images: PositiveInt | None = None
    forecasts: list[Forecast] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_consistent(self) -> "Study":
        check(self)
        return self

    @property
    def sources(self) -> list[str]:
        """Names of the sources that the study uses, `none` included, each once."""
        return list(dict.fromkeys(s for v in self.variants.values() for s in v.sources))

    @property
    def pretrained(self) -> list[tuple[str, str]]:
        """Model and source of every source network that the study does not train itself."""
        if self.sources_from:
            return []
        return list(
            dict.fromkeys(
                (self.source_model(cell), cell.source)
                for cell in self.cells
                if cell.source != NO_SOURCE
            )
        )

    @property
    def cells(self) -> list[Cell]:
        """Cells of the study, in the order of its variants, sources and sizes; ensembles last.

        A set is no source for itself.
        """
        combined = [
            Cell(ensemble.target, ENSEMBLE, NO_SOURCE, name, n)
            for name, ensemble in self.ensembles.items()
            for n in self.n_train
        ]
        return self.trained_cells + combined

    @property
    def trained_cells(self) -> list[Cell]:
        """Cells that are trained: all but the ensembles."""
        return [
            Cell(target, model, source, name, n)
            for name, variant in self.variants.items()
            for model, targets in (variant.models or {self.model: self.targets}).items()
            for target in targets
            for source in variant.sources
            for n in variant.n_train or self.n_train
            if source != target
        ]

    def draws_of(self, cell: Cell) -> int:
        """Draws of a cell, numbered from 0."""
        if isinstance(self.draws, int):
            return self.draws
        return self.draws[self.n_train.index(cell.n_train)]

    def baseline_of(self, cell: Cell) -> Cell | None:
        """Cell that `cell` is compared with: the baseline on the same target at the same size.

        Raises ValueError where the baseline has several models and none is the cell's.
        """
        if cell.model == ENSEMBLE:
            ensemble = self.ensembles[cell.variant]
            return cell._replace(model=ensemble.baseline, variant=ensemble.variant)
        baseline = self.variants[cell.variant].baseline
        if baseline is None:
            return None
        return cell._replace(
            model=self._model_of_baseline(cell, baseline),
            source=self.variants[baseline].sources[0],
            variant=baseline,
        )

    def _model_of_baseline(self, cell: Cell, baseline: str) -> str:
        models = self.variants[baseline].models or {self.model: self.targets}
        if cell.target in models.get(cell.model, []):
            return cell.model
        if len(models) == 1:
            return next(iter(models))
        raise ValueError(
            f"the cell '{cell}' has the baseline '{baseline}', which has several models and not "
            f"the cell's on '{cell.target}': its models and their targets are {models}"
        )

    def members_of(self, cell: Cell) -> tuple[list[Cell], list[Cell]]:
        """Cells that an ensemble averages, and those of which it takes the best one too."""
        ensemble = self.ensembles[cell.variant]
        return tuple(
            [cell._replace(model=model, variant=ensemble.variant) for model in models]
            for models in (ensemble.members, ensemble.best_of)
        )

    def keeps_features(self, cell: Cell) -> bool:
        """Whether scores of sources are held against a cell: a head on a frozen source."""
        if not self.forecasts or cell.source == NO_SOURCE or cell.model == ENSEMBLE:
            return False
        variant = self.variants[cell.variant]
        return variant.head is not None and not variant.phases

    def source_model(self, cell: Cell) -> str:
        """Model of the network that `cell` starts from."""
        return self.variants[cell.variant].source_model or cell.model

    def source_cell(self, cell: Cell) -> Cell | None:
        """Cell whose networks `cell` starts from, where the study trains its sources itself."""
        if cell.source == NO_SOURCE or not self.sources_from:
            return None
        model = self.source_model(cell)
        return Cell(cell.source, model, NO_SOURCE, self.sources_from, self.n_train[-1])

    def training_of(self, cell: Cell) -> Training:
        """Give the training of a cell: the study's, with what its variant says otherwise."""
        variant = self.variants[cell.variant]
        own = {
            name: getattr(variant, name)
            for name in Training.model_fields
            if getattr(variant, name) is not None
        }
        return self.training.model_copy(update=own)

    def restricted_to(self, sources: list[str]) -> "Study":
        """Give the same study with only the cells of `sources`, `none` among them."""
        left = {
            name: [source for source in variant.sources if source in sources]
            for name, variant in self.variants.items()
        }
        kept = {
            name: variant.model_copy(
                update={
                    "sources": left[name],
                    "baseline": variant.baseline if left.get(variant.baseline) else None,
                }
            )
            for name, variant in self.variants.items()
            if left[name]
        }
        return self.model_copy(update={"variants": kept})._with_cells_that_exist()

    def _with_cells_that_exist(self) -> "Study":
        """Give the study without what it says of cells that it has not any more.

        In the place of a cell that is shown comes the one that is most like it.
        """
        cells = {None, *map(str, self.cells)}
        claims = {n: c for n, c in self.claims.items() if {c.cell, c.than} <= cells}
        kept = {
            "published": [
                p if p.claim in claims else p.model_copy(update={"claim": None})
                for p in self.published
                if {p.cell, p.than} <= cells
            ],
            "claims": claims,
            "shown": self.shown and str(max(self.trained_cells, key=self._likeness_to_shown)),
        }
        return self.model_copy(update=kept)

    def _likeness_to_shown(self, cell: Cell) -> int:
        """Count the parts in which a cell is the one that is shown."""
        return sum(own == part for own, part in zip(cell, Cell.parse(self.shown), strict=True))
