"""What replicates and trials are made from: files, each known by its digest, and their images."""

import functools
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.made_from import made_from
from glyph_transfer.files import read_json, sha256
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet, Selection
from glyph_transfer.layout import (
    found_file,
    parts_folder,
    set_facts_file,
    set_file,
    source_file,
)
from glyph_transfer.protocol import Study, candidates
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params


@dataclass(frozen=True)
class Target:
    """The set that is learned: a role's file, and which of its images; `digest` is the file's."""

    path: Path
    digest: str
    selection: Selection

    def with_absolute_path(self) -> "Target":
        """Give the target for a process that works in another folder."""
        return replace(self, path=self.path.absolute())


@dataclass(frozen=True)
class Files:
    """Where a study's inputs and the results of its finished replicates lie.

    Attributes:
        targets: target -> file of its role's set, and the images of it that are used.
        sources: (model, source) -> files of its pretrained networks.
        parts: folder for the results of finished replicates.
        found: what variants that are `searched` take from the search.
    """

    targets: dict[str, tuple[Path, Selection]]
    sources: dict[tuple[str, str], list[Path]]
    parts: Path
    found: Candidate | None = None


def files_of(settings: Params, name: str, study: Study) -> Files:
    """Say where the inputs of the study `name` lie.

    Raises:
        InputError: where a variant is `searched` and the search has not run, or a ready-made source
            cannot serve a target.
    """
    corpus = settings.corpus
    check_ready_made(settings, study)
    return Files(
        targets={
            target: (
                set_file(corpus, settings.role_of(target)),
                Selection(settings.classes_of(target), study.validation, study.images),
            )
            for target in {cell.target: None for cell in study.cells}
        },
        sources={
            (model, source): [
                source_file(corpus, model, source, number)
                for number in range(settings.pretraining(model, source).networks)
            ]
            for model, source in study.pretrained
        },
        parts=parts_folder(corpus, name),
        found=found_for(study, corpus),
    )


def found_for(study: Study, corpus: str) -> Candidate | None:
    """Give what the search found, if a variant of the study takes it."""
    if not any(variant.searched for variant in study.variants.values()):
        return None
    return candidates.load(found_file(corpus))


def check_ready_made(settings: Params, study: Study) -> None:
    """Refuse ready-made networks for classes that they have learned already.

    A corpus' own division into images for training and for testing is not that of the images that
    such a network was trained on: the embedded digits, for one, are training images of MNIST.

    Raises:
        InputError: that names the cell and the classes.
    """
    cards = {(card.model, card.source): card for card in settings.cards_of(study)}
    for cell in study.trained_cells:
        card = cards.get((study.source_model(cell), cell.source))
        if card is None:
            continue
        facts = read_json(set_facts_file(settings.corpus, settings.role_of(cell.target)))
        classes = settings.classes_of(cell.target) or facts["classes"]
        if known := [name for name in classes if name in card.classes]:
            raise InputError(
                f"the ready-made source '{card.model}-{card.source}' has learned classes of the "
                f"target '{cell.target}' ({', '.join(known)}), perhaps from the very images that "
                f"it would be scored on: the cell '{cell}' needs another source"
            )


def digest(path: Path) -> str:
    """SHA-256 of a file; InputError where it is missing."""
    try:
        return sha256(path)
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `dvc repro` makes it.") from None


def require(path: Path, expected: str) -> None:
    """Raise InputError unless a worker finds the file that the study was planned with."""
    if digest(path) != expected:
        raise InputError(f"{path}: is not the file that the study was planned with. Run it again.")


@functools.cache
def images_of(name: str, target: Target, seed: int) -> ImageSet:
    """Load and divide a target, once in a process; InputError where its file is another now."""
    require(target.path, target.digest)
    return sets.select(name, sets.load(target.path), target.selection, seed)


def fingerprint(program: str, determinants: dict[str, object]) -> str:
    """SHA-256 of all that determines a result.

    Args:
        program: in `glyph_transfer.stages`, for its code and the environment.
        determinants: what else there is, as JSON can say it.
    """
    content = json.dumps(determinants | {"made_from": made_from(program)})
    return hashlib.sha256(content.encode()).hexdigest()
