"""Which code trained something, so that results of other code are told from those of today's.

The digest is of the files that `dvc.yaml` names, as Git knows them: that of the project's folder
is held against that of a commit without a checkout. Versions and the processor are not in it:
what one machine has trained, another one may show.
"""

import functools
import hashlib
import subprocess
from pathlib import Path

from glyph_transfer.experiments.made_from import PROJECT, code_of

TRAININGS = ("pretrain", "search", "transfer")
"""Programs in `glyph_transfer.stages` that train networks that numbers are of."""


@functools.cache
def digest(program: str) -> str:
    """Digest of a program's code, as it is when this process first asks.

    Args:
        program: one of `TRAININGS`.

    Returns:
        SHA-256, in hexadecimal.
    """
    files = [
        file
        for path in code_of(program)
        for file in ([path] if path.is_file() else path.rglob("*.py"))
    ]
    return _digest({_name(file): _blob(file.read_bytes()) for file in files})


def digest_at(program: str, commit: str) -> str | None:
    """Digest of a program's code at a commit; None where this repository has no such commit."""
    named = [_name(path) for path in code_of(program)]
    words = ["git", "ls-tree", "-r", "--full-tree", commit, "--", *named]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    files = [line.partition("\t") for line in done.stdout.splitlines()]
    return _digest({name: about.split()[2] for about, _, name in files if name.endswith(".py")})


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _blob(content: bytes) -> str:
    """Name that Git has for a file with this content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


def _digest(blobs: dict[str, str]) -> str:
    listed = "".join(f"{blob} {name}\n" for name, blob in sorted(blobs.items()))
    return hashlib.sha256(listed.encode()).hexdigest()
