"""Sections that extend another of their kind: they say only what they do otherwise."""

from pathlib import Path

from glyph_transfer.errors import InputError

KEY = "extends"


def extend_studies(studies: dict[str, dict], path: Path) -> dict[str, dict]:
    """Resolve `extends` in studies, and then in the variants of each.

    Args:
        studies: name -> section, as YAML has it.
        path: of the file, for messages.

    Returns:
        The same sections without `extends`. What a section says takes the place of what the
        extended one says under the same key, but for the sections of a study (`training`,
        `variants`, every variant), which are merged key by key. The extended one's keys are first.

    Raises:
        InputError: where what is extended does not exist, or extends itself.
    """
    whole = _extend(studies, f"{path}: studies", depth=3)
    return {
        name: study
        | {"variants": _extend(study["variants"], f"{path}: studies.{name}.variants", depth=1)}
        if isinstance(study.get("variants"), dict)
        else study
        for name, study in whole.items()
    }


def extend_recipes(sections: dict[str, dict], path: Path) -> dict[str, dict]:
    """Resolve `extends` in the recipes of a file, of which one says its keys whole."""
    return _extend(sections, f"{path}: recipes", depth=1)


def _extend(sections: dict[str, dict], where: str, depth: int) -> dict[str, dict]:
    return {name: _resolve(name, sections, where, depth, ()) for name in sections}


def _resolve(
    name: str, sections: dict[str, dict], where: str, depth: int, before: tuple[str, ...]
) -> dict:
    section = sections[name]
    if not isinstance(section, dict) or KEY not in section:
        return section
    base = section[KEY]
    if base in (*before, name):
        raise InputError(f"{where}.{name}: extends itself ({' -> '.join((*before, name, base))})")
    if not isinstance(base, str) or base not in sections:
        known = ", ".join(map(str, sections))
        raise InputError(f"{where}.{name}: extends '{base}', which is not there; there are {known}")
    own = {key: value for key, value in section.items() if key != KEY}
    return _merge(_resolve(base, sections, where, depth, (*before, name)), own, depth)


def _merge(base: object, own: object, depth: int) -> object:
    """Merge mappings down to a depth; below, and where one is no mapping, take `own` whole."""
    if depth == 0 or not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    both = {key: _merge(base[key], own[key], depth - 1) for key in own if key in base}
    return base | own | both
