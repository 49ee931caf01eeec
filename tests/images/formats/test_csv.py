"""CSV files, with a header or without; rows that are no images are refused."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats import read_raw
from raw_files import LETTERS, as_published, assert_equal, write


@pytest.mark.parametrize("header", [None, "label," + ",".join(f"pixel{i}" for i in range(784))])
def test_csv_header_is_optional_and_no_row_is_lost(tmp_path, splits, header):
    write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS), header=header)
    assert_equal(read_raw(tmp_path, LETTERS), splits)


def test_csv_with_a_byte_order_mark_keeps_its_first_row(tmp_path, splits):
    paths = write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS))
    for path in paths.values():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert_equal(read_raw(tmp_path, LETTERS), splits)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b",255,", b",256,", "integers 0..255"),
        (b",255,", b",-1,", "integers 0..255"),
        (b",255,", b",0.5,", "integers 0..255"),
        (b",255,", b",,", "integers 0..255"),
        (b",255,", b",white,", "integers 0..255"),
        (b",255,", b",255,7,", "saw 786"),
        (b",255,", b",", "integers 0..255"),
        (b",", b",0,", "found 786 columns, expected 785"),
        (b",", b";", "found 784 columns, expected 785"),
    ],
)
def test_csv_rows_that_are_not_images_are_refused(tmp_path, splits, old, new, message):
    path = write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS))["train"]
    first, rest = path.read_bytes().split(b"\n", 1)
    if "columns" in message:
        first = first.replace(old, new, 1)
    else:
        rest = rest.replace(old, new, 1)
    path.write_bytes(first + b"\n" + rest)
    with pytest.raises(InputError, match=f"emnist-letters-train.csv.*{message}"):
        read_raw(tmp_path, LETTERS)
