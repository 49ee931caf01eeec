"""What models, variants and sets are called for a reader, in charts, tables and sentences alike."""

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, str]
"""Name in params.yaml -> words for it."""

NO_WORDS: Words = MappingProxyType({})


def in_words(name: str, words: Words) -> str:
    """Give the words for a name; without any, the name with spaces for its underscores."""
    return words.get(name) or name.replace("_", " ")
