"""Facts about the official files: names, sizes, checksums, addresses, classes.

`ROLES` maps each role's name to its `Role`. Nothing here reads or writes a file.

Sources: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/ (MNIST); Xiao, Rasul
and Vollgraf, https://arxiv.org/abs/1708.07747 (Fashion-MNIST); Cohen, Afshar, Tapson and
van Schaik, https://arxiv.org/abs/1702.05373 (EMNIST).
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file by name; `size` in bytes and `sha256` are None where none is published."""

    name: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Archive:
    """A zip file that holds official files in the folder `folder` inside it."""

    name: str
    size: int
    sha256: str
    addresses: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class Form:
    """One way in which a role's images can be given.

    `kind` is idx, mat, npz, npy or csv. `files` maps what a file holds to the file:
    train_images, train_labels, test_images, test_labels (idx, npy); train, test (csv);
    all (mat, npz).
    """

    kind: str
    files: Mapping[str, File]


@dataclass(frozen=True)
class Role:
    """What is known about the images of one role.

    `classes` are in the order of the labels, which run from `first_label` in the official
    files. `transposed` says whether these store images with rows and columns swapped.
    `train_size` and `test_size` are the published numbers of images. `forms` are in order
    of preference; the first is the official one, whose files are found behind `mirrors`
    (the beginnings of their addresses, in order) or in `archive`.
    """

    name: str
    title: str
    licence: str
    source_page: str
    classes: tuple[str, ...]
    train_size: int
    test_size: int
    forms: tuple[Form, ...]
    mirrors: tuple[str, ...] = ()
    archive: Archive | None = None
    transposed: bool = False
    first_label: int = 0


_KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def _mnist_forms(role: str, published: str, idx: tuple[tuple[int, str], ...]) -> tuple[Form, ...]:
    """MNIST or Fashion-MNIST, which name their files alike.

    `idx` has size and sha256 of the four files in the order of `_KEYS`. `mnist.npz` is
    Keras's file; the csv names are Kaggle's.
    """
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    files = {key: File(name, *facts) for key, name, facts in zip(_KEYS, names, idx, strict=True)}
    return (
        *_idx_forms(files),
        *_own_forms(role, published),
        _csv_form(f"{published}_train.csv", f"{published}_test.csv"),
    )


def _emnist_forms(
    split: str, idx: tuple[tuple[int, str], ...], mat: tuple[int, str]
) -> tuple[Form, ...]:
    """One split of EMNIST; `idx` as above, and the csv names are Kaggle's."""
    stem = f"emnist-{split}"
    names = (
        f"{stem}-train-images-idx3-ubyte.gz",
        f"{stem}-train-labels-idx1-ubyte.gz",
        f"{stem}-test-images-idx3-ubyte.gz",
        f"{stem}-test-labels-idx1-ubyte.gz",
    )
    files = {key: File(name, *facts) for key, name, facts in zip(_KEYS, names, idx, strict=True)}
    return (
        *_idx_forms(files),
        Form("mat", {"all": File(f"{stem}.mat", *mat)}),
        *_own_forms(split, stem),
        _csv_form(f"{stem}-train.csv", f"{stem}-test.csv"),
    )


def _idx_forms(files: Mapping[str, File]) -> tuple[Form, Form]:
    """The official files, and the same unzipped (no checksum is published for those)."""
    unzipped = {key: File(file.name.removesuffix(".gz")) for key, file in files.items()}
    return Form("idx", files), Form("idx", unzipped)


def _own_forms(role: str, published: str) -> tuple[Form, ...]:
    """Arrays by the published name or the role's: letters.npz, letters_train_images.npy."""
    return (
        Form("npz", {"all": File(f"{published}.npz")}),
        Form("npz", {"all": File(f"{role}.npz")}),
        Form("npy", {key: File(f"{role}_{key}.npy") for key in _KEYS}),
    )


def _csv_form(train: str, test: str) -> Form:
    return Form("csv", {"train": File(train), "test": File(test)})


EMNIST_ZIP = Archive(
    name="gzip.zip",
    size=561753746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    addresses=("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",),
    folder="gzip",
)
_EMNIST_PAGE = "https://www.nist.gov/itl/products-and-services/emnist-dataset"
_EMNIST_LICENCE = "none stated; published by NIST (cite arXiv:1702.05373)"

# Lower-case letters that look like their capitals share the capitals' classes.
_MERGED_CLASSES = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")

_DIGITS = Role(
    name="digits",
    title="MNIST",
    licence="CC BY-SA 3.0",
    source_page="http://yann.lecun.com/exdb/mnist/",
    classes=tuple(string.digits),
    train_size=60_000,
    test_size=10_000,
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    forms=_mnist_forms(
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

_FASHION = Role(
    name="fashion",
    title="Fashion-MNIST",
    licence="MIT",
    source_page="https://github.com/zalandoresearch/fashion-mnist",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_size=60_000,
    test_size=10_000,
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    forms=_mnist_forms(
        "fashion",
        "fashion-mnist",
        idx=(
            (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    ),
)

_LETTERS = Role(
    name="letters",
    title="EMNIST Letters",
    licence=_EMNIST_LICENCE,
    source_page=_EMNIST_PAGE,
    classes=tuple(string.ascii_uppercase),
    train_size=124_800,
    test_size=20_800,
    archive=EMNIST_ZIP,
    transposed=True,
    first_label=1,
    forms=_emnist_forms(
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

_BALANCED = Role(
    name="balanced",
    title="EMNIST Balanced",
    licence=_EMNIST_LICENCE,
    source_page=_EMNIST_PAGE,
    classes=_MERGED_CLASSES,
    train_size=112_800,
    test_size=18_800,
    archive=EMNIST_ZIP,
    transposed=True,
    forms=_emnist_forms(
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

_BYMERGE = Role(
    name="bymerge",
    title="EMNIST ByMerge",
    licence=_EMNIST_LICENCE,
    source_page=_EMNIST_PAGE,
    classes=_MERGED_CLASSES,
    train_size=697_932,
    test_size=116_323,
    archive=EMNIST_ZIP,
    transposed=True,
    forms=_emnist_forms(
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

ROLES: Mapping[str, Role] = {
    role.name: role for role in (_DIGITS, _FASHION, _LETTERS, _BALANCED, _BYMERGE)
}
