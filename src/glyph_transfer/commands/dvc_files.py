"""dvc.lock is whole at any moment, and one that a kill or a full disk has cut is replaced.

DVC reads all of it after every stage, with its comments, and writes all of it in place, which takes
two seconds for a pipeline of this size: a kill meanwhile cuts it, and another process that reads it
then finds stages missing. Here the lines of the stage alone are made anew.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ruamel.yaml import YAML

from glyph_transfer.commands.mending import users
from glyph_transfer.files import replacing, write_text

if TYPE_CHECKING:
    from dvc.dvcfile import Lockfile
    from dvc.fs import FileSystem
    from dvc.stage import PipelineStage

HEAD = "schema: '2.0'\nstages:\n"
"""How DVC begins dvc.lock; then comes stage after stage, by name, two spaces in."""

ANCHOR = re.compile(r"(?<=[:-] )([&*])id(\d{3,})(?=$| \[\]$| \{\}$)", re.MULTILINE)
"""A place that is repeated in a stage, or repeats one: YAML numbers them through a whole file."""


def write_whole() -> None:
    """Have DVC replace its files in this process, and of dvc.lock make a stage's lines alone."""
    from dvc.dvcfile import Lockfile
    from dvc.utils.serialize import _common, _yaml

    for module in (_common, _yaml):  # which has it by its name
        module._dump_data = _dump_whole
    as_dvc_does = Lockfile.dump_stages

    def dump_stages(lockfile: "Lockfile", stages: list["PipelineStage"], **how: object) -> None:
        if not _put(lockfile, stages, how):
            as_dvc_does(lockfile, stages, **how)

    Lockfile.dump_stages = dump_stages


def _put(lockfile: "Lockfile", stages: list["PipelineStage"], how: dict[str, object]) -> bool:
    """Put what DVC knows of stages into dvc.lock, to the byte as it does.

    Returns:
        Whether that was done: not where the file is not in the form in which DVC writes it.
    """
    from dvc.stage.serialize import to_lockfile
    from dvc.utils.serialize import dumps_yaml

    path = Path(lockfile.path)
    before = path.read_text(encoding="utf-8") if path.exists() else HEAD
    known = _lines_of_stages(before)
    if known is None:
        return False
    for stage in stages:
        given = dumps_yaml({"schema": "2.0", "stages": to_lockfile(stage, **how)})
        known |= _lines_of_stages(given)
    text = HEAD + _numbered_through(known.values())
    if text != before:
        write_text(path, text)
        lockfile.repo.scm_context.track_file(lockfile.relpath)
    return True


def _dump_whole(
    path: str,
    data: object,
    dumper: Callable[[object, TextIO], None],
    fs: "FileSystem | None" = None,  # noqa: ARG001 - of this machine, as all that it writes to
    **how: object,
) -> None:
    with replacing(Path(path)) as temporary, open(temporary, "w", encoding="utf-8") as file:
        dumper(data, file, **how)


def _lines_of_stages(text: str) -> dict[str, str] | None:
    """Divide a dvc.lock into the lines of each stage, by the first of them.

    Returns:
        None where the file is not in the form in which DVC writes it.
    """
    if not text.startswith(HEAD):
        return None
    nothing, *stages = re.split(r"^(?=  \S)", text.removeprefix(HEAD), flags=re.MULTILINE)
    divided = {lines.partition("\n")[0]: lines for lines in stages}
    regular = not nothing and all(name.endswith(":") for name in divided)
    return divided if regular and len(divided) == len(stages) else None


def _numbered_through(stages: Iterable[str]) -> str:
    """Join the lines of stages, with their anchors numbered from the first stage to the last."""
    joined, numbers = [], count(1)
    for lines in stages:
        given = {int(number) for _, number in ANCHOR.findall(lines)}
        new = {number: next(numbers) for number in sorted(given)}
        joined.append(
            ANCHOR.sub(lambda at, new=new: f"{at[1]}id{new[int(at[2])]:03}", lines)
            if new
            else lines
        )
    return "".join(joined)


def mend_lockfile(project: Path) -> bool:
    """Put the committed dvc.lock in place of one that cannot be read, unless DVC runs here.

    What was done since that commit DVC takes from its cache.

    Args:
        project: folder of the pipeline.

    Returns:
        Whether that was done.
    """
    path = project / "dvc.lock"
    if not path.exists() or _is_whole(path) or next(users(project / ".dvc" / "tmp"), None):
        return False
    git = ["git", "-C", str(project), "show", "HEAD:./dvc.lock"]
    committed = subprocess.run(git, capture_output=True, text=True, encoding="utf-8")
    if committed.returncode == 0:
        write_text(path, committed.stdout)
        done = "that of the last commit took its place"
    else:
        path.unlink()
        done = "it was removed"
    print(f"{path} was damaged, as by a kill or a full disk; {done}", file=sys.stderr)
    return True


def _is_whole(path: Path) -> bool:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA

    try:
        COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(path))
    except Exception:  # of YAML, of text, of the schema
        return False
    return True
