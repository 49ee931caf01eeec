"""What a stage did, as files: the record to be tracked, and the conditions it ran under.

A record is a pure function of a stage's inputs and parameters, so equal work gives equal
bytes. Conditions (time, machine, versions, commit) differ from run to run and are kept
apart, where nothing but the report reads them. Both are outputs that DVC keeps, so that
a run can be logged again wherever the tracking store lacks it.
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.files import read_json, reading, sha256, write_json

if TYPE_CHECKING:
    import numpy as np

PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "mlflow", "dvc")


@dataclass(frozen=True)
class Dataset:
    """A split that a run used: `context` is train, validation or test."""

    name: str
    context: str
    digest: str
    images: int


@dataclass(frozen=True)
class Model:
    """A network to be logged.

    Attributes:
        path: its .keras file.
        registered_name, alias: in the registry.
        metrics: that it is shown with beside those of its run.
        classes: names of what it tells apart, in the order of its output.
        example: an image that it may be given, as `example_of` gives it.
    """

    path: str
    registered_name: str | None = None
    alias: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    example: str = ""


def example_of(image: "np.ndarray") -> str:
    """Give the bytes of a uint8 image (28, 28), row by row, in hexadecimal."""
    return image.tobytes().hex()


@dataclass(frozen=True)
class Record:
    """Everything that is logged of one run.

    Attributes:
        name: what the run is called.
        experiment: the experiment that it belongs to.
        tags: words to find it by.
        params: what was chosen.
        metrics: what was measured.
        curves: per-epoch metrics, one number an epoch from epoch 1.
        datasets: the splits used.
        artifacts: files, by path from the project's folder.
        tables: those CSV files among the artifacts that are to be shown as tables, too.
        model: a network to log with signature and example.
        children: runs under this one.
        description: of the run, for people.
        about: what its experiment is about, where this record says so.
        kept_as: its fingerprint, where not all of its files are at hand; see `kept`.
    """

    name: str
    experiment: str
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, object] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    datasets: list[Dataset] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    model: Model | None = None
    children: list["Record"] = field(default_factory=list)
    description: str = ""
    about: str = ""
    kept_as: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the record and of every file that it or a child of it names."""
        return self.kept_as or self.fingerprint_with(digests(self.files))

    def fingerprint_with(self, of_files: dict[str, str]) -> str:
        """Give the fingerprint that the record has with files of such digests, by path."""
        content = hashlib.sha256(json.dumps(content_of(self), sort_keys=True).encode())
        for path in self.files:
            content.update(of_files[path].encode())
        return content.hexdigest()

    @property
    def files(self) -> list[str]:
        """Every file that the record or a child of it names."""
        own = [*self.artifacts, *([self.model.path] if self.model else [])]
        return own + [path for child in self.children for path in child.files]


def digests(paths: list[str]) -> dict[str, str]:
    """SHA-256 of files, by path."""
    return {path: sha256(Path(path)) for path in paths}


def content_of(record: Record) -> dict:
    """All that a record says, as JSON has it; not how it is kept."""
    return asdict(record, dict_factory=lambda pairs: {k: v for k, v in pairs if k != "kept_as"})


@dataclass(frozen=True)
class Conditions:
    """When, where, with what and how long a stage ran.

    Of a study, the seconds of every replicate by cell, whole and for training alone. Of a
    training, the digest of its code; see `code`.
    """

    started: str
    seconds: float
    commit: str
    machine: str
    versions: dict[str, str]
    replicate_seconds: dict[str, list[float]] = field(default_factory=dict)
    training_seconds: dict[str, list[float]] = field(default_factory=dict)
    code: str = ""


def write_record(record: Record, path: Path) -> None:
    """Write a stage's record."""
    write_json(path, content_of(record))


def read_record(path: Path) -> Record:
    """Read a stage's record; InputError where it is missing or none."""
    with reading(path, "the record of a stage"):
        return record_of(read_json(path))


def read_conditions(path: Path) -> Conditions:
    """Read a stage's conditions; InputError where they are missing or none."""
    with reading(path, "the conditions of a stage"):
        return Conditions(**read_json(path))


def measured_conditions(started: float, **extra: object) -> Conditions:
    """Conditions of a stage that began at `started`, in seconds since the epoch."""
    return Conditions(
        started=datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        seconds=round(time.time() - started, 2),
        commit=_commit(),
        machine=_machine(),
        versions={"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        **extra,
    )


def write_conditions(conditions: Conditions, path: Path) -> None:
    """Write a stage's conditions."""
    write_json(path, asdict(conditions))


def record_of(content: dict) -> Record:
    """Give the record that a file of `write_record` has."""
    return Record(
        **content
        | {
            "datasets": [Dataset(**dataset) for dataset in content["datasets"]],
            "model": Model(**content["model"]) if content["model"] else None,
            "children": [record_of(child) for child in content["children"]],
        }
    )


def _commit() -> str:
    """Commit of the code; `-dirty` if src/ is not as committed. Parameters are tracked apart."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return f"{commit}-dirty" if _git("status", "--porcelain", "--", "src") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}"
