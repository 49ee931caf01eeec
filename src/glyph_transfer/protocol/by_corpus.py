"""Values that differ by corpus: `draws: {embedded: 10, official: 30}` in params.yaml."""

from collections.abc import Callable

CORPORA = ("embedded", "official")

Keys = tuple[str | int, ...]
Place = Callable[[Keys], Keys]
"""From where a value stands among those of a corpus to where it stands in the file."""


def same(keys: Keys) -> Keys:
    """Give the place in a file without values that differ by corpus."""
    return keys


def place(written: object, corpus: str, keys: Keys) -> Keys:
    """Give the place in a file of a value of a corpus: with the corpus where values differ.

    Args:
        written: the file's content.
        corpus: whose value it is.
        keys: of mappings and lists, from the outermost, as `of_corpus` has left them.
    """
    there: list[str | int] = []
    for key in keys:
        there.append(key)
        try:
            written = written[key]
        except (KeyError, IndexError, TypeError):
            written = None  # a section that extends another, or a key that is missing
        if _differs(written):
            there.append(corpus)
            written = written.get(corpus)
    return tuple(there)


def of_corpus(content: object, corpus: str) -> object:
    """Give what YAML holds, with the values of one corpus.

    A mapping whose keys are all names of corpora stands for the value under the corpus. Where it
    has none, what it stands for is left out, and a default takes its place.

    Args:
        content: mappings, lists and scalars.
        corpus: one of `CORPORA`.
    """
    if isinstance(content, dict):
        return {
            key: of_corpus(_chosen(value, corpus), corpus)
            for key, value in content.items()
            if not (_differs(value) and corpus not in value)
        }
    if isinstance(content, list):
        return [
            of_corpus(_chosen(value, corpus), corpus)
            for value in content
            if not (_differs(value) and corpus not in value)
        ]
    return content


def _differs(value: object) -> bool:
    """Whether a value is one for each corpus."""
    return isinstance(value, dict) and bool(value) and {*value} <= {*CORPORA}


def _chosen(value: object, corpus: str) -> object:
    return value[corpus] if _differs(value) else value
