"""dvc.lock is whole at any moment, and one that a kill or a full disk has cut is replaced.

DVC writes it in place after every stage, all of it, which takes a second for a pipeline of this
size: a kill meanwhile cuts it, and another process that reads it then finds stages missing.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ruamel.yaml import YAML

from glyph_transfer.commands.mending import users
from glyph_transfer.files import replacing, write_text

if TYPE_CHECKING:
    from dvc.fs import FileSystem


def write_whole() -> None:
    """Have DVC replace its files in this process, and not write them in place."""
    from dvc.utils.serialize import _common, _yaml

    for module in (_common, _yaml):  # which has it by its name
        module._dump_data = _dump_whole


def _dump_whole(
    path: str,
    data: object,
    dumper: Callable[[object, TextIO], None],
    fs: "FileSystem | None" = None,  # noqa: ARG001 - of this machine, as all that it writes to
    **how: object,
) -> None:
    with replacing(Path(path)) as temporary, open(temporary, "w", encoding="utf-8") as file:
        dumper(data, file, **how)


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
