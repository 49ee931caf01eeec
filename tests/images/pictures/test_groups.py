"""Pictures that belong together, by a pattern of their names or a table."""

import pytest

from drawn_pictures import write_folder
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import groups, reading
from glyph_transfer.images.pictures.own_images import Options

NAMES = ["a/w1_1.png", "a/w2_1.png", "b/w1_2.png"]


@pytest.mark.parametrize("pattern", [r"w\d", r"w(\d)", "/(w[12])_"])
def test_a_pattern(pattern):
    found, remarks = groups.read(NAMES, pattern)
    assert found[0] == found[2] != found[1]
    assert remarks == []


@pytest.mark.parametrize(
    "text",
    [
        "file,writer\na/w1_1.png,x\na/w2_1.png,y\nb/w1_2.png,x\n",
        "./a/w1_1.png,x\na\\w2_1.png,y\nb/w1_2.png,x\n",
        "w1_1.png,x\nw2_1.png,y\nw1_2.png,x\n",
        "writer\nx\ny\nx\n",
        "x\ny\nx\n",
    ],
)
def test_a_table(tmp_path, text):
    (tmp_path / "groups.csv").write_text(text)
    found, remarks = groups.read(NAMES, str(tmp_path / "groups.csv"))
    assert found.tolist() == ["x", "y", "x"]
    assert remarks == []


def test_a_picture_without_a_group_is_one_of_its_own_and_said():
    found, (remark,) = groups.read([*NAMES, "b/other.png", "b/more.png"], r"w\d")
    assert len({*found}) == 4
    assert remark.files == ("b/other.png", "b/more.png")


@pytest.mark.parametrize(
    ("given", "said"),
    [("(", "no regular expression"), ("sheet", "none of the 3"), ("none.csv", "cannot be read")],
)
def test_what_says_nothing_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        groups.read(NAMES, given)


def test_a_table_of_another_length_is_refused(tmp_path):
    (tmp_path / "groups.csv").write_text("x\ny\n")
    with pytest.raises(InputError, match="2 rows, expected one for each of the 3"):
        groups.read(NAMES, str(tmp_path / "groups.csv"))


def test_groups_stay_beside_their_images_where_others_are_left_out(tmp_path):
    write_folder(tmp_path, n=12)
    (tmp_path / "F" / "0.png").write_bytes(b"broken")
    own = reading.read(tmp_path, Options(groups=r"(\d+)\.png"))
    assert own.groups.tolist() == [name[2:-4] for name in own.files]
