"""params.yaml, with published.yaml, as frozen objects; unknown keys and wrong types are errors."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import (
    NO_SOURCE,
    LearningRate,
    Question,
    Schema,
    Study,
    Training,
)
from glyph_transfer.protocol.candidates import SMALLEST_POPULATION, Bounds
from glyph_transfer.protocol.extending import extend_studies

Corpus = Literal["embedded", "official"]
Role = Literal["digits", "letters", "fashion", "balanced", "bymerge"]
Range = Annotated[tuple[float, float], Field(strict=False)]  # YAML has lists alone


class SetParams(Schema):
    """How a role's published training split is divided; without `train`, all that is left."""

    train: PositiveInt | None = None
    validation: PositiveInt
    allow_unofficial: bool = False


class Subset(Schema):
    """A set that is some classes of a role, labelled from 0 in the order given."""

    role: Role
    classes: Annotated[list[str], Field(min_length=2)]

    @model_validator(mode="after")
    def _each_class_once(self) -> "Subset":
        for name in self.classes:
            if self.classes.count(name) > 1:
                raise ValueError(f"the class '{name}' is named more than once")
        return self


class Pretraining(Training):
    """How a source network is trained.

    Attributes:
        n_train: how many of the training images, the first ones; None for all.
        decay: the rate of step t, from 0, is learning_rate / (1 + decay * t).
        patience: epochs without a better validation loss after which training stops, and the
            best epoch's weights are kept; None for training through all epochs.
    """

    n_train: PositiveInt | None = None
    learning_rate: LearningRate
    decay: Annotated[float, Field(ge=0)] = 0.0
    epochs: PositiveInt
    patience: PositiveInt | None = None


class Search(Schema):
    """How the hyper-parameters of S5's network (c) are searched; see `search/evolution.py`.

    Attributes:
        target: set that every candidate is trained on.
        validation: share of its training images that is held back, to score them on.
        n_train: how many of the rest they are trained on, the first ones.
        epochs, batch_size: of every trial.
        population: trials of a generation.
        generations: after the first.
        dropout, learning_rate, width: lowest and highest value.
    """

    target: str
    validation: Annotated[float, Field(gt=0, lt=1)]
    n_train: PositiveInt
    epochs: PositiveInt
    batch_size: PositiveInt
    population: Annotated[int, Field(ge=SMALLEST_POPULATION)]
    generations: Annotated[int, Field(ge=0)]
    dropout: Range
    learning_rate: Range
    width: Range

    @property
    def bounds(self) -> Bounds:
        """Bounds of the candidates."""
        return Bounds(self.dropout, self.learning_rate, self.width)

    @property
    def trials(self) -> int:
        """How many trials there are in all generations."""
        return self.population * (1 + self.generations)

    @model_validator(mode="after")
    def _bounds_can_be_trained(self) -> "Search":
        try:
            _ = self.bounds
        except InputError as error:
            raise ValueError(str(error)) from None
        return self


class Params(Schema):
    """The whole of params.yaml."""

    corpora: Annotated[list[Corpus], Field(min_length=1)]
    roles: list[Role] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)]
    workers: Annotated[int, Field(ge=0)]
    scheduler: str | None = None
    feature_cache_mb: Annotated[int, Field(ge=0)] = 2000
    sets: dict[Corpus, dict[Role, SetParams]]
    subsets: dict[str, Subset] = Field(default_factory=dict)
    pretrain: dict[Corpus, dict[str, dict[Role, Pretraining]]]
    search: dict[Corpus, Search] = Field(default_factory=dict)
    studies: dict[str, Study]

    @model_validator(mode="after")
    def _every_role_is_divided(self) -> "Params":
        for corpus in self.corpora:
            for role in self.roles:
                if role not in self.sets.get(corpus, {}):
                    raise ValueError(f"'roles' has '{role}', but 'sets.{corpus}' has no such line")
        return self

    def study(self, name: str, corpus: str) -> Study:
        """Study `name` as it is run on `corpus`, checked against its sets and sources.

        Raises InputError where the study, one of its targets or of its sources is unknown.
        """
        study = _named(self.studies, name, "study", "studies").on(corpus)
        for target in {cell.target for cell in study.cells}:
            self.role_params(corpus, self.role_of(target))
        for model, source in study.pretrained:
            self.pretraining(corpus, model, source)
        return study

    def search_on(self, corpus: str) -> Search:
        """How hyper-parameters are searched; InputError where corpus or target is unknown."""
        how = _named(self.search, corpus, "corpus", "search")
        self.role_params(corpus, self.role_of(how.target))
        return how

    def roles_of(self, study: Study) -> list[str]:
        """Roles whose images a study rests on, targets first."""
        named = [*(cell.target for cell in study.cells), *study.sources]
        return list(dict.fromkeys(self.role_of(name) for name in named if name != NO_SOURCE))

    def role_of(self, name: str) -> str:
        """Role that a set, such as `digits_0_6`, is of."""
        return self.subsets[name].role if name in self.subsets else name

    def classes_of(self, name: str) -> tuple[str, ...] | None:
        """Classes that a set is restricted to; None for all of its role."""
        return tuple(self.subsets[name].classes) if name in self.subsets else None

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


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate a parameter file, and the `published.yaml` beside it if there is one.

    Raises:
        InputError: where a file cannot be read, or with every fault that it has.
    """
    path = Path(path)
    content = _extended(_read(path), path)
    asked = path.with_name("published.yaml")
    if asked.exists():
        questions = _read(asked)
        _validated(dict[str, Question], questions, asked)
        content = _with_questions(content, questions, asked)
    return _validated(Params, content, path)


def _read(path: Path) -> object:
    try:
        return YAML(typ="safe").load(path)
    except FileNotFoundError:
        raise InputError(f"{path}: not found. Run from the project's folder.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    except YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from error


def _extended(content: object, path: Path) -> object:
    """Resolve what sections extend; what is not of this form is left for validation to tell."""
    if not isinstance(content, dict) or not isinstance(content.get("studies"), dict):
        return content
    if not all(isinstance(study, dict) for study in content["studies"].values()):
        return content
    return content | {"studies": extend_studies(content["studies"], path)}


def _validated(kind: type, content: object, path: Path) -> object:
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(fault)}" for fault in error.errors())
        raise InputError(f"{path}: {error.error_count()} fault(s)\n{faults}") from None


def _with_questions(content: object, questions: dict[str, dict], path: Path) -> object:
    """Add to the studies what the file `path` says of them."""
    try:
        studies = {name: dict(study) for name, study in content["studies"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return content  # not of this form: a fault that validation tells
    for name, question in questions.items():
        if name not in studies:
            raise InputError(
                f"{path}: unknown study '{name}'; params.yaml has {', '.join(studies)}"
            )
        if twice := question.keys() & studies[name].keys():
            raise InputError(f"{path}: params.yaml has {sorted(twice)} of the study '{name}' too")
        studies[name] |= question
    return content | {"studies": studies}


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
