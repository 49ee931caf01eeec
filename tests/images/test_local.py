"""Files of the user's own, loose and in zip archives."""

import os
import struct
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.fetch import fetch_role
from served_roles import NAMES, ZIP_NAMES, contents, digest, origins, write, write_zip

# Local files


def test_local_files_are_found_anywhere_and_nothing_is_asked_for(project):
    write(project.local / "a/b", contents(NAMES, "digits"))
    source = project.fetch(project.digits)
    assert project.server.requests == []
    assert project.raw(project.digits) == contents(NAMES, "digits")
    assert source["provenance"] == "official"
    assert origins(source)[0] == "local: a/b/train-images.gz"


def test_same_named_local_files_go_to_the_role_of_their_checksum(project):
    write(project.local / "x", contents(NAMES, "fashion"))
    write(project.local / "y", contents(NAMES, "digits"))
    for role in (project.digits, project.fashion):
        assert project.fetch(role, allow=True)["provenance"] == "official"
        assert project.raw(role) == contents(NAMES, role.name)
    assert project.server.requests == []


def test_files_of_another_role_are_never_candidates(project):
    """Fashion under the name of digits is the worst kind of wrong: it trains without a word."""
    write(project.local, contents(NAMES, "fashion"))
    source = project.fetch(project.digits, allow=True)
    assert project.raw(project.digits) == contents(NAMES, "digits")
    assert origins(source)[0].startswith("http")


def test_only_what_is_missing_is_downloaded(project):
    files = contents(NAMES, "digits")
    del files["t10k-labels.gz"]
    write(project.local, files)
    source = project.fetch(project.digits)
    assert project.server.requests == [("a/t10k-labels.gz", None)]
    assert source["provenance"] == "official"
    assert project.raw(project.digits) == contents(NAMES, "digits")


def test_unofficial_file_is_refused_unless_allowed(project):
    files = contents(NAMES, "digits")
    official = files["train-labels.gz"]
    files["train-labels.gz"] = b"other"
    write(project.local, files)
    with pytest.raises(InputError) as error:
        project.fetch(project.digits)
    message = str(error.value)
    assert str(project.local / "train-labels.gz") in message
    assert f"found 5 bytes with sha256 {digest(b'other')}" in message
    assert f"expected {len(official):,} bytes with sha256 {digest(official)}" in message
    assert "allow_unofficial for digits under sets.official in params.yaml" in message
    assert f"remove it from {project.local}" in message
    assert project.server.requests == []

    source = project.fetch(project.digits, allow=True)
    assert source["provenance"] == "unofficial"
    assert [entry["official"] for entry in source["files"]] == [True, False, True, True]
    assert project.raw(project.digits) == files


def test_official_files_win_over_unofficial_ones_even_where_those_are_allowed(project):
    write(project.local / "a", contents(NAMES, "unofficial"))
    write(project.local / "b", {"digits.mat": b"digits mat"})
    source = project.fetch(project.digits, allow=True)
    assert (source["form"], source["provenance"]) == ("mat", "official")
    assert project.raw(project.digits) == {"digits.mat": b"digits mat"}


def test_unofficial_files_must_be_from_one_folder(project):
    files = contents(NAMES, "unofficial")
    split = {"train-images.gz": files.pop("train-images.gz")}
    write(project.local / "a", files)
    write(project.local / "b", split)
    with pytest.raises(InputError, match="no complete set in one folder") as error:
        project.fetch(project.digits, allow=True)
    assert str(project.local / "b/train-images.gz") in str(error.value)
    assert project.server.requests == []


def test_several_unofficial_sets_are_ambiguous_unless_equal(project):
    write(project.local / "a", contents(NAMES, "unofficial"))
    write(project.local / "copy", contents(NAMES, "unofficial"))
    assert origins(project.fetch(project.digits, allow=True))[0] == "local: a/train-images.gz"
    write(project.local / "c", contents(NAMES, "different"))
    with pytest.raises(InputError, match="several places hold different") as error:
        project.fetch(project.digits, allow=True)
    assert f"\n  {project.local / 'a'}\n  {project.local / 'c'}\n" in str(error.value)


def test_other_forms_are_unofficial_and_come_in_order_of_preference(project):
    write(project.local, {"digits_train.csv": b"1", "digits_test.csv": b"2"})
    with pytest.raises(InputError, match="no official checksum is published for a file of this"):
        project.fetch(project.digits)
    assert project.fetch(project.digits, allow=True)["form"] == "csv"
    write(project.local, {"digits.mat": b"unofficial"})
    assert project.fetch(project.digits, allow=True)["form"] == "mat"
    assert project.raw(project.digits) == {"digits.mat": b"unofficial"}


