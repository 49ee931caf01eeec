"""What a study is: its cells and their variants, the figures and claims it is held against."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

Momentum = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]
Size = PositiveInt | Literal["all"]
"""Labelled images of a replicate; `all` that its target has."""

NO_SOURCE = "none"
ENSEMBLE = "ensemble"
"""What stands for the model in the cell of an ensemble."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Training(Section):
    """What every phase of a training shares."""

    optimizer: Literal["adam", "adadelta", "momentum"]
    batch_size: PositiveInt
    batch_norm_momentum: Momentum


class Phase(Section):
    """A stretch of training in which one set of layers learns at one rate.

    With `most_steps`, as many whole epochs as fit into so many steps, but one at least.
    """

    train: Literal["all"] | Annotated[list[str], Field(min_length=1)]
    epochs: PositiveInt
    learning_rate: LearningRate
    most_steps: PositiveInt | None = None


class Variant(Section):
    """Which layers are loaded from the source, and the phases that follow.

    Attributes:
        sources: of the weights; `none` for training from scratch.
        source_model: of the source network, if not the model that is trained.
        models: model -> its targets, if not the study's model on all its targets.
        baseline: variant, with one source, that this one is compared with draw by draw: on
            the same model if it has that on the target, else on its only one.
        searched: whether the learning rate of all phases, and the width and the dropout of
            the network, are those that the search found.
        load: names of the layers whose weights are the source's.
        phases: in their order.
        batch_size, batch_norm_momentum: of this variant, if not the study's.
        reestimate_batch_norm: whether the moving averages of batch normalisation are
            replaced, after training, by the statistics of all training images.
    """

    sources: Annotated[list[str], Field(min_length=1)]
    source_model: str | None = None
    models: dict[str, list[str]] | None = None
    baseline: str | None = None
    searched: bool = False
    load: list[str]
    phases: Annotated[list[Phase], Field(min_length=1)]
    batch_size: PositiveInt | None = None
    batch_norm_momentum: Momentum | None = None
    reestimate_batch_norm: bool = False

    @model_validator(mode="after")
    def _load_needs_a_source(self) -> "Variant":
        if self.load and NO_SOURCE in self.sources:
            raise ValueError(f"loads {self.load}, but one of its sources is '{NO_SOURCE}'")
        return self

    def at(self, learning_rate: float) -> "Variant":
        """Give the variant with another learning rate, the same in all phases."""
        phases = [p.model_copy(update={"learning_rate": learning_rate}) for p in self.phases]
        return self.model_copy(update={"phases": phases})


class Ensemble(Section):
    """Networks of one variant whose probabilities are averaged, draw by draw.

    Attributes:
        target: that they were trained on.
        variant: that they are of, trained from scratch.
        members: their models.
        best_of: models of which the one with the best validation accuracy is a member too.
        baseline: model that the ensemble is compared with draw by draw.
    """

    target: str
    variant: str
    members: Annotated[list[str], Field(min_length=1)]
    best_of: list[str] = []
    baseline: str


class Cell(NamedTuple):
    """What one replicate is a replicate of, written with slashes between its parts."""

    target: str
    model: str
    source: str
    variant: str
    n_train: int | str

    def __str__(self) -> str:
        """Give the form `digits/tominet/letters/head_then_finetune/100`."""
        return "/".join(map(str, self))


class Published(Section):
    """A figure of a published study, a single run's, and what it is held against.

    Attributes:
        cell: that repeats the run.
        score: `accuracy` and `loss` on the test images, `first_epoch_accuracy` the former after
            one epoch, `speedup` the time an image of `than` over that of `cell` in training.
        value: as published; accuracies as fractions, losses in nats.
        than: of a speedup.
        about: by how much the value is uncertain, having been read off a figure.
        claim: name of the claim that it supports.
    """

    cell: str
    score: Literal["accuracy", "loss", "first_epoch_accuracy", "speedup"] = "accuracy"
    value: float
    than: str | None = None
    about: Annotated[float, Field(ge=0)] = 0.0
    claim: str | None = None

    @model_validator(mode="after")
    def _a_speedup_is_over_something(self) -> "Published":
        if (self.score == "speedup") != (self.than is not None):
            raise ValueError("a 'speedup', and nothing else, names a cell under 'than'")
        return self


