"""Which file is of which class is told from folders, or asked for in one word."""

import os

import pytest

from drawn_pictures import character, encoded
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import folders, reading
from glyph_transfer.images.pictures.names import natural
from glyph_transfer.images.pictures.own_images import Options

PNG = encoded(character("L", 20))


def put(root, *names, content=PNG):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def labels(files):
    return {each.name: (each.split, each.label) for each in files}


def kinds(remarks):
    return {remark.kind for remark in remarks}


def test_a_folder_a_class(tmp_path):
    files, remarks = folders.find(put(tmp_path, "א/1.png", "b b/2.png", "10/3.png"))
    assert labels(files) == {
        "א/1.png": ("train", "א"), "b b/2.png": ("train", "b b"), "10/3.png": ("train", "10"),
    }  # fmt: skip
    assert remarks == []


def test_names_sort_by_the_value_of_their_numbers():
    names = ["10", "2", "1", "01", "a10", "a9", "B1", "٣", "क", "00010", "00001", ""]
    ordered = ["", "00001", "01", "1", "2", "٣", "00010", "10", "a9", "a10", "B1", "क"]
    assert sorted(names, key=natural) == ordered


@pytest.mark.parametrize("train", ["train", "Training"])
@pytest.mark.parametrize("test", ["test", "TEST"])
def test_train_and_test_beside_each_other(tmp_path, train, test):
    names = f"{train}/a/1.png", f"{test}/a/2.png", "validation/b/3.png", "unlabelled/x/4.png"
    files, _ = folders.find(put(tmp_path, *names))
    assert [(each.split, each.label) for each in sorted(files, key=lambda f: f.name[-5])] == [
        ("train", "a"), ("test", "a"), ("train", "b"), ("unlabelled", None),
    ]  # fmt: skip


def test_unlabelled_beside_classes(tmp_path):
    files, _ = folders.find(put(tmp_path, "a/1.png", "b/2.png", "unlabelled/3.png"))
    assert labels(files)["unlabelled/3.png"] == ("unlabelled", None)
    assert labels(files)["a/1.png"] == ("train", "a")


def test_a_test_folder_without_classes_is_unlabelled(tmp_path):
    files, _ = folders.find(put(tmp_path, "train/a/1.png", "train/b/1.png", "test/3.png"))
    assert labels(files)["test/3.png"] == ("unlabelled", None)


def test_a_folder_around_all_of_it_is_looked_through(tmp_path):
    files, _ = folders.find(put(tmp_path, "set/v1/a/1.png", "set/v1/b/2.png"))
    assert labels(files) == {"set/v1/a/1.png": ("train", "a"), "set/v1/b/2.png": ("train", "b")}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/x/1.png", "b/x/2.png"], ["a", "b"]),  # one folder in each: png/, images/
        (["a/1.png", "a/more/2.png", "b/3.png"], ["a", "a", "b"]),
        (["a/w1/1.png", "a/w2/2.png", "b/w1/3.png", "b/w2/4.png"], None),
        (["a/writer1/1.png", "a/writer2/2.png", "b/writer1/3.png"], ["a", "a", "b"]),
        (["person 1/a/1.png", "person 1/b/2.png", "person 2/a/3.png"], ["a", "b", "a"]),
        (["digits/0/1.png", "digits/1/2.png", "letters/a/3.png", "letters/b/4.png"],
         ["0", "1", "a", "b"]),
    ],
)  # fmt: skip
def test_two_folders_deep_the_class_is_told_or_asked_for(tmp_path, names, expected):
    put(tmp_path, *names)
    if expected is None:
        with pytest.raises(InputError, match=r"a, b.*w1, w2.*nested=outer.*inner.*both"):
            folders.find(tmp_path)
    else:
        files, remarks = folders.find(tmp_path)
        assert [each.label for each in files] == expected
        assert kinds(remarks) == {"nested"}


@pytest.mark.parametrize(
    ("nested", "expected"),
    [("outer", ["a", "a", "b", "b"]), ("inner", ["x", "y", "x", "y"]),
     ("both", ["a/x", "a/y", "b/x", "b/y"])],
)  # fmt: skip
def test_one_word_says_which_folder_is_the_class(tmp_path, nested, expected):
    put(tmp_path, "a/x/1.png", "a/y/2.png", "b/x/3.png", "b/y/4.png")
    assert [each.label for each in folders.find(tmp_path, nested)[0]] == expected


def test_another_word_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'upper'.*outer, inner, both"):
        folders.find(tmp_path, "upper")


