"""What a report rests on: results of studies, networks and images, as tracked."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.rows import (
    CellRow,
    ClaimRow,
    ConfusionRow,
    CurveRow,
    DifferenceRow,
    ForecastRow,
    LabelWorthRow,
    MistakeRow,
    PublishedRow,
    ReplicateRow,
)
from glyph_transfer.analysis.words import Words, in_words
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Cell
from glyph_transfer.report.cell_names import CellNames

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun


@dataclass(frozen=True)
class StudyResults:
    """Results of a study.

    Attributes:
        name: as in params.yaml.
        question: what it asks.
        roles: whose images it rests on.
        params: what was chosen, as tracked.
        cells, differences, replicates, claims, published, label_worth, confusion, mistakes,
            forecasts: the tables of the stage `evaluate`.
        pictures: its pictures of images as PNG, by name.
        seconds: cell -> how long each replicate took; empty where that was not tracked.
        training_seconds: the same of training alone.
        curves: its learning curves; none where nothing draws them.
        author: what the author of a published study did; empty of none.
        note: why its values may differ from published ones; empty if nothing is known.
        words: for models, variants and sets.
    """

    name: str
    question: str
    roles: list[str]
    params: dict[str, str]
    cells: list[CellRow]
    differences: list[DifferenceRow]
    replicates: list[ReplicateRow]
    claims: list[ClaimRow]
    published: list[PublishedRow]
    label_worth: list[LabelWorthRow]
    confusion: list[ConfusionRow]
    mistakes: list[MistakeRow]
    pictures: dict[str, bytes]
    seconds: dict[Cell, list[float]]
    training_seconds: dict[Cell, list[float]]
    curves: list[CurveRow] = field(default_factory=list)
    forecasts: list[ForecastRow] = field(default_factory=list)
    author: str = ""
    note: str = ""
    words: Words = field(default_factory=dict)

    @property
    def batch_norm_momentum(self) -> float:
        """Momentum of the moving averages of batch normalisation."""
        return float(self.params["batch_norm_momentum"])

    @property
    def names(self) -> CellNames:
        """What its cells are called."""
        compared = [row.cell for row in self.differences]
        return CellNames([row.cell for row in self.cells], compared, self.words)

    def cell(self, cell: Cell) -> CellRow:
        """Give the row of a cell; InputError where the table of cells lacks it."""
        for row in self.cells:
            if row.cell == cell:
                return row
        raise InputError(
            f"{self.name}: its tables speak of the cell '{cell}', but its table of cells has no "
            "such row. `dvc repro` makes them again."
        )

    def published_pair(self, claim: ClaimRow) -> list[PublishedRow]:
        """Give the published values that a claim compares; none where there are not both."""
        by_cell = {(row.cell, row.score): row for row in self.published}
        found = [by_cell.get((cell, claim.score)) for cell in (claim.cell, claim.than)]
        return [] if None in found else found

    @property
    def judged(self) -> list[PublishedRow]:
        """Published values that can be held against ours."""
        known = (Agreement.AGREES, Agreement.HIGHER, Agreement.LOWER)
        return [row for row in self.published if row.agreement in known]

    def has_own_batch_size(self, variant: str) -> bool:
        """Whether a variant is trained in batches of another size than the study's."""
        return f"variants.{variant}.batch_size" in self.params

    def reestimated(self, cell: Cell) -> Cell | None:
        """Give the cell that differs in that its batch-norm statistics are taken anew, if any.

        It is known by what was tracked of its variant: all but the statistics, and what it is
        compared with, is the same.
        """
        variants = dict.fromkeys(row.cell.variant for row in self.cells)
        twin = self._protocol(cell.variant) | {"reestimate_batch_norm": "True"}
        return next(
            (
                cell._replace(variant=variant)
                for variant in variants
                if variant != cell.variant and self._protocol(variant) == twin
            ),
            None,
        )

    def _protocol(self, variant: str) -> dict[str, str]:
        """What was tracked of how a variant is trained."""
        prefix = f"variants.{variant}."
        return {
            name.removeprefix(prefix): value
            for name, value in self.params.items()
            if name.startswith(prefix) and name != f"{prefix}baseline"
        }


@dataclass(frozen=True)
class SimilarityRow:
    """Linear CKA between a layer of a network before and one after fine-tuning, 0 to 1."""

    source: str
    before: str
    after: str
    cka: float


