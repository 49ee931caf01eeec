"""What a user says about pictures that cannot always be told, in words such as `ink=dark`."""

from collections.abc import Sequence

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.images.pictures.sanity import SERIOUS
from glyph_transfer.images.pictures.tables import Layout

_YES = {"yes": True, "true": True, "no": False, "false": False}
_STEPS = ("level", "crop", "fit", "centre")
WORDS = ("ink", *_STEPS, "nested", "transposed", "label", "width", "allow")


def parse(words: str, groups: str = "") -> Options:
    """Read options.

    Args:
        words: such as `ink=dark level=no nested=outer allow=leak,labels`, with blanks between.
        groups: a csv file or a pattern; empty for none.

    Raises:
        InputError: that lists what there is, where a word is another.
    """
    given = {}
    for word in words.split():
        name, _, value = word.partition("=")
        if name not in WORDS or not value:
            raise InputError(f"options: found {word!r}, expected name=value of {', '.join(WORDS)}")
        given[name] = value
    steps = {name: _flag(name, given[name]) for name in _STEPS if name in given}
    return Options(
        steps=Steps(ink=given.get("ink", "auto"), **steps),
        groups=groups or None,
        nested=given.get("nested"),
        transposed=_flag("transposed", given.get("transposed", "no")),
        table=Layout(label=given.get("label"), width=_number(given.get("width"))),
        allow=_kinds(given.get("allow", "")),
    )


def _flag(name: str, value: str) -> bool:
    if value not in _YES:
        raise InputError(f"options: {name}={value}, expected yes or no")
    return _YES[value]


def _number(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isdecimal() or int(value) == 0:
        raise InputError(f"options: width={value}, expected a number of pixels")
    return int(value)


def _kinds(value: str) -> Sequence[str]:
    kinds = tuple(filter(None, value.split(",")))
    unknown = [kind for kind in kinds if kind not in SERIOUS]
    if unknown:
        raise InputError(f"options: allow={unknown[0]}, expected some of {', '.join(SERIOUS)}")
    return kinds
