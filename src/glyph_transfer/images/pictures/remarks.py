"""What is said about pictures: a kind, a sentence, and the files that it is about."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_MOST_SHOWN = 80  # characters of a name in a message
_JOINERS = "\u200c\u200d"  # that Indic scripts and Persian are written with
_UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class Remark:
    """One thing that a user should know of the pictures that were read.

    Attributes:
        kind: a word or two, the same for the same thing: `broken`, `no ink`, `copies`.
        text: what was found and what was done about it, one sentence without the names.
        files: names of the pictures concerned, as they are shown, in their order.
    """

    kind: str
    text: str
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give one line, with the first five names."""
        return f"{self.text}: {listed(self.files)}" if self.files else self.text


def listed(names: Iterable[str], most: int = 5) -> str:
    """The first names, shortened for a message, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shortened(name) for name in names[:most]) + more


def shown(name: str) -> str:
    r"""A name on one line: what cannot be seen or turns the text around as \\uXXXX.

    Bytes of a file name that are no UTF-8 become U+FFFD.
    """
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in _UNPRINTABLE and c not in _JOINERS else c
        for c in name
    )


def shortened(name: str) -> str:
    """A long name without its middle."""
    if len(name) <= _MOST_SHOWN:
        return name
    half = _MOST_SHOWN // 2 - 1
    return f"{name[:half]}…{name[-half:]}"
