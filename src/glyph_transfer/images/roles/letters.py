"""EMNIST Letters: handwritten letters, both cases in one class.

| fact | |
|---|---|
| classes | 26, equally many images of each: A to Z |
| images | 124,800 for training, 20,800 for testing; 28x28, white on black |
| orientation | rows and columns swapped |
| first label | 1 |
| addresses | NIST's archive (see `_emnist`); sizes and digests of its four files are in `forms` |
| licence | none stated; published by NIST (cite arXiv:1702.05373) |
| citation | Cohen, Afshar, Tapson and van Schaik 2017, arXiv:1702.05373 |
| source page | https://www.nist.gov/itl/products-and-services/emnist-dataset |
"""

import string

from glyph_transfer.images.roles import _emnist
from glyph_transfer.images.roles._facts import Role

ROLE = Role(
    name="letters",
    title="EMNIST Letters",
    licence=_emnist.LICENCE,
    citation=_emnist.CITATION,
    source_page=_emnist.PAGE,
    classes=tuple(string.ascii_uppercase),
    train_size=124_800,
    test_size=20_800,
    archive=_emnist.ZIP,
    transposed=True,
    first_label=1,
    forms=_emnist.forms(
        "letters",
        idx=(
            (30804864, "6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f"),
            (79283, "9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c"),
            (5039157, "50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d"),
            (144, "924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb"),
        ),
        mat=(48221708, "349703f166c41866193f49827a7fcca63c2b763498ee4e66d0683a83e57852d9"),
    ),
)