def test_links_are_followed_but_never_in_a_circle(tmp_path):
    put(tmp_path, "elsewhere/1.png", "set/a/2.png")
    (tmp_path / "set" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "a" / "3.png").symlink_to(tmp_path / "elsewhere" / "1.png")
    (tmp_path / "set" / "a" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "a" / "gone.png").symlink_to(tmp_path / "nowhere")
    files, remarks = folders.find(tmp_path / "set")
    assert {*labels(files)} == {"a/2.png", "a/3.png", "b/1.png"}
    assert {remark.kind: remark.files for remark in remarks} == {
        "loop": ("a/up",), "no file": ("a/gone.png",),
    }  # fmt: skip


def test_what_is_no_picture_is_left_out_and_said(tmp_path):
    put(tmp_path, "a/1.png", "b/1.png", "loose.png", "a/.hidden.png", "__MACOSX/a/x.png")
    put(tmp_path, "a/notes.txt", "a/Thumbs.db", content=b"words")
    put(tmp_path, "a/without suffix")
    os.mkfifo(tmp_path / "a" / "pipe.png")
    files, remarks = folders.find(tmp_path)
    assert {*labels(files)} == {"a/1.png", "b/1.png", "a/without suffix"}
    assert {remark.kind: remark.files for remark in remarks} == {
        "other files": ("a/notes.txt",), "no file": ("a/pipe.png",), "beside": ("loose.png",),
    }  # fmt: skip


def test_beside_train_and_test_nothing_is_a_class(tmp_path):
    put(tmp_path, "train/a/1.png", "test/a/2.png", "more/3.png", "train/4.png")
    files, remarks = folders.find(tmp_path)
    assert len(files) == 2
    assert sorted(name for remark in remarks for name in remark.files) == [
        "more/3.png",
        "train/4.png",
    ]


def test_folders_too_deep_are_said(tmp_path):
    put(tmp_path, "a/1.png", "b/c/d/e/f/2.png")
    _, remarks = folders.find(tmp_path)
    assert any(remark.kind == "deep" for remark in remarks)


@pytest.mark.parametrize(
    "name",
    [
        "with, comma", 'with "quotes"', "<b>html</b>&amp;", "a\nb", "tab\there", "x" * 250,
        "\u202ertl", "עברית", "e\u0301", "…", "'; drop", "%41", "a=b;c", " blank ", "-rf", "क्‍ष",
    ],
)  # fmt: skip
def test_any_name_is_read_and_stays_on_one_line(tmp_path, name):
    for i in range(2):
        put(tmp_path, f"{name}/{i}.png", f"other/{name[:240]}{i}.png", content=encoded(
            character("F" if i else "L", 20 + i)))  # fmt: skip
    own = reading.read(tmp_path, Options(allow=("labels", "filled")))
    assert len(own) == 4
    for shown in (*own.classes, *own.files, *map(str, own.remarks)):
        assert shown.isprintable() or "\u200d" in shown
        assert shown.encode()
    assert all(len(str(remark)) < 700 for remark in own.remarks)


def test_a_name_that_is_no_utf8_is_read(tmp_path):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        os.mkdir(folder)  # noqa: PTH102 - a name of bytes
    except OSError:
        pytest.skip("this file system wants UTF-8")
    with open(folder + b"/1.png", "wb") as stream:
        stream.write(PNG)
    ((_, label),) = labels(folders.find(put(tmp_path, "b/2.png"))[0][:1] or []).values()
    assert label in ("b", "caf\ufffd")


def test_letters_composed_in_two_ways_are_one_class(tmp_path):
    put(tmp_path, "train/\u00e9/1.png", "train/b/1.png", "test/e\u0301/2.png")
    files, _ = folders.find(tmp_path)
    assert {each.label for each in files} == {"\u00e9", "b"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path):
    put(tmp_path, "a/1.png", "b/1.png", "c/1.png")
    (tmp_path / "c").chmod(0)
    try:
        files, remarks = folders.find(tmp_path)
    finally:
        (tmp_path / "c").chmod(0o700)
    assert len(files) == 2
    assert [remark.files for remark in remarks] == [("c",)]


def test_a_folder_that_fails_to_open_is_said(tmp_path, monkeypatch):
    """The same for root, who may read everything."""
    put(tmp_path, "a/1.png", "b/1.png", "c/1.png")
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("/c"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, remarks = folders.find(tmp_path)
    assert len(files) == 2
    assert [(remark.kind, remark.files) for remark in remarks] == [("unreadable", ("c",))]
