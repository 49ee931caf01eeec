"""From a folder to images: what is broken costs a line, what would be wrong is an error."""

import numpy as np
import pytest

from drawn_pictures import apart, character, encoded, write_folder
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import reading
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.preparation import Steps, prepare


def of_kind(own, kind):
    return [remark for remark in own.remarks if remark.kind == kind]


def test_images_labels_and_names_belong_together(tmp_path):
    own = reading.read(write_folder(tmp_path, n=3, names=("L", "F", "7")))
    assert own.classes == ("7", "F", "L")
    assert own.images.shape == (9, 28, 28) and own.images.dtype == np.uint8
    assert own.labels.dtype == np.int32
    assert [own.classes[label] for label in own.labels] == [name[0] for name in own.files]
    for name, image in zip(own.files, own.images, strict=True):
        assert apart(image, prepare(character(name[0], 40)).image) < 20
    assert {*own.splits} == {"train"} and own.groups is None and own.remarks == ()
    assert list(own.rows("train")) == [*range(9)]


def test_the_original_of_a_row_is_that_of_its_file(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "F" / "0.png").write_bytes(encoded(np.full((9, 9), 255, np.uint8)))
    own = reading.read(tmp_path)
    for row in range(len(own)):
        assert own.original(row).shape == (40, 40)
        np.testing.assert_array_equal(prepare(own.original(row)).image, own.images[row])


def test_a_broken_picture_costs_a_line(tmp_path):
    write_folder(tmp_path, n=15)
    (tmp_path / "F" / "3.png").write_bytes(b"%PDF-1.4")
    (tmp_path / "L" / "5.png").write_bytes(b"")
    own = reading.read(tmp_path)
    assert len(own) == 28
    assert {remark.files for remark in of_kind(own, "broken")} == {("F/3.png",), ("L/5.png",)}
    assert all("left out" in str(remark) for remark in of_kind(own, "broken"))


@pytest.mark.parametrize(("n_broken", "is_error"), [(2, False), (3, True)])
def test_more_than_a_tenth_broken_is_an_error(tmp_path, n_broken, is_error):
    write_folder(tmp_path, n=10)
    for i in range(n_broken):
        (tmp_path / "F" / f"{i}.png").write_bytes(b"nothing")
    if is_error:
        with pytest.raises(InputError, match=r"3 of 20 pictures.*more than a tenth") as refused:
            reading.read(tmp_path)
        assert "F/0.png, F/1.png" in str(refused.value)
    else:
        assert len(reading.read(tmp_path)) == 18


@pytest.mark.parametrize("content", [None, "empty folders", "words", "loose"])
def test_no_pictures(tmp_path, content):
    if content == "empty folders":
        (tmp_path / "a").mkdir()
    elif content == "words":
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "x.txt").write_text("x")
    elif content == "loose":
        (tmp_path / "x.png").write_bytes(encoded(character()))
    with pytest.raises(InputError, match=r"no pictures in folders of classes(.|\n)*subfolder"):
        reading.read(tmp_path)


def test_a_name_that_leads_nowhere_or_to_something_else(tmp_path):
    (tmp_path / "x.png").write_bytes(encoded(character()))
    (tmp_path / "x.zip").write_bytes(b"PK")
    for name, said in (("none", "not found"), ("x.png", "one picture"), ("x.zip", "unpack")):
        with pytest.raises(InputError, match=said):
            reading.read(tmp_path / name)
    with pytest.raises(InputError, match=r"cannot be read|not found"):
        reading.read(tmp_path / ("y" * 5000))


def test_one_class_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"pictures of L alone, expected two"):
        reading.read(write_folder(tmp_path, names=("L",)))


def test_a_class_of_one_image_is_kept_and_said(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "only.png").write_bytes(encoded(character("7")))
    own = reading.read(tmp_path)
    assert "7" in own.classes
    (remark,) = of_kind(own, "single")
    assert remark.files == ("7/only.png",)


def test_a_class_without_a_usable_picture_is_left_out_and_said(tmp_path):
    write_folder(tmp_path, n=10)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "blank.png").write_bytes(encoded(np.full((30, 30), 200, np.uint8)))
    own = reading.read(tmp_path)
    assert own.classes == ("F", "L")
    assert of_kind(own, "no ink")[0].files == ("7/blank.png",)
    assert "7" in str(of_kind(own, "empty")[0])


def test_doubts_are_remarks_by_file(tmp_path):
    write_folder(tmp_path, n=6)
    pair = np.hstack([character("L", 60), np.full((60, 60), 255, np.uint8), character("F", 60)])
    (tmp_path / "L" / "pair.png").write_bytes(encoded(pair))
    own = reading.read(tmp_path)
    assert of_kind(own, "two characters")[0].files == ("L/pair.png",)
    assert "L/pair.png" in own.files


