"""EMNIST ByMerge: the classes of Balanced, as often as people wrote them.

| fact | |
|---|---|
| classes | 47: 0 to 9, A to Z, and a b d e f g h n q r t |
| images | 697,932 for training, 116,323 for testing; 28x28, white on black |
| orientation | rows and columns swapped |
| first label | 0 |
| addresses | NIST's archive (see `_emnist`); sizes and digests of its four files are in `forms` |
| licence | none stated; published by NIST (cite arXiv:1702.05373) |
| citation | Cohen, Afshar, Tapson and van Schaik 2017, arXiv:1702.05373 |
| source page | https://www.nist.gov/itl/products-and-services/emnist-dataset |
"""

from glyph_transfer.images.roles import _emnist
from glyph_transfer.images.roles._facts import Role

ROLE = Role(
    name="bymerge",
    title="EMNIST ByMerge",
    licence=_emnist.LICENCE,
    citation=_emnist.CITATION,
    source_page=_emnist.PAGE,
    classes=_emnist.MERGED_CLASSES,
    train_size=697_932,
    test_size=116_323,
    archive=_emnist.ZIP,
    transposed=True,
    forms=_emnist.forms(
        "bymerge",
        idx=(
            (173375281, "39bf8c68037dad40db35348895f7e4e056e8c0a005ab78869c9fbc2c96e947be"),
            (476444, "2c47293b9e62d6abf6ad05fbf67e40baa32adfd380b8d7b44dcc35534b64e1f1"),
            (28905295, "5e5815ec1b522089134435f7c55e75a00960b58414793593ffff23efc0821683"),
            (79351, "8bda1516255683ba9071e141947ca0c91a911176065cdd6259b0b4d8dc5b5f35"),
        ),
        mat=(269436800, "ef2a779f2372efa102e19ad1639f3394b5e50a6f0d3d939613f401e9223b02dc"),
    ),
)
