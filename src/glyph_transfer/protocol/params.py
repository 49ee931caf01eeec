"""params.yaml, with published.yaml, as frozen objects; unknown keys and wrong types are errors."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Discriminator, Field, PositiveInt, Tag, model_validator

from glyph_transfer.errors import InputError
from glyph_transfer.images import roles
from glyph_transfer.protocol import (
    NO_SOURCE,
    LearningRate,
    Question,
    Recipe,
    Schema,
    Study,
    Training,
    Variant,
    by_corpus,
    content,
)
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.by_corpus import CORPORA
from glyph_transfer.protocol.candidates import Search
from glyph_transfer.protocol.names import Name, StudyName
from glyph_transfer.protocol.own import Own, Task
from glyph_transfer.protocol.ready_made import Card, ReadyMade
from glyph_transfer.protocol.set_params import Role, SetParams, Subset, Union, known_role
from glyph_transfer.protocol.validation import validated

Corpus = Literal["embedded", "official"]


class Pretraining(Training):
    """How the networks of a source are trained.

    Attributes:
        networks: how many, alike but for what is random; the draws of a study take them in turn.
        n_train: how many of the training images, the first ones; None for all.
        decay: the rate of step t, from 0, is learning_rate / (1 + decay * t).
        one_cycle: whether the rate rises to `learning_rate` over the first tenth of the steps and
            falls to 0 over the others.
        balanced: whether the network learns as if all classes were equally frequent.
        augmentation: by which every image is changed anew in every epoch; None for none.
        patience: epochs without a better validation loss after which training stops, and the
            best epoch's weights are kept; None for training through all epochs.
    """

    networks: PositiveInt = 1
    n_train: PositiveInt | None = None
    learning_rate: LearningRate
    decay: Annotated[float, Field(ge=0)] = 0.0
    one_cycle: bool = False
    balanced: bool = False
    augmentation: Augmentation | None = None
    epochs: PositiveInt
    patience: PositiveInt | None = None

    @model_validator(mode="after")
    def _a_cycle_is_gone_through(self) -> "Pretraining":
        if self.one_cycle and self.patience is not None:
            raise ValueError(
                "has a 'patience', but its 'one_cycle' is of use in the last epochs alone: leave "
                "one of them out"
            )
        return self


Source = Annotated[
    Annotated[Pretraining, Tag("<trained>")] | Annotated[ReadyMade, Tag("<ready-made>")],
    Discriminator(
        lambda given: (
            "<ready-made>"
            if isinstance(given, ReadyMade) or (isinstance(given, dict) and "ready_made" in given)
            else "<trained>"
        )
    ),
]
"""A source network: trained here, or one that comes with the project."""


class Searched(NamedTuple):
    """The training that takes what a search finds.

    Attributes:
        study: whose variant it is.
        model: that is trained.
        variant, training: how it is trained, apart from what is searched.
    """

    study: str
    model: str
    variant: Variant
    training: Training


class Params(Schema):
    """The whole of params.yaml, as it is for one corpus."""

    corpus: Corpus
    corpora: Annotated[list[Corpus], Field(min_length=1)]
    roles: list[Role] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)]
    workers: Annotated[int, Field(ge=0)]
    scheduler: str | None = None
    feature_cache_mb: Annotated[int, Field(ge=0)] = 2000
    sets: dict[Role, SetParams]
    subsets: dict[Name, Subset] = Field(default_factory=dict)
    unions: dict[Name, Union] = Field(default_factory=dict)
    pretrain: dict[str, dict[str, Source]] = Field(default_factory=dict)
    recipes: dict[Name, Recipe] = Field(default_factory=dict)
    own: Own | None = None
    search: Search | None = None
    studies: dict[StudyName, Study]

    @model_validator(mode="after")
    def _every_role_is_divided(self) -> "Params":
        for role in self.roles:
            if role not in self.sets:
                raise ValueError(f"'roles' has '{role}', but 'sets.{self.corpus}' has no such line")
        return self

    @model_validator(mode="after")
    def _sets_have_names_of_their_own(self) -> "Params":
        for name in (*self.subsets, *self.unions):
            if name in roles.names() or (name in self.subsets and name in self.unions):
                raise ValueError(f"'{name}' under 'subsets' or 'unions' is another set's name too")
        return self

    @model_validator(mode="after")
    def _sources_are_whole_sets(self) -> "Params":
        for source in {source for sources in self.pretrain.values() for source in sources}:
            if source not in self.unions:
                known_role(source)
        return self

    @model_validator(mode="after")
    def _own_recipes_are_known(self) -> "Params":
        unknown = (
            [name for name in self.own.recipes if name not in self.recipes] if self.own else []
        )
        if unknown:
            raise ValueError(f"own.recipes has '{unknown[0]}', which is not under 'recipes'")
        return self

    @model_validator(mode="after")
    def _recipes_can_be_trained(self) -> "Params":
        for name, recipe in self.recipes.items():
            if recipe.phases and recipe.training is None:
                raise ValueError(
                    f"recipes.{name} has 'phases': it needs {', '.join(Training.model_fields)}"
                )
        return self

    def study(self, name: str) -> Study:
        """Study `name`, checked against the corpus's sets and source networks.

        Raises InputError where the study, one of its targets or of its sources is unknown.
        """
        study = _named(self.studies, name, "study", "studies")
        for role in {role for cell in study.cells for role in self.parts_of(cell.target)}:
            self.role_params(role)
        for model, source in study.pretrained:
            self.pretraining(model, source)
        return study

    def own_task(self, name: str) -> Task:
        """Give a user's images; InputError where no such task is named."""
        return _named(self.own.tasks if self.own else {}, name, "task", "own.tasks")

    def search_params(self) -> Search:
        """How hyper-parameters are searched; InputError where that or the target is unknown."""
        if self.search is None:
            raise InputError(f"params.yaml has nothing under 'search.{self.corpus}'")
        self.role_params(self.role_of(self.search.target))
        return self.search

    def searched(self, target: str) -> Searched:
        """Give the training of a target that takes what the search finds.

        Raises:
            InputError: where no variant on the target is `searched`, or variants of several
                models are: a search is of one network.
        """
        trainings = {
            cell.model: Searched(
                name, cell.model, study.variants[cell.variant], study.training_of(cell)
            )
            for name, study in reversed(self.studies.items())
            for cell in reversed(study.trained_cells)
            if cell.target == target and study.variants[cell.variant].searched
        }
        if len(trainings) != 1:
            raise InputError(
                f"the search is to find hyper-parameters of one model on '{target}', but the "
                f"variants that are `searched` train {', '.join(trainings) or 'none'}"
            )
        return trainings.popitem()[1]

    def roles_of(self, study: Study) -> list[str]:
        """Roles whose images a study rests on, targets first; ready-made sources have cards."""
        taken = [source for model, source in study.pretrained if self.is_ready_made(model, source)]
        named = [*(cell.target for cell in study.cells), *study.sources]
        wanted = [name for name in named if name != NO_SOURCE and name not in taken]
        return list(dict.fromkeys(role for name in wanted for role in self.parts_of(name)))

    def is_ready_made(self, model: str, source: str) -> bool:
        """Whether a source network comes with the project, and is not trained."""
        return isinstance(self.pretrain.get(model, {}).get(source), ReadyMade)

    def cards_of(self, study: Study) -> list[Card]:
        """Cards of the ready-made sources of a study; InputError where one is not as it was."""
        return [
            self.pretraining(model, source).card(model, source)
            for model, source in study.pretrained
            if self.is_ready_made(model, source)
        ]

    def role_of(self, name: str) -> str:
        """Role that a set, such as `digits_0_6`, is of."""
        return self.subsets[name].role if name in self.subsets else name

    def classes_of(self, name: str) -> tuple[str, ...] | None:
        """Classes that a set is restricted to; None for all of its role."""
        return tuple(self.subsets[name].classes) if name in self.subsets else None

    def parts_of(self, name: str) -> list[str]:
        """Roles whose images a set has: those of a union, or the only one."""
        return self.unions.get(name) or [self.role_of(name)]

    def role_params(self, role: str) -> SetParams:
        """How a role is divided; InputError where it is unknown."""
        return _named(self.sets, role, "role", f"sets.{self.corpus}")

    def pretraining(self, model: str, source: str) -> Pretraining | ReadyMade:
        """How the networks `<model>-<source>` are trained; InputError where unknown."""
        sources = _named(self.pretrain, model, "model", f"pretrain.{self.corpus}")
        return _named(sources, source, "source", f"pretrain.{self.corpus}.{model}")


