"""MNIST: handwritten digits.

| fact | |
|---|---|
| classes | 10: the digits 0 to 9 |
| images | 60,000 for training, 10,000 for testing; 28x28, white on black |
| orientation | upright |
| first label | 0 |
| addresses | `mirrors`, in this order; sizes and digests of the four files are in `forms` |
| licence | CC BY-SA 3.0 |
| citation | LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791 |
| source page | http://yann.lecun.com/exdb/mnist/ |
"""

import string

from glyph_transfer.images.roles._facts import Role, mnist_forms

ROLE = Role(
    name="digits",
    title="MNIST",
    licence="CC BY-SA 3.0",
    citation="LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791",
    source_page="http://yann.lecun.com/exdb/mnist/",
    classes=tuple(string.digits),
    train_size=60_000,
    test_size=10_000,
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    forms=mnist_forms(
        "digits",
        "mnist",
        idx=(
            (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    ),
)
