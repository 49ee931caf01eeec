"""params.yaml as frozen, validated objects; unknown keys and wrong types are errors."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from glyph_transfer.errors import InputError

Corpus = Literal["embedded", "official"]
Role = Literal["digits", "letters", "fashion", "balanced", "bymerge"]
Momentum = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0)]

NO_SOURCE = "none"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SetParams(_Section):
    """How a role's published training split is divided."""

    train: PositiveInt
    validation: PositiveInt
    allow_unofficial: bool = False


class Training(_Section):
    """What every phase of a training shares."""

    optimizer: Literal["adam"]
    batch_size: PositiveInt
    batch_norm_momentum: Momentum


class Pretraining(Training):
    """How a source network is trained; without `patience`, for all epochs."""

    learning_rate: LearningRate
    epochs: PositiveInt
    patience: PositiveInt | None = None


class Phase(_Section):
    """A stretch of training in which one set of layers learns at one rate."""

    train: Literal["all"] | Annotated[list[str], Field(min_length=1)]
    epochs: PositiveInt
    learning_rate: LearningRate


class Variant(_Section):
    """Which layers are loaded from the source, and the phases that follow.

    Attributes:
        sources: of the weights; `none` for training from scratch.
        baseline: variant, with one source, that this one is compared with draw by draw.
        load: names of the layers whose weights are the source's.
        phases: in their order.
        batch_norm_momentum: of this variant, if not the study's.
        reestimate_batch_norm: whether the moving averages of batch normalisation are
            replaced, after training, by the statistics of all training images.
    """

    sources: Annotated[list[str], Field(min_length=1)]
    baseline: str | None = None
    load: list[str]
    phases: Annotated[list[Phase], Field(min_length=1)]
    batch_norm_momentum: Momentum | None = None
    reestimate_batch_norm: bool = False

    @model_validator(mode="after")
    def _load_needs_a_source(self) -> "Variant":
        if self.load and NO_SOURCE in self.sources:
            raise ValueError(f"loads {self.load}, but one of its sources is '{NO_SOURCE}'")
        return self


class Cell(NamedTuple):
    """What one replicate is a replicate of, written with slashes between its parts."""

    target: str
    model: str
    source: str
    variant: str
    n_train: int

    def __str__(self) -> str:
        """Give the form `digits/tominet/letters/head_then_finetune/100`."""
        return "/".join(map(str, self))


class Claim(_Section):
    """What an author concludes of two cells, to be tested on ours.

    Attributes:
        text: the claim, in our words.
        cell, than: the cells that it compares.
        expects: whether the accuracy of `cell` is `higher` or `lower` than that of `than`, or
            `steadier`: its standard deviation over draws is smaller.
    """

    text: Annotated[str, Field(min_length=1)]
    cell: str
    than: str
    expects: Literal["higher", "lower", "steadier"]


class Study(_Section):
    """A set of cells that answers one question."""

    question: Annotated[str, Field(min_length=1)]
    target: Role
    model: str
    n_train: Annotated[list[PositiveInt], Field(min_length=1)]
    draws: PositiveInt
    sampling: Literal["random", "stratified"]
    training: Training
    variants: Annotated[dict[str, Variant], Field(min_length=1)]
    published: dict[str, float] = {}
    claims: list[Claim] = []

    @property
    def sources(self) -> list[str]:
        """Names of the sources that the study uses, `none` included, each once."""
        return list(dict.fromkeys(s for v in self.variants.values() for s in v.sources))

    @property
    def cells(self) -> list[Cell]:
        """Cells of the study, in the order of its variants, sources and sizes."""
        return [
            Cell(self.target, self.model, source, name, n)
            for name, variant in self.variants.items()
            for source in variant.sources
            for n in self.n_train
        ]

    def baseline_of(self, cell: Cell) -> Cell | None:
        """Cell that `cell` is compared with: its variant's baseline at the same size."""
        baseline = self.variants[cell.variant].baseline
        if baseline is None:
            return None
        return cell._replace(source=self.variants[baseline].sources[0], variant=baseline)

    def training_of(self, cell: Cell) -> Training:
        """Give the training of a cell: the study's, with what its variant says otherwise."""
        momentum = self.variants[cell.variant].batch_norm_momentum
        if momentum is None:
            return self.training
        return self.training.model_copy(update={"batch_norm_momentum": momentum})

    def restricted_to(self, sources: list[str]) -> "Study":
        """Give the same study with only the cells of `sources`."""
        variants = {
            name: variant.model_copy(
                update={"sources": [s for s in variant.sources if s in sources]}
            )
            for name, variant in self.variants.items()
        }
        kept = self.model_copy(
            update={"variants": {k: v for k, v in variants.items() if v.sources}}
        )
        cells = {str(cell) for cell in kept.cells}
        published = {cell: value for cell, value in self.published.items() if cell in cells}
        claims = [claim for claim in self.claims if {claim.cell, claim.than} <= cells]
        return kept.model_copy(update={"published": published, "claims": claims})

    @model_validator(mode="after")
    def _names_exist(self) -> "Study":
        for name in {v.baseline for v in self.variants.values()} - {None}:
            if name not in self.variants:
                raise ValueError(f"a baseline is '{name}', but the variants are {[*self.variants]}")
            if len(self.variants[name].sources) != 1:
                raise ValueError(f"the variant '{name}' is a baseline: it has to have one source")
        known = [str(cell) for cell in self.cells]
        claimed = [cell for claim in self.claims for cell in (claim.cell, claim.than)]
        for section, named in (("published", self.published), ("claims", claimed)):
            for cell in named:
                if cell not in known:
                    raise ValueError(
                        f"'{section}' names the cell '{cell}', but the cells are {known}"
                    )
        return self


