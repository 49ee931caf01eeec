"""What a report rests on: results of studies, networks and images, as tracked."""

from dataclasses import dataclass
from datetime import datetime

from glyph_transfer.report.findings import Row

VISUALISED = "few_labels"
"""The study whose networks are shown."""

SEARCHED = "architectures"
"""The study that trains what the search for hyper-parameters finds."""


@dataclass(frozen=True)
class Study:
    """Results of a study.

    Attributes:
        name: as in params.yaml.
        roles: whose images it rests on.
        params: what was chosen, as tracked.
        cells, differences, replicates, claims, published, labels, confusion, mistakes: the
            tables of the stage `evaluate`.
        figures: its figures as PNG, by name; none of what there was nothing to draw.
        seconds: cell -> how long each replicate took; empty where that was not tracked.
        training_seconds: the same of training alone.
    """

    name: str
    roles: list[str]
    params: dict[str, str]
    cells: list[Row]
    differences: list[Row]
    replicates: list[Row]
    claims: list[Row]
    published: list[Row]
    labels: list[Row]
    confusion: list[Row]
    mistakes: list[Row]
    figures: dict[str, bytes]
    seconds: dict[str, list[float]]
    training_seconds: dict[str, list[float]]

    @property
    def question(self) -> str:
        """What the study answers."""
        return self.params["question"]

    @property
    def note(self) -> str:
        """Why its figures may differ from published ones; empty if nothing is known."""
        return self.params.get("note", "")

    @property
    def momentum(self) -> float:
        """Momentum of batch normalisation."""
        return float(self.params["batch_norm_momentum"])


@dataclass(frozen=True)
class Visualisation:
    """Pictures of single networks.

    Attributes:
        study: whose networks they are.
        roles: whose images they rest on.
        draw: whose networks they are, in that study.
        images: validation images that features were computed of, at most, of each set.
        sources: of the networks, but for the one trained from scratch.
        similarity: `source`, `before`, `after`, `cka` for every pair of layers.
        figures: PNG by name.
    """

    study: str
    roles: list[str]
    draw: str
    images: str
    sources: list[str]
    similarity: list[Row]
    figures: dict[str, bytes]


@dataclass(frozen=True)
class Search:
    """A search for hyper-parameters: how, what it found, and its trials as PNG.

    Attributes:
        role: whose images it rests on.
        params: how it was done, as tracked.
        metrics: numbers of trials and of distinct ones, the best validation loss, and the
            hyper-parameters that have it.
        figure: the trials.
    """

    role: str
    params: dict[str, str]
    metrics: dict[str, float]
    figure: bytes


@dataclass(frozen=True)
class Source:
    """A pretrained network.

    Attributes:
        name: model and source.
        role: whose images it learned.
        metrics: its scores.
        curves: by name, with a number an epoch.
        keeps_best: whether it has the weights of the best epoch on the validation images; else
            those of the last.
    """

    name: str
    role: str
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
class Stage:
    """How a stage was run, and how its run is found."""

    name: str
    started: datetime
    seconds: float
    params: dict[str, str]
    tags: dict[str, str]
    fingerprint: str


@dataclass(frozen=True)
class Evidence:
    """All of it, by name; None stands for what has not run yet."""

    corpus: str
    studies: dict[str, Study | None]
    visualisation: Visualisation | None
    search: Search | None
    sources: dict[str, Source | None]
    images: dict[str, Images | None]
    stages: dict[str, Stage | None]

    @property
    def finished(self) -> list[Study]:
        """Studies with results."""
        return [study for study in self.studies.values() if study]

    @property
    def command(self) -> str:
        """What makes the report, and whatever is missing from it."""
        if self.corpus == "embedded":
            return "dvc repro report@embedded"
        allowed = "".join(
            f" -S sets.{self.corpus}.{role}.allow_unofficial=true"
            for role in self.images
            if self.provenance(role) == "unofficial"
        )
        return f"dvc exp run -S 'corpora=[embedded,{self.corpus}]'{allowed}"

    def provenance(self, role: str) -> str:
        """Where the images of `role` came from: official, unofficial, generated or unknown."""
        images = self.images.get(role)
        return images.facts["provenance"] if images else "unknown"
