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
            (
                9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            (
                28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            (
                1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            (
                4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
    ),
)
