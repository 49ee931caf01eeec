"""What the report reads of every stage, as it is committed: runs and pages in any clone.

`reports/<corpus>/records/<stage>.json` has the record of a stage, its conditions and the digests
of the record's files. Facts and pictures lie in the folder of the stage's name beside it; tables
are committed where the stage wrote them. Networks are left out, and charts, which the report
draws anew.
"""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, reading, replacing, sha256, write_text
from glyph_transfer.layout import (
    conditions_file,
    figures_folder,
    record_file,
    records_folder,
    report_folder,
)
from glyph_transfer.tracking import code
from glyph_transfer.tracking.records import (
    Conditions,
    Record,
    content_of,
    digests,
    read_conditions,
    read_record,
    record_of,
)

PHOTOGRAPHS = ("mistakes.png",)
"""Figures of a study that show images, so that no table gives them."""

_EXPECTED = "what the stage `keep` writes"
_REMEDY = "Take it from Git, `git checkout`, or make it again, `dvc repro`."


@dataclass(frozen=True)
class Kept:
    """A stage as it is kept.

    Attributes:
        record: with those of its files that are at hand; it has its whole fingerprint all the same.
        conditions: under which it came about, with the digest of the code of a training.
    """

    record: Record
    conditions: Conditions


def of_this_folder(corpus: str, stage: str) -> Kept:
    """Give what a stage did here, with the digest of the code of a training.

    Raises:
        InputError: where a file of it is missing.
    """
    record = read_record(record_file(corpus, stage))
    for path in record.files:
        if not Path(path).exists():
            raise InputError(f"{path}: not found, but {stage} says it wrote it. `dvc repro`.")
    return Kept(record, _with_code(record, read_conditions(conditions_file(corpus, stage))))


def keep(stages: dict[str, Kept], corpus: str) -> None:
    """Keep stages of this folder, by their names.

    Raises:
        InputError: where one was trained by other code than today's; nothing is kept then.
    """
    check_code(stages, corpus)
    for stage, done in stages.items():
        _write(done, stage, corpus)


def _write(done: Kept, stage: str, corpus: str) -> None:
    record, folder = done.record, records_folder(corpus)
    of_files = digests(record.files)
    shutil.rmtree(folder / stage, ignore_errors=True)
    for path in map(Path, record.artifacts):
        if _is_copied(path, corpus):
            with replacing(folder / stage / path.name) as temporary:
                shutil.copyfile(path, temporary)
    content = {
        "fingerprint": record.fingerprint_with(of_files),
        "conditions": asdict(done.conditions),
        "digests": of_files,
        "record": content_of(record),
    }
    dense = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_text(folder / f"{stage}.json", dense + "\n")


def read(corpus: str, stage: str) -> Kept | None:
    """Read a stage as it is kept; None where it is not.

    Raises:
        InputError: where a file of it is not as the stage wrote it.
    """
    folder = records_folder(corpus)
    path = folder / f"{stage}.json"
    if not path.exists():
        return None
    content = read_json(path, _EXPECTED)
    with reading(path, _EXPECTED, _REMEDY):
        whole, of_files = record_of(content["record"]), content["digests"]
        conditions, fingerprint = Conditions(**content["conditions"]), content["fingerprint"]
        if whole.fingerprint_with(of_files) != fingerprint:
            raise InputError(f"{path}: changed since the stage `keep` wrote it. {_REMEDY}")
    at_hand = {}
    for name in whole.files:
        named = Path(name)
        places = [named, folder / stage / named.name]
        found = [each for each in places if each.exists() and sha256(each) == of_files[name]]
        if found:
            at_hand[name] = str(found[0])
        elif _is_copied(named, corpus) or report_folder(corpus) in named.parents:
            raise InputError(f"{name} of {stage} is missing or not as it was written. {_REMEDY}")
    if [*at_hand] == [*at_hand.values()] and {*at_hand} == {*whole.files}:
        return Kept(whole, conditions)
    here = replace(
        whole,
        artifacts=[at_hand[name] for name in whole.artifacts if name in at_hand],
        model=None,
        kept_as=fingerprint,
    )
    return Kept(here, conditions)


def _is_copied(path: Path, corpus: str) -> bool:
    """Whether a file that a record names is kept beside it."""
    is_chart = figures_folder(corpus, "").resolve() in path.resolve().parents
    is_in_data = record_file(corpus, "").parent.parent.resolve() in path.resolve().parents
    return is_in_data and path.suffix != ".keras" and (not is_chart or path.name in PHOTOGRAPHS)


def _with_code(record: Record, conditions: Conditions) -> Conditions:
    """Add the digest of a training's code where it is not known but that of its commit is."""
    program = record.tags["stage"]
    if conditions.code or program not in code.TRAININGS:
        return conditions
    return replace(conditions, code=code.digest_at(program, conditions.commit) or "")


def check_code(kept: dict[str, Kept], corpus: str) -> None:
    """Refuse what other code than today's has trained: a page is of one code, or there is none.

    Args:
        kept: by the names of stages.
        corpus: whose stages they are.

    Raises:
        InputError: that names these stages, the commits that trained them, and what to type.
    """
    others = {
        stage: each.conditions.commit
        for stage, each in kept.items()
        if (program := each.record.tags["stage"]) in code.TRAININGS
        and each.conditions.code != code.digest(program)
    }
    if not others:
        return
    listed = ", ".join(f"{stage} (commit {commit})" for stage, commit in others.items())
    folder = records_folder(corpus)
    raise InputError(
        f"{corpus}: trained by other code than that in src/: {listed}. Train anew with `dvc repro` "
        f"({corpus} under `corpora` in params.yaml), then `python -m glyph_transfer.stages keep "
        f"{corpus}`; or leave studies out until then: `git rm -r {folder}/STUDY.json "
        f"{folder}/evaluate_STUDY*`."
    )
