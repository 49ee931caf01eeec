"""What is wrong with files of a known role that are not the published ones."""

from collections.abc import Mapping, Sequence

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import sha256
from glyph_transfer.images.pictures import orientation, sanity
from glyph_transfer.images.pictures.remarks import Remark
from glyph_transfer.layout import ready_made_card, ready_made_file
from glyph_transfer.protocol.ready_made import names, read_card

MODEL, OTHERS = "glyphnet", "letters"
"""The ready-made network that is asked how images lie: of the role itself, or of letters."""


def remarks_on(
    role: str, classes: Sequence[str], raw: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> list[Remark]:
    """Look for what is wrong, of the kinds of `pictures.sanity`.

    Args:
        role: that the images are to play.
        classes: of the role, in the order of the labels.
        raw: split -> images uint8 (n, 28, 28) and labels (n,) from 0, for `train` and `test`.
    """
    remarks = [
        remark for split, (images, _) in raw.items() for remark in sanity.levels(images, split)
    ]
    images, labels = (np.concatenate([each[part] for each in raw.values()]) for part in (0, 1))
    labels = labels.astype(int)
    splits = np.repeat([*raw], [len(given) for _, given in raw.values()])
    files = [f"{split} row {row}" for split, (_, given) in raw.items()
             for row in range(1, len(given) + 1)]  # fmt: skip
    remarks += sanity.divisions(labels, splits, classes, files)
    remarks += sanity.repeated(images, labels, splits, classes, files)
    if not any(remark.kind in ("ink", "scale") for remark in remarks):
        remarks += _sideways(role, classes, *raw["train"])
    return remarks


def _sideways(
    role: str, classes: Sequence[str], images: np.ndarray, labels: np.ndarray
) -> list[Remark]:
    present = names(ready_made_file("any", "any").parent)
    source = role if f"{MODEL}-{role}" in present else OTHERS
    if f"{MODEL}-{source}" not in present:
        return []
    # TensorFlow only here: published files need none
    from glyph_transfer.learning import ready_made
    from glyph_transfer.learning.training import Trainer

    path = ready_made_file(MODEL, source)
    card = read_card(ready_made_card(MODEL, source))
    if sha256(path) != card.sha256:
        raise InputError(f"{path} is not the file that its card describes; restore it from Git")
    predict = Trainer(ready_made.load(card, path)[0]).predict
    found = orientation.of_role(images, labels, classes, card.classes, predict)
    return orientation.doubt(found, source, orientation.CLEAR) if found else []