class Claim(Section):
    """What an author concludes of two cells, to be tested on ours.

    Attributes:
        text: the claim, in our words.
        cell, than: the cells that it compares.
        score: that it compares them by.
        expects: whether the score of `cell` is `higher` or `lower` than that of `than`, `equal`
            to it or `not_lower` but for less than the margin, or `steadier`: its standard
            deviation over draws is smaller.
        margin: of `equal` and `not_lower`, in the score's units.
    """

    text: Text
    cell: str
    than: str
    score: Literal["accuracy", "loss"] = "accuracy"
    expects: Literal["higher", "lower", "equal", "not_lower", "steadier"]
    margin: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _a_margin_where_it_counts(self) -> "Claim":
        if (self.expects in ("equal", "not_lower")) != (self.margin is not None):
            raise ValueError("'equal' and 'not_lower', and nothing else, have a 'margin'")
        return self


class Scale(Section):
    """What is smaller on the embedded corpus, so that a study takes seconds.

    Attributes:
        n_train, draws: instead of the study's.
        epochs, steps: the most of every phase.
        batch_size: the most of every variant; few images in large batches are too few steps.
        images: the most that a target has to train on, `all` of them included.
    """

    n_train: Annotated[list[Size], Field(min_length=1)] | None = None
    draws: PositiveInt | list[PositiveInt] | None = None
    epochs: PositiveInt | None = None
    steps: PositiveInt | None = None
    batch_size: PositiveInt | None = None
    images: PositiveInt | None = None