def load(path: Path = Path("params.yaml"), corpus: str | None = None) -> Params:
    """Read and validate a parameter file, and the `published.yaml` beside it if there is one.

    Args:
        path: of the file.
        corpus: whose values are given; None for the first that the file names under `corpora`.
            Those of all that it names are validated.

    Raises:
        InputError: where a file cannot be read, or with every fault that it has, or where
            there is no such corpus.
    """
    path = Path(path)
    if corpus not in (None, *CORPORA):
        raise InputError(f"unknown corpus '{corpus}'; there are: {', '.join(CORPORA)}")
    written, beside = content.read(path), path.with_name("published.yaml")
    asked = content.read(beside) if beside.exists() else {}
    whole = {}
    for each in CORPORA:
        questions = by_corpus.of_corpus(asked, each)
        validated(dict[str, Question], questions, beside, partial(by_corpus.place, asked, each))
        values = content.for_corpus(written, each, path)
        whole[each] = content.with_questions(values, questions, beside)
    listed = _listed(written)
    valid = {}
    for each in dict.fromkeys([corpus or listed[0], *listed]):
        values = content.without_cells_of_others(whole, each)
        if isinstance(values, dict):
            values = values | {"corpus": each}
        valid[each] = validated(Params, values, path, partial(by_corpus.place, written, each))
    return valid[corpus or listed[0]]


def _listed(written: object) -> list[str]:
    """Corpora that a file names; the first there is where it names none, which is a fault."""
    named = written.get("corpora") if isinstance(written, dict) else None
    known = [name for name in CORPORA if isinstance(named, list) and name in named]
    return sorted(known, key=named.index) if known else [CORPORA[0]]


def _named(table: dict, name: str, what: str, where: str) -> object:
    if name not in table:
        raise InputError(
            f"unknown {what} '{name}'; params.yaml has under '{where}': "
            f"{', '.join(table) or 'nothing'}"
        )
    return table[name]
