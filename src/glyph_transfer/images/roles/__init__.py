"""The roles, a file each with all facts about the official images; `catalogue` reads them.

To add a role, add a file: its name is the role's, and its `ROLE` says the rest.
"""

from pathlib import Path


def names() -> tuple[str, ...]:
    """Names of the roles that have a file here, sorted, without reading any of them."""
    files = (file for folder in __path__ for file in Path(folder).glob("[!_]*.py"))
    return tuple(sorted(file.stem for file in files))
