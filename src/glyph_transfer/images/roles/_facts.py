"""What the files of the roles share: the form of their facts, and forms that several have."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file by name.

    `size` in bytes and `sha256` are None where none is published. `content` is the SHA-256 of
    what an official gzip file holds, as far as that is known.
    """

    name: str
    size: int | None = None
    sha256: str | None = None
    content: str | None = None

    @property
    def digests(self) -> set[str]:
        """By which the official file is known, zipped or not."""
        return {self.sha256, self.content} - {None}


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
    (the beginnings of their addresses, in order) or in `archive`. `citation` is how the
    authors of the images are named.
    """

    name: str
    title: str
    licence: str
    citation: str
    source_page: str
    classes: tuple[str, ...]
    train_size: int
    test_size: int
    forms: tuple[Form, ...]
    mirrors: tuple[str, ...] = ()
    archive: Archive | None = None
    transposed: bool = False
    first_label: int = 0


KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def mnist_forms(role: str, published: str, idx: tuple[tuple, ...]) -> tuple[Form, ...]:
    """MNIST or Fashion-MNIST, which name their files alike.

    `idx` has the facts of the four files in the order of `KEYS`: size, sha256, and the sha256
    of what they hold where known, computed from the official files. `mnist.npz` is
    Keras's file; the csv names are Kaggle's.
    """
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    files = {key: File(name, *facts) for key, name, facts in zip(KEYS, names, idx, strict=True)}
    return (
        *idx_forms(files),
        *own_forms(role, published),
        csv_form(f"{published}_train.csv", f"{published}_test.csv"),
    )


def idx_forms(files: Mapping[str, File]) -> tuple[Form, Form]:
    """The official files, and the same unzipped (no checksum is published for those).

    They are official where it is known what the official ones hold.
    """
    unzipped = {
        key: File(file.name.removesuffix(".gz"), sha256=file.content, content=file.content)
        for key, file in files.items()
    }
    return Form("idx", files), Form("idx", unzipped)


def own_forms(role: str, published: str) -> tuple[Form, ...]:
    """Arrays by the published name or the role's: letters.npz, letters_train_images.npy."""
    return (
        Form("npz", {"all": File(f"{published}.npz")}),
        Form("npz", {"all": File(f"{role}.npz")}),
        Form("npy", {key: File(f"{role}_{key}.npy") for key in KEYS}),
    )


def csv_form(train: str, test: str) -> Form:
    return Form("csv", {"train": File(train), "test": File(test)})