def bar():
    """A tight crop that is mostly ink, as of a vav or a one."""
    picture = np.zeros((30, 20), np.uint8)
    picture[:, :4] = picture[25:, :9] = 255
    return picture


def test_most_pictures_decide_what_is_ink_in_a_tight_crop(tmp_path):
    assert not prepare(bar()).dark
    write_folder(tmp_path, n=10)
    (tmp_path / "L" / "bar.png").write_bytes(encoded(bar()))
    own = reading.read(tmp_path)
    assert own.steps.ink == "dark"
    row = own.files.index("L/bar.png")
    np.testing.assert_array_equal(own.images[row], prepare(bar(), Steps(ink="dark")).image)
    assert of_kind(own, "mixed") == [] and of_kind(own, "ink or paper") == []


def test_a_clear_picture_of_the_other_kind_is_turned_and_said(tmp_path):
    write_folder(tmp_path, n=12)
    other = 255 - character("L", 70)
    (tmp_path / "L" / "other.png").write_bytes(encoded(other))
    own = reading.read(tmp_path)
    assert own.steps.ink == "auto"
    assert of_kind(own, "mixed")[0].files == ("L/other.png",)
    row = own.files.index("L/other.png")
    np.testing.assert_array_equal(own.images[row], prepare(255 - other).image)


def test_ink_of_both_kinds_in_equal_parts_is_said(tmp_path):
    write_folder(tmp_path / "x", n=4)
    write_folder(tmp_path / "y", n=4)
    for path in (tmp_path / "x").rglob("*.png"):
        i = int(path.stem)
        path.write_bytes(encoded(255 - character(path.parent.name, 48 + i)))
    own = reading.read(tmp_path, Options(nested="inner"))
    (remark,) = of_kind(own, "mixed")
    assert len(remark.files) == 8


def test_steps_are_what_the_images_are_prepared_with(tmp_path):
    steps = Steps(crop=False, centre=False)
    own = reading.read(write_folder(tmp_path), Options(steps=steps))
    assert (own.steps.crop, own.steps.centre, own.steps.ink) == (False, False, "dark")


def test_splits_and_unlabelled(tmp_path):
    write_folder(tmp_path / "train", n=5)
    write_folder(tmp_path / "test", n=2, side=44)
    (tmp_path / "unlabelled").mkdir()
    (tmp_path / "unlabelled" / "u.png").write_bytes(encoded(character("7")))
    own = reading.read(tmp_path)
    assert {s: len(own.rows(s)) for s in ("train", "test", "unlabelled")} == {
        "train": 10, "test": 4, "unlabelled": 1,
    }  # fmt: skip
    assert own.labels[own.rows("unlabelled")].tolist() == [-1]
    with pytest.raises(InputError, match="no split 'validation'"):
        own.rows("validation")


def test_what_is_serious_is_an_error_unless_allowed(tmp_path):
    write_folder(tmp_path / "train", n=5)
    write_folder(tmp_path / "test", n=2)
    with pytest.raises(InputError, match=r"also in train.*\n.*allow=leak"):
        reading.read(tmp_path)
    own = reading.read(tmp_path, Options(allow=("leak",)))
    assert len(own) == 14 and of_kind(own, "leak")


def test_the_digest_changes_with_what_is_learned_from(tmp_path):
    first = reading.read(write_folder(tmp_path / "a"))
    again = reading.read(write_folder(tmp_path / "b"))
    assert first.digest == again.digest
    (tmp_path / "b" / "F" / "0.png").rename(tmp_path / "b" / "L" / "zero.png")
    assert reading.read(tmp_path / "b", Options(allow=("labels",))).digest != first.digest


def test_unlabelled_pictures_from_files_and_folders(tmp_path):
    write_folder(tmp_path / "more", n=10)
    (tmp_path / "x.png").write_bytes(encoded(character()))
    (tmp_path / "more" / "F" / "0.png").write_bytes(b"broken")
    own = reading.read_unlabelled([tmp_path / "x.png", tmp_path / "more"])
    assert len(own) == 20 and own.classes == () and {*own.labels.tolist()} == {-1}
    assert own.files[0].endswith("x.png") and own.files[1] == "F/1.png"
    assert of_kind(own, "broken")[0].files == ("F/0.png",)


def test_unlabelled_pictures_of_which_none_is_usable(tmp_path):
    (tmp_path / "x.png").write_bytes(b"broken")
    (tmp_path / "blank.png").write_bytes(encoded(np.full((9, 9), 9, np.uint8)))
    for name, said in (("x.png", "1 of 1"), ("blank.png", "no ink"), ("none.png", "not found")):
        with pytest.raises(InputError, match=said):
            reading.read_unlabelled([tmp_path / name])
