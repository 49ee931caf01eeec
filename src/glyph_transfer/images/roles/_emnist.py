"""What the splits of EMNIST share.

Letters, balanced and bymerge are splits of one archive, `ZIP`. All store their images with rows
and columns swapped.
"""

import string

from glyph_transfer.images.roles._facts import (
    KEYS,
    Archive,
    File,
    Form,
    csv_form,
    idx_forms,
    own_forms,
)

ZIP = Archive(
    name="gzip.zip",
    size=561753746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    addresses=("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",),
    folder="gzip",
)
PAGE = "https://www.nist.gov/itl/products-and-services/emnist-dataset"
CITATION = "Cohen, Afshar, Tapson and van Schaik 2017, arXiv:1702.05373"
LICENCE = "none stated; published by NIST (cite arXiv:1702.05373)"

# Lower-case letters that look like their capitals share the capitals' classes.
MERGED_CLASSES = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")


def forms(split: str, idx: tuple[tuple[int, str], ...], mat: tuple[int, str]) -> tuple[Form, ...]:
    """One split of EMNIST; `idx` as above, and the csv names are Kaggle's."""
    stem = f"emnist-{split}"
    names = (
        f"{stem}-train-images-idx3-ubyte.gz",
        f"{stem}-train-labels-idx1-ubyte.gz",
        f"{stem}-test-images-idx3-ubyte.gz",
        f"{stem}-test-labels-idx1-ubyte.gz",
    )
    files = {key: File(name, *facts) for key, name, facts in zip(KEYS, names, idx, strict=True)}
    return (
        *idx_forms(files),
        Form("mat", {"all": File(f"{stem}.mat", *mat)}),
        *own_forms(split, stem),
        csv_form(f"{stem}-train.csv", f"{stem}-test.csv"),
    )
