"""EMNIST Balanced: handwritten digits and letters, equally many of every class.

| fact | |
|---|---|
| classes | 47: 0 to 9, A to Z, and a b d e f g h n q r t |
| images | 112,800 for training, 18,800 for testing; 28x28, white on black |
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
    name="balanced",
    title="EMNIST Balanced",
    licence=_emnist.LICENCE,
    citation=_emnist.CITATION,
    source_page=_emnist.PAGE,
    classes=_emnist.MERGED_CLASSES,
    train_size=112_800,
    test_size=18_800,
    archive=_emnist.ZIP,
    transposed=True,
    forms=_emnist.forms(
        "balanced",
        idx=(
            (28207740, "74295e75e4e9fa2c102147460ee7eb763653d5132d883a84fb88932bfb8d2db4"),
            (80618, "b46d41e5156a0a8aaaa4d18979fdd1588850fa8571018acffd5d93b325a7d6ed"),
            (4714707, "117fc12b015e37ea98bfb2cbba3f77c3782c056cdbd219b87abfc8661d7135db"),
            (13504, "a67cac948379b67270b9a4d0a01c8ec661598accf2f2b1964340b7c83cb175cd"),
        ),
        mat=(44066000, "ce27083f60e3d236e876043dcb1f31f03a45747a80488d6b0add9ab6677c87e2"),
    ),
)