class Study(Section):
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
        shown: trained cell whose mistakes and first network are shown; None for the one with
            the best validation accuracy.
        note: why figures of ours may differ from the published ones, to be read beside them.
        embedded: what differs on the embedded corpus.
        images: the most that a target has to train on.
    """

    question: Text
    targets: Annotated[list[str], Field(min_length=1)]
    model: str
    n_train: Annotated[list[Size], Field(min_length=1)]
    draws: PositiveInt | list[PositiveInt]
    sampling: Literal["random", "stratified"]
    validation: Share | None = None
    score_every: PositiveInt | None = None
    sources_from: str | None = None
    training: Training
    variants: Annotated[dict[str, Variant], Field(min_length=1)]
    ensembles: dict[str, Ensemble] = {}
    shown: str | None = None
    published: list[Published] = []
    claims: dict[str, Claim] = {}
    note: Text | None = None
    embedded: Scale | None = None
    images: PositiveInt | None = None

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
        return self._trained_cells + combined

    @property
    def _trained_cells(self) -> list[Cell]:
        return [
            Cell(target, model, source, name, n)
            for name, variant in self.variants.items()
            for model, targets in (variant.models or {self.model: self.targets}).items()
            for target in targets
            for source in variant.sources
            for n in self.n_train
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
            for name in ("batch_size", "batch_norm_momentum")
            if getattr(variant, name) is not None
        }
        return self.training.model_copy(update=own)

    def on(self, corpus: str) -> "Study":
        """Give the study as it is run on a corpus."""
        if corpus != "embedded" or self.embedded is None:
            return self
        scale = self.embedded
        n_train, draws = self._embedded_sizes()
        smaller = {
            "n_train": n_train,
            "draws": draws,
            "images": scale.images,
            "training": self.training.model_copy(
                update={"batch_size": _least(self.training.batch_size, scale.batch_size)}
            ),
            "variants": {n: _shorter(v, scale) for n, v in self.variants.items()},
        }
        return self.model_copy(update=smaller)._with_cells_that_exist()

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
            "shown": self.shown and str(max(self._trained_cells, key=self._likeness_to_shown)),
        }
        return self.model_copy(update=kept)

    def _likeness_to_shown(self, cell: Cell) -> int:
        parts = self.shown.split("/")
        return sum(own == part for own, part in zip(map(str, cell), parts, strict=True))

    @model_validator(mode="after")
    def _is_consistent(self) -> "Study":
        self._check_sizes()
        self._check_variants()
        self._check_cells()
        self._check_named()
        return self

    def _check_named(self) -> None:
        known = {str(cell) for cell in self.cells}
        named = {
            "published": [cell for p in self.published for cell in (p.cell, p.than)],
            "claims": [cell for claim in self.claims.values() for cell in (claim.cell, claim.than)],
            "shown": [self.shown],
        }
        for section, cells in named.items():
            for cell in cells:
                if cell is not None and cell not in known:
                    raise ValueError(
                        f"'{section}' names the cell '{cell}', but the cells are {sorted(known)}"
                    )
        for published in self.published:
            if published.claim is not None and published.claim not in self.claims:
                raise ValueError(
                    f"'published' names the claim '{published.claim}', but the claims are "
                    f"{[*self.claims]}"
                )
            if published.score == "first_epoch_accuracy" and not self._is_scored(published.cell):
                raise ValueError(
                    f"'published' has a 'first_epoch_accuracy' of '{published.cell}', so it has to "
                    "be of a trained cell and 'score_every' has to be 1"
                )
        if self.validation == 0 and self.shown is None:
            raise ValueError(
                "no validation images are held back, so the cell that is shown has to be named "
                "under 'shown'"
            )
        if self.validation == 0 and any(each.best_of for each in self.ensembles.values()):
            raise ValueError("no validation images are held back, so 'best_of' has none to go by")
        if self.shown is not None and self.shown not in map(str, self._trained_cells):
            raise ValueError(f"'shown' is '{self.shown}': an ensemble is no network to show")

    def _is_scored(self, cell: str) -> bool:
        """Whether the test images are scored after a cell's first epoch."""
        return self.score_every == 1 and cell in map(str, self._trained_cells)

    def _check_variants(self) -> None:
        ensembles = self.ensembles.values()
        for name in {v.baseline for v in self.variants.values()} - {None}:
            self._check_variant(name, "a baseline")
            variant = self.variants[name]
            if len(variant.sources) != 1:
                raise ValueError(f"the variant '{name}' is a baseline: it has to have one source")
        for name in {self.sources_from, *(e.variant for e in ensembles)} - {None}:
            self._check_variant(name, "'sources_from' or an ensemble")
            if self.variants[name].sources != [NO_SOURCE]:
                raise ValueError(f"the variant '{name}' gives networks: it has to be from scratch")

    def _check_cells(self) -> None:
        cells = self.cells
        for cell in cells:
            if cells.count(cell) > 1:
                raise ValueError(f"the cell '{cell}' is there more than once")
            needed = [self.source_cell(cell), self.baseline_of(cell)]
            if cell.model == ENSEMBLE:
                needed += [member for members in self.members_of(cell) for member in members]
            for other in needed:
                if other is not None and other not in cells:
                    raise ValueError(f"the cell '{cell}' needs '{other}', which the study lacks")

    def _check_variant(self, name: str, what: str) -> None:
        if name not in self.variants:
            raise ValueError(f"{what} is '{name}', but the variants are {[*self.variants]}")

    def _check_sizes(self) -> None:
        for where, n_train, draws in (
            ("", self.n_train, self.draws),
            ("'embedded': ", *self._embedded_sizes()),
        ):
            if self.sources_from and len(n_train) != 1:
                raise ValueError(
                    f"{where}a study that trains its own sources has to have one 'n_train', "
                    f"found {n_train}"
                )
            if isinstance(draws, list) and len(draws) != len(n_train):
                raise ValueError(f"{where}'draws' are {draws}, but 'n_train' is {n_train}")

    def _embedded_sizes(self) -> tuple[list[Size], PositiveInt | list[PositiveInt]]:
        scale = self.embedded or Scale()
        return scale.n_train or self.n_train, scale.draws or self.draws


def _shorter(variant: Variant, scale: Scale) -> Variant:
    phases = [
        phase.model_copy(
            update={
                "epochs": _least(phase.epochs, scale.epochs),
                "most_steps": _least(phase.most_steps, scale.steps),
            }
        )
        for phase in variant.phases
    ]
    batch_size = variant.batch_size and _least(variant.batch_size, scale.batch_size)
    return variant.model_copy(update={"phases": phases, "batch_size": batch_size})


def _least(*bounds: int | None) -> int | None:
    return min((bound for bound in bounds if bound is not None), default=None)
