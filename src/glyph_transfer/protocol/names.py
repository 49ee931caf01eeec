"""Names that users give: of studies, variants, subsets, ensembles and all that is like them.

They become folders, experiments, tags and keys of parameters, so one pattern holds for all.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

LONGEST = 40
_PATTERN = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST - 1}}}")

_TAKEN = ("all", "embedded", "ensemble", "none", "official")
"""Words that stand for something else where a name may stand."""

_FOLDERS = ("comparisons", "data", "figures", "report", "sources", "visualisation")
"""Folders and experiments that are no study's."""


def _matching(name: str) -> str:
    if not _PATTERN.fullmatch(name):
        raise ValueError(
            f"not a name that can be used: 1 to {LONGEST} letters, digits and underscores (A-Z, "
            "a-z, 0-9, _), with a letter first"
        )
    return name


def checked(name: str) -> str:
    """Give a name back; ValueError, that says what is allowed, where it cannot be used."""
    if _matching(name).lower() in _TAKEN:
        raise ValueError(f"not a name that can be used: {', '.join(_TAKEN)} mean something else")
    return name


def _checked_for_study(name: str) -> str:
    if checked(name).lower() in _FOLDERS:
        raise ValueError(f"not a name for a study: {', '.join(_FOLDERS)} have other things in them")
    return name


Name = Annotated[str, AfterValidator(checked)]
ClaimName = Annotated[str, AfterValidator(_matching)]
StudyName = Annotated[str, AfterValidator(_checked_for_study)]