class Params(_Section):
    """The whole of params.yaml."""

    corpora: Annotated[list[Corpus], Field(min_length=1)]
    seed: Annotated[int, Field(ge=0)]
    workers: Annotated[int, Field(ge=0)]
    scheduler: str | None = None
    feature_cache_mb: Annotated[int, Field(ge=0)] = 2000
    sets: dict[Corpus, dict[Role, SetParams]]
    pretrain: dict[Corpus, dict[str, dict[Role, Pretraining]]]
    studies: dict[str, Study]

    def study(self, name: str, corpus: str) -> Study:
        """Study `name`, checked against the sets and sources of `corpus`.

        Raises InputError where the study, its target or one of its sources is unknown.
        """
        study = _named(self.studies, name, "study", "studies")
        self.role_params(corpus, study.target)
        for source in study.sources:
            self.check_source(source, corpus, study.model)
        return study

    def set_params(self, corpus: str) -> dict[Role, SetParams]:
        """Roles of `corpus` with how they are divided; InputError for an unknown corpus."""
        return _named(self.sets, corpus, "corpus", "sets")

    def role_params(self, corpus: str, role: str) -> SetParams:
        """How `role` of `corpus` is divided; InputError where either is unknown."""
        return _named(self.set_params(corpus), role, "role", f"sets.{corpus}")

    def pretraining(self, corpus: str, model: str, source: str) -> Pretraining:
        """How the network `<model>-<source>` is trained; InputError where unknown."""
        models = _named(self.pretrain, corpus, "corpus", "pretrain")
        sources = _named(models, model, "model", f"pretrain.{corpus}")
        return _named(sources, source, "source", f"pretrain.{corpus}.{model}")

    def check_source(self, source: str, corpus: str, model: str) -> None:
        """Raise InputError unless `source` is `none` or a pretrained source of `corpus`."""
        if source != NO_SOURCE:
            self.pretraining(corpus, model, source)


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate a parameter file; InputError with every fault it has."""
    try:
        content = YAML(typ="safe").load(Path(path))
    except FileNotFoundError:
        raise InputError(f"{path}: not found. Run from the project's folder.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    except YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from error
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(fault)}" for fault in error.errors())
        raise InputError(f"{path}: {error.error_count()} fault(s)\n{faults}") from None


def _fault(fault: dict) -> str:
    where = ".".join(map(str, fault["loc"])) or "the file"
    found = fault["input"]
    shown = "" if isinstance(found, dict | list) else f", found {found!r}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    return f"{where}: {fault['msg']}{shown}"


def _named(table: dict, name: str, what: str, where: str) -> object:
    if name not in table:
        raise InputError(
            f"unknown {what} '{name}'; params.yaml has under '{where}': "
            f"{', '.join(table) or 'nothing'}"
        )
    return table[name]


if __name__ == "__main__":
    try:
        load()
    except InputError as error:
        raise SystemExit(str(error)) from None