def test_local_folder_that_is_not_there_is_an_error(project):
    project.local.rmdir()
    with pytest.raises(InputError, match="local: not a folder; GLYPH_TRANSFER_DATA must name"):
        project.fetch(project.digits)


def test_output_inside_the_local_folder_is_not_its_own_source(project):
    write(project.local / "x", contents(NAMES, "unofficial"))
    output = project.local / "raw/digits"
    write(output, contents(NAMES, "left over"))
    source = fetch_role(project.digits, output, project.root / "dl", project.local, "published")
    assert origins(source)[0] == "local: x/train-images.gz"


def test_disk_that_fills_up_leaves_nothing_half_written(project):
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    write(project.local, contents(NAMES, "digits"))
    output = project.root / "raw/digits"
    output.mkdir(parents=True)
    (output / f".t10k-images.{os.getpid()}.part.gz").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"t10k-images\.gz: cannot be written \(No space left"):
        project.fetch(project.digits)
    assert {path.name for path in output.iterdir()} <= set(NAMES.values()) - {"t10k-images.gz"}


# Local zip archives


def test_members_of_a_local_archive_are_used(project):
    (project.local / "emnist").mkdir()
    (project.local / "emnist/gzip.zip").write_bytes(project.server.files["z/gzip.zip"])
    source = project.fetch(project.letters)
    assert source["provenance"] == "official"
    assert origins(source)[0] == "local: emnist/gzip.zip, gzip/letters-train-images.gz"
    assert project.raw(project.letters) == contents(ZIP_NAMES, "letters")
    assert project.server.requests == []


def test_unofficial_members_are_refused_unless_allowed(project):
    write_zip(project.local / "gzip.zip", contents(ZIP_NAMES, "unofficial"))
    with pytest.raises(
        InputError, match=r"gzip/letters-train-images\.gz in .*gzip\.zip: not known"
    ):
        project.fetch(project.letters)
    assert project.fetch(project.letters, allow=True)["provenance"] == "unofficial"


def test_member_names_never_become_paths(project):
    write_zip(
        project.local / "gzip.zip", {"../../../escaped": b"x"} | contents(ZIP_NAMES, "letters")
    )
    project.fetch(project.letters)
    assert set(project.raw(project.letters)) == set(ZIP_NAMES.values())
    assert not list(project.root.parent.rglob("escaped"))


def declare(path, member, size):
    """Change the size that the archive's directory declares for a member."""
    content = bytearray(path.read_bytes())
    entry = content.rindex(member.encode()) - 46  # the central directory comes last
    assert content[entry : entry + 4] == b"PK\1\2"
    struct.pack_into("<I", content, entry + 24, size)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [(-1, "damaged zip archive .Bad CRC-32"), (1, "declares 1,551 bytes and holds 1,550")],
)
def test_member_that_lies_about_its_size_is_refused(project, change, message):
    path = project.local / "gzip.zip"
    write_zip(path, contents(ZIP_NAMES, "letters"))
    member = "gzip/letters-t10k-images.gz"
    declare(path, member, len(contents(ZIP_NAMES, "letters")["letters-t10k-images.gz"]) + change)
    with pytest.raises(InputError, match=message):
        project.fetch(project.letters, allow=True)
    assert not (project.root / "raw/letters/source.json").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b"<html>" + b[-1000:-30],
        lambda b: b[: len(b) // 2],
        lambda b: b[:80] + bytes([b[80] ^ 255]) + b[81:],
    ],
    ids=["web page", "truncated", "changed byte"],
)
def test_damaged_local_archive_is_refused(project, damage):
    (project.local / "gzip.zip").write_bytes(damage(project.server.files["z/gzip.zip"]))
    with pytest.raises(InputError, match=r"gzip\.zip: found a damaged zip archive .* replace it"):
        project.fetch(project.letters)


def test_local_archive_with_a_name_that_is_no_text_is_refused(project):
    """Python's zipfile lets a UnicodeDecodeError through."""
    write_zip(project.local / "gzip.zip", {"\u00e9": b""} | contents(ZIP_NAMES, "letters"))
    content = (project.local / "gzip.zip").read_bytes()
    (project.local / "gzip.zip").write_bytes(content.replace("\u00e9".encode(), b"\xff\xff"))
    with pytest.raises(InputError, match=r"damaged zip archive .*utf-8"):
        project.fetch(project.letters)
