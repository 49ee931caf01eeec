"""Everything elsewhere: a folder for every kind of file."""

from pathlib import Path

SUFFIXES = {"set_file": ".npz", "source_file": ".keras", "sheet_file": ".png"}


def __getattr__(kind):
    if kind.startswith("_"):
        raise AttributeError(kind)
    suffix = SUFFIXES.get(kind, ".json") if kind.endswith("_file") else ""
    return lambda *names: Path("elsewhere", kind, "-".join(map(str, names)) + suffix)