@dataclass(frozen=True)
class Visualisation:
    """Pictures of single networks.

    Attributes:
        study: whose networks they are.
        roles: whose images they rest on.
        draw: whose networks they are, in that study.
        images: validation images that features were computed of, at most, of each set.
        sources: of the networks, but for the one trained from scratch.
        similarity: a row for every pair of layers.
        pictures: PNG by name.
    """

    study: str
    roles: list[str]
    draw: str
    images: str
    sources: list[str]
    similarity: list[SimilarityRow]
    pictures: dict[str, bytes]


@dataclass(frozen=True)
class SearchResults:
    """A search for hyper-parameters.

    Attributes:
        role: whose images it rests on.
        model: whose hyper-parameters are searched.
        study: that trains what is found.
        params: how it was done, as tracked.
        metrics: numbers of trials and of distinct ones, and the best validation loss, in nats,
            if any is finite.
        best: hyper-parameter -> its value in the best trial.
        trials: all of them, as rows of their table.
    """

    role: str
    model: str
    study: str
    params: dict[str, str]
    metrics: dict[str, float]
    best: dict[str, float]
    trials: list[dict[str, float | None]]


@dataclass(frozen=True)
class Source:
    """A pretrained network.

    Attributes:
        name: model and source.
        roles: whose images it learned; none of this corpus where it is ready-made.
        metrics: its scores.
        curves: by name, with a number an epoch.
        keeps_best: whether it has the weights of the best epoch on the validation images; else
            those of the last.
    """

    name: str
    roles: list[str]
    metrics: dict[str, float]
    curves: dict[str, list[float]]
    keeps_best: bool


@dataclass(frozen=True)
class Images:
    """A set: what the stage `convert` says of it, and its sheet as PNG."""

    role: str
    facts: dict
    sheet: bytes


@dataclass(frozen=True)
class Evidence:
    """All of it, by name; None stands for what has not run yet.

    Of results as they are committed there are studies and answers alone.

    Attributes:
        answers: what of the question is answered, as `protocol.Question` names it -> names of
            the studies that answer it, in their order.
        stages: their runs, which tell how each was run.
    """

    corpus: str
    studies: dict[str, StudyResults | None]
    answers: dict[str, list[str]]
    visualisation: Visualisation | None = None
    search: SearchResults | None = None
    sources: dict[str, Source | None] = field(default_factory=dict)
    images: dict[str, Images | None] = field(default_factory=dict)
    stages: "dict[str, TrackedRun | None]" = field(default_factory=dict)

    @property
    def finished(self) -> list[StudyResults]:
        """Studies with results."""
        return [study for study in self.studies.values() if study]

    @property
    def words(self) -> Words:
        """Words of all studies for models, variants and sets."""
        return {name: text for study in self.finished for name, text in study.words.items()}

    def called(self, source: Source) -> str:
        """Give the name of a source network for people."""
        model, _, learned = source.name.partition("-")
        return f"{in_words(model, self.words)} on {in_words(learned, self.words)}"

    def answering(self, part: str) -> StudyResults | None:
        """Give the first study with results that answers a part of the question."""
        names = self.answers.get(part, [])
        return next((study for name in names if (study := self.studies.get(name))), None)

    def has_stand_ins(self, study: StudyResults) -> bool:
        """Whether a study rests on images that are drawn in place of published ones."""
        return any(self.provenance(role) == "generated" for role in study.roles)

    @property
    def has_own_images(self) -> bool:
        """Whether images of one's own stand where published ones would."""
        from glyph_transfer.images.sets import OTHER  # with NumPy, which a summary does without

        return any(self.provenance(role) == OTHER for role in self.images)

    @property
    def versions(self) -> dict[str, list[str]]:
        """Package -> its versions that stages ran with, sorted."""
        tags = [tag for stage in self.stages.values() if stage for tag in stage.tags.items()]
        found: dict[str, set[str]] = {}
        for name, version in sorted(tags):
            if name.startswith("version."):
                found.setdefault(name.removeprefix("version."), set()).add(version)
        return {package: sorted(versions) for package, versions in found.items()}

    @property
    def not_run(self) -> list[str]:
        """Names of the studies that have not run."""
        return [name for name, study in self.studies.items() if study is None]

    def provenance(self, role: str) -> str:
        """Where the images of `role` came from: official, unofficial, generated or unknown."""
        images = self.images.get(role)
        return images.facts["provenance"] if images else "unknown"
