"""csv files of pictures, with their labels wherever they stand."""

import gzip

import numpy as np
import pytest

from drawn_pictures import character
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import reading, tables
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.tables import Layout

LABELS = np.arange(30) % 3


def images(side, width=None):
    drawn = [character("LF7"[i % 3], side, width=2 + i % 2, shift=(i // 8, 0)) for i in range(30)]
    return 255 - np.stack(drawn)[:, :, : width or side]


def write(path, given, labels=LABELS, **how):
    """Rows of pixels and labels: first, last, or nowhere."""
    rows = given.reshape(len(given), -1).tolist()
    at = how.get("at", "first")
    if at != "none":
        rows = [[x, *r] if at == "first" else [*r, x] for x, r in zip(labels, rows, strict=True)]
    separator = how.get("separator", ",")
    if how.get("index"):
        rows = [[i, *row] for i, row in enumerate(rows)]
    lines = [separator.join(map(str, row)) for row in rows]
    if how.get("header"):
        lines.insert(0, separator.join(how["header"](len(rows[0]))))
    text = "\r\n".join(lines) + "\n"
    content = how.get("start", b"") + text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def check(path, given, labels=LABELS, layout=None):
    found = tables.read(path, layout or Layout())
    stem = path.name.split(".")[0]
    np.testing.assert_array_equal(found[f"{stem} images"], given)
    assert found[f"{stem} labels"].tolist() == [str(label) for label in labels]


@pytest.mark.parametrize("side", [8, 28, 32, 128])
@pytest.mark.parametrize("at", ["first", "last"])
def test_the_column_of_labels_is_told_without_a_header(tmp_path, side, at):
    check(write(tmp_path / "x.csv", images(side), at=at), images(side))


@pytest.mark.parametrize("at", ["first", "last"])
def test_or_by_the_header(tmp_path, at):
    def header(n):
        named = [f"pixel{i}" for i in range(n - 1)]
        return ["label", *named] if at == "first" else [*named, "Class"]

    check(write(tmp_path / "x.csv", images(10), at=at, header=header), images(10))


@pytest.mark.parametrize("at", ["first", "last"])
def test_labels_may_be_texts(tmp_path, at):
    texts = np.array(["ka", "kha", "क"])[LABELS]
    check(write(tmp_path / "x.csv", images(9), texts, at=at), images(9), texts)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(tmp_path, separator):
    check(write(tmp_path / "x.csv", images(9), separator=separator), images(9))


def test_gzipped_and_with_a_byte_order_mark(tmp_path):
    check(write(tmp_path / "x.csv.gz", images(9)), images(9))
    check(write(tmp_path / "y.csv", images(9), start=b"\xef\xbb\xbf"), images(9))


def test_a_first_column_of_row_numbers_is_no_label(tmp_path):
    def header(n):
        return ["", "label", *(f"p{i}" for i in range(n - 2))]

    check(write(tmp_path / "x.csv", images(9), index=True, header=header), images(9))


def test_pictures_that_are_not_square(tmp_path):
    given = images(28, width=20)
    path = write(tmp_path / "x.csv", given)
    check(path, given, layout=Layout(width=20))
    with pytest.raises(InputError, match=r"56[01] pixels.*`width`"):
        tables.read(path, Layout())


def test_fractions_are_kept_until_all_is_seen(tmp_path):
    given = (images(9) / 255).round(3)
    found = tables.read(write(tmp_path / "x.csv", given), Layout())
    np.testing.assert_allclose(found["x images"], given, atol=1e-6)


def test_labels_in_a_file_of_their_own(tmp_path):
    """As Arabic letters are published: no header, labels from 1, stored transposed."""
    write(tmp_path / "images.csv", images(32).swapaxes(1, 2), at="none")
    (tmp_path / "labels.csv").write_text("".join(f"{label + 1}\n" for label in LABELS))
    allow = ("labels", "filled", "leak")
    for path in (tmp_path, tmp_path / "images.csv"):
        own = reading.read(path, Options(transposed=True, allow=allow))
        assert own.classes == ("1", "2", "3")
        assert (own.labels == LABELS).all()
        np.testing.assert_array_equal(own.original(4), images(32)[4])


def test_train_and_test_in_two_files(tmp_path):
    write(tmp_path / "train.csv", images(12))
    write(tmp_path / "test.csv", images(12)[:6], LABELS[:6])
    own = reading.read(tmp_path, Options(allow=("leak", "labels", "filled")))
    assert [len(own.rows(split)) for split in ("train", "test")] == [30, 6]


def test_labels_that_may_be_at_either_end_are_asked_for(tmp_path):
    noise = np.random.default_rng(0).integers(0, 3, (30, 9, 9))
    path = write(tmp_path / "x.csv", noise)
    with pytest.raises(InputError, match="`label=first` or `label=last`"):
        tables.read(path, Layout())
    check(path, noise, layout=Layout(label="first"))


@pytest.mark.parametrize(
    "text", ["", "\n", "a\0b", "1,2,3\n" * 9, "x,y\n1,2\n3,4\n", ",".join("1" * 82) + "\n1,2\n"]
)
def test_what_is_no_table_of_pictures_is_refused(tmp_path, text):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(InputError, match=r"x\.csv"):
        reading.read(tmp_path / "x.csv")


@pytest.mark.parametrize("options", [{"label": "left"}, {"width": 0}, {"width": "20"}])
def test_other_words_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        Layout(**options)
