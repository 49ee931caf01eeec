"""What params.yaml and published.yaml hold for one corpus, before it is validated.

Sections that extend others are completed, values that differ by corpus are chosen, and every
study gets what published.yaml says of it.
"""

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from glyph_transfer.errors import InputError
from glyph_transfer.protocol.by_corpus import of_corpus
from glyph_transfer.protocol.extending import extend_recipes, extend_studies
from glyph_transfer.protocol.study import Study

HELD_AGAINST = ("published", "claims")
"""What published.yaml says of cells, some of which only one corpus may have."""

MOST_VALUES, MOST_DEPTH = 100_000, 50
"""That a file may hold; this project's has 2,000, ten deep."""


def read(path: Path) -> object:
    """Content of a YAML file; InputError where it cannot be read."""
    try:
        content = YAML(typ="safe").load(path)
        _check_size(content)
        return content
    except FileNotFoundError:
        raise InputError(f"{path}: not found. Run from the project's folder.") from None
    except YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from error
    except Exception as error:  # of a dozen kinds: values that are no dates, numbers or text
        raise InputError(f"{path}: cannot be read ({error})") from error


def _check_size(content: object) -> None:
    """Refuse what would take all memory or never end: anchors may repeat, and hold, themselves."""
    n_values, todo = 0, [(content, 1)]
    while todo:
        value, depth = todo.pop()
        n_values += 1
        if n_values > MOST_VALUES or depth > MOST_DEPTH:
            raise ValueError(
                f"with what its anchors repeat it has more than {MOST_VALUES:,} values, or they "
                f"are nested more than {MOST_DEPTH} deep"
            )
        if isinstance(value, dict | list):
            within = value.values() if isinstance(value, dict) else value
            todo += [(each, depth + 1) for each in within]


def for_corpus(content: object, corpus: str, path: Path) -> object:
    """Give the content of params.yaml with its extensions resolved, and the values of a corpus.

    Variants that name a recipe have what it says. What is not of the form that this needs is left
    as it is, for validation to tell.

    Raises:
        InputError: where a section extends what is not there, or a variant names a recipe that is
            not.
    """
    recipes = content.get("recipes") if isinstance(content, dict) else None
    if _are_sections(recipes):
        content = content | {"recipes": extend_recipes(recipes, path)}
    if _has_studies(content):
        studies = extend_studies(content["studies"], path)
        content = content | {"studies": _with_recipes(studies, content, path)}
    return of_corpus(content, corpus)


def _with_recipes(studies: dict[str, dict], content: dict, path: Path) -> dict[str, dict]:
    """Give variants that name a recipe what it says, where they say nothing else themselves."""
    known = content.get("recipes") if _are_sections(content.get("recipes")) else {}
    whole = {}
    for name, study in studies.items():
        variants = study.get("variants")
        if _are_sections(variants):
            where = f"{path}: studies.{name}.variants"
            study = study | {
                "variants": {
                    key: _recipe_of(each, known, f"{where}.{key}") | each
                    for key, each in variants.items()
                }
            }
        whole[name] = study
    return whole


def _recipe_of(variant: dict, known: dict[str, dict], where: str) -> dict:
    name = variant.get("recipe")
    if not isinstance(name, str):
        return {}
    if name not in known:
        raise InputError(
            f"{where}: unknown recipe '{name}'; params.yaml has under 'recipes': "
            f"{', '.join(known) or 'nothing'}"
        )
    return known[name]


def with_questions(content: object, questions: dict[str, dict], path: Path) -> object:
    """Add to the studies what published.yaml, the file `path`, says of them.

    Raises:
        InputError: where it names a study that is not there, or says what params.yaml says too.
    """
    if not _has_studies(content):
        return content
    studies = dict(content["studies"])
    for name, question in questions.items():
        if name not in studies:
            raise InputError(
                f"{path}: unknown study '{name}'; params.yaml has {', '.join(studies)}"
            )
        if twice := question.keys() & studies[name].keys():
            raise InputError(f"{path}: params.yaml has {sorted(twice)} of the study '{name}' too")
        studies[name] = studies[name] | question
    return content | {"studies": studies}


def without_cells_of_others(contents: dict[str, object], corpus: str) -> object:
    """Give a corpus's content without what is said of cells that only another corpus has.

    Args:
        contents: of every corpus. Cells that none has are left, for validation to tell.
        corpus: whose content is wanted.
    """
    content = contents[corpus]
    if not all(map(_has_studies, contents.values())):
        return content
    studies = {}
    for name, study in content["studies"].items():
        elsewhere = set().union(*(_cells(each["studies"][name]) for each in contents.values()))
        studies[name] = _without(study, elsewhere - _cells(study))
    return content | {"studies": studies}


def _without(study: dict, cells: set[str]) -> dict:
    """Leave out published values and claims of some cells, and what rests on these claims."""
    claims = {
        name: claim
        for name, claim in study.get("claims", {}).items()
        if not {claim["cell"], claim["than"]} & cells
    }
    published = [
        {key: value for key, value in each.items() if key != "claim" or value in claims}
        for each in study.get("published", [])
        if not {each["cell"], each.get("than")} & cells
    ]
    return study | {"claims": claims, "published": published} if cells else study


def _cells(study: dict) -> set[str]:
    """Names of a study's cells; none where it cannot be read, which validation tells."""
    try:
        written = {key: value for key, value in study.items() if key not in HELD_AGAINST}
        return set(map(str, Study.model_validate({"question": "?"} | written).cells))
    except ValidationError:
        return set()


def _has_studies(content: object) -> bool:
    return isinstance(content, dict) and _are_sections(content.get("studies"))


def _are_sections(content: object) -> bool:
    return isinstance(content, dict) and all(isinstance(each, dict) for each in content.values())
