import dataclasses
import hashlib
import os
import shutil
import struct
import zipfile
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.images import local
from glyph_transfer.images.fetch import fetch_role
from glyph_transfer.images.roles._facts import Archive, File, Form, Role

NAMES = {
    "train_images": "train-images.gz",
    "train_labels": "train-labels.gz",
    "test_images": "t10k-images.gz",
    "test_labels": "t10k-labels.gz",
}
ZIP_NAMES = {key: f"letters-{name}" for key, name in NAMES.items()}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def contents(names, word):
    """File name -> content, different for every file and word."""
    return {name: f"{word} {name} ".encode() * 50 for name in names.values()}


def make_role(name, names, word, **facts):
    whole = contents(names, word)
    idx = {key: File(n, len(whole[n]), digest(whole[n])) for key, n in names.items()}
    mat = f"{word} mat".encode()
    forms = (
        Form("idx", idx),
        Form("mat", {"all": File(f"{name}.mat", len(mat), digest(mat))}),
        Form("csv", {"train": File(f"{name}_train.csv"), "test": File(f"{name}_test.csv")}),
    )
    return Role(name, name, "none", "", "", ("0", "1"), 1, 1, forms, **facts)


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def write_zip(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"gzip/{name}"), content, zipfile.ZIP_DEFLATED)
    return path.read_bytes()


@dataclasses.dataclass
class Place:
    """A project with a server behind it: roles that share file names, and one in a zip."""

    digits: Role
    fashion: Role
    letters: Role
    root: Path
    server: object

    @property
    def local(self):
        return self.root / "local"

    def fetch(self, role, local=True, allow=False):
        folder = self.root / "raw" / role.name
        return fetch_role(role, folder, self.root / "dl", self.local if local else None, allow)

    def raw(self, role):
        folder = self.root / "raw" / role.name
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "source.json"}


@pytest.fixture
def place(tmp_path, server, monkeypatch):
    zipped = write_zip(tmp_path / "made.zip", contents(ZIP_NAMES, "letters"))
    (tmp_path / "made.zip").unlink()
    mirrors = (server.address("a/"), server.address("b/"))
    digits = make_role("digits", NAMES, "digits", mirrors=mirrors)
    fashion = make_role("fashion", NAMES, "fashion", mirrors=(server.address("f/"),))
    address = server.address("z/gzip.zip")
    archive = Archive("gzip.zip", len(zipped), digest(zipped), (address,), "gzip")
    letters = make_role("letters", ZIP_NAMES, "letters", archive=archive)
    for name, content in contents(NAMES, "digits").items():
        server.files[f"a/{name}"] = server.files[f"b/{name}"] = content
    for name, content in contents(NAMES, "fashion").items():
        server.files[f"f/{name}"] = content
    server.files["z/gzip.zip"] = zipped
    roles = {role.name: role for role in (digits, fashion, letters)}
    monkeypatch.setattr(local, "ROLES", roles)
    (tmp_path / "local").mkdir()
    return Place(digits, fashion, letters, tmp_path, server)


def origins(source):
    return [entry["origin"] for entry in source["files"]]


# Download


def test_without_local_files_the_official_ones_are_downloaded(place):
    source = place.fetch(place.digits)
    assert place.raw(place.digits) == contents(NAMES, "digits")
    first = contents(NAMES, "digits")["train-images.gz"]
    assert source["role"] == "digits"
    assert source["provenance"] == "official"
    assert source["form"] == "idx"
    assert source["files"][0] == {
        "name": "train-images.gz",
        "size": len(first),
        "sha256": digest(first),
        "official": True,
        "origin": place.server.address("a/train-images.gz"),
    }
    assert [entry["name"] for entry in source["files"]] == list(NAMES.values())
    assert read_json(place.root / "raw/digits/source.json") == source


def test_source_json_is_the_same_bytes_whichever_mirror_answered(place):
    place.fetch(place.digits)
    path = place.root / "raw/digits/source.json"
    first = path.read_bytes()
    shutil.rmtree(place.root / "dl")
    place.server.behaviour["a/train-images.gz"] = "web page"
    place.fetch(place.digits, local=False)
    assert ("b/train-images.gz", None) in place.server.requests
    assert path.read_bytes() == first
    assert str(place.root).encode() not in first


def test_same_named_downloads_of_two_roles_are_kept_apart(place):
    """MNIST and Fashion-MNIST name their files alike: one part must not resume the other."""
    for _ in range(2):
        place.fetch(place.digits)
        place.fetch(place.fashion)
        assert place.raw(place.digits) == contents(NAMES, "digits")
        assert place.raw(place.fashion) == contents(NAMES, "fashion")
    assert len(place.server.requests) == 8


def test_failed_fetch_leaves_no_source_json(place):
    place.fetch(place.digits)
    shutil.rmtree(place.root / "dl")
    place.server.files.clear()
    with pytest.raises(InputError, match=r"train-images\.gz .* could not be downloaded"):
        place.fetch(place.digits)
    assert not (place.root / "raw/digits/source.json").exists()


def test_archive_is_downloaded_once_and_only_wanted_members_are_taken(place):
    source = place.fetch(place.letters)
    place.fetch(place.letters)
    assert place.server.requests == [("z/gzip.zip", None)]
    assert place.raw(place.letters) == contents(ZIP_NAMES, "letters")
    assert source["provenance"] == "official"
    address = place.server.address("z/gzip.zip")
    assert origins(source)[0] == f"{address}, gzip/letters-train-images.gz"


def test_kept_archive_is_checked_at_every_use(place):
    place.fetch(place.letters)
    kept = place.root / "dl/gzip.zip"
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    place.fetch(place.letters)
    assert len(place.server.requests) == 2
    assert place.raw(place.letters) == contents(ZIP_NAMES, "letters")


def test_archive_without_the_members_of_the_catalogue_is_an_error(place):
    zipped = write_zip(place.root / "other.zip", {"something": b"else"})
    place.server.files["z/gzip.zip"] = zipped
    archive = dataclasses.replace(place.letters.archive, size=len(zipped), sha256=digest(zipped))
    with pytest.raises(InputError, match="has the published checksum but not the members"):
        place.fetch(dataclasses.replace(place.letters, archive=archive))


# Local files


def test_local_files_are_found_anywhere_and_nothing_is_asked_for(place):
    write(place.local / "a/b", contents(NAMES, "digits"))
    source = place.fetch(place.digits)
    assert place.server.requests == []
    assert place.raw(place.digits) == contents(NAMES, "digits")
    assert source["provenance"] == "official"
    assert origins(source)[0] == "local: a/b/train-images.gz"


def test_same_named_local_files_go_to_the_role_of_their_checksum(place):
    write(place.local / "x", contents(NAMES, "fashion"))
    write(place.local / "y", contents(NAMES, "digits"))
    for role in (place.digits, place.fashion):
        assert place.fetch(role, allow=True)["provenance"] == "official"
        assert place.raw(role) == contents(NAMES, role.name)
    assert place.server.requests == []


def test_files_of_another_role_are_never_candidates(place):
    """Fashion under the name of digits is the worst kind of wrong: it trains without a word."""
    write(place.local, contents(NAMES, "fashion"))
    source = place.fetch(place.digits, allow=True)
    assert place.raw(place.digits) == contents(NAMES, "digits")
    assert origins(source)[0].startswith("http")


def test_only_what_is_missing_is_downloaded(place):
    files = contents(NAMES, "digits")
    del files["t10k-labels.gz"]
    write(place.local, files)
    source = place.fetch(place.digits)
    assert place.server.requests == [("a/t10k-labels.gz", None)]
    assert source["provenance"] == "official"
    assert place.raw(place.digits) == contents(NAMES, "digits")


def test_unofficial_file_is_refused_unless_allowed(place):
    files = contents(NAMES, "digits")
    official = files["train-labels.gz"]
    files["train-labels.gz"] = b"other"
    write(place.local, files)
    with pytest.raises(InputError) as error:
        place.fetch(place.digits)
    message = str(error.value)
    assert str(place.local / "train-labels.gz") in message
    assert f"found 5 bytes with sha256 {digest(b'other')}" in message
    assert f"expected {len(official):,} bytes with sha256 {digest(official)}" in message
    assert "allow_unofficial for digits under sets.official in params.yaml" in message
    assert f"remove it from {place.local}" in message
    assert place.server.requests == []

    source = place.fetch(place.digits, allow=True)
    assert source["provenance"] == "unofficial"
    assert [entry["official"] for entry in source["files"]] == [True, False, True, True]
    assert place.raw(place.digits) == files


def test_official_files_win_over_unofficial_ones_even_where_those_are_allowed(place):
    write(place.local / "a", contents(NAMES, "unofficial"))
    write(place.local / "b", {"digits.mat": b"digits mat"})
    source = place.fetch(place.digits, allow=True)
    assert (source["form"], source["provenance"]) == ("mat", "official")
    assert place.raw(place.digits) == {"digits.mat": b"digits mat"}


def test_unofficial_files_must_be_from_one_folder(place):
    files = contents(NAMES, "unofficial")
    split = {"train-images.gz": files.pop("train-images.gz")}
    write(place.local / "a", files)
    write(place.local / "b", split)
    with pytest.raises(InputError, match="no complete set in one folder") as error:
        place.fetch(place.digits, allow=True)
    assert str(place.local / "b/train-images.gz") in str(error.value)
    assert place.server.requests == []


def test_several_unofficial_sets_are_ambiguous_unless_equal(place):
    write(place.local / "a", contents(NAMES, "unofficial"))
    write(place.local / "copy", contents(NAMES, "unofficial"))
    assert origins(place.fetch(place.digits, allow=True))[0] == "local: a/train-images.gz"
    write(place.local / "c", contents(NAMES, "different"))
    with pytest.raises(InputError, match="several places hold different") as error:
        place.fetch(place.digits, allow=True)
    assert f"\n  {place.local / 'a'}\n  {place.local / 'c'}\n" in str(error.value)


def test_other_forms_are_unofficial_and_come_in_order_of_preference(place):
    write(place.local, {"digits_train.csv": b"1", "digits_test.csv": b"2"})
    with pytest.raises(InputError, match="no official checksum is published for a file of this"):
        place.fetch(place.digits)
    assert place.fetch(place.digits, allow=True)["form"] == "csv"
    write(place.local, {"digits.mat": b"unofficial"})
    assert place.fetch(place.digits, allow=True)["form"] == "mat"
    assert place.raw(place.digits) == {"digits.mat": b"unofficial"}


def test_local_folder_that_is_not_there_is_an_error(place):
    place.local.rmdir()
    with pytest.raises(InputError, match="local: not a folder; GLYPH_TRANSFER_DATA must name"):
        place.fetch(place.digits)


def test_output_inside_the_local_folder_is_not_its_own_source(place):
    write(place.local / "x", contents(NAMES, "unofficial"))
    output = place.local / "raw/digits"
    write(output, contents(NAMES, "left over"))
    source = fetch_role(place.digits, output, place.root / "dl", place.local, True)
    assert origins(source)[0] == "local: x/train-images.gz"


def test_disk_that_fills_up_leaves_nothing_half_written(place):
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    write(place.local, contents(NAMES, "digits"))
    output = place.root / "raw/digits"
    output.mkdir(parents=True)
    (output / f".t10k-images.{os.getpid()}.part.gz").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"t10k-images\.gz: cannot be written \(No space left"):
        place.fetch(place.digits)
    assert {path.name for path in output.iterdir()} <= set(NAMES.values()) - {"t10k-images.gz"}


# Local zip archives


def test_members_of_a_local_archive_are_used(place):
    (place.local / "emnist").mkdir()
    (place.local / "emnist/gzip.zip").write_bytes(place.server.files["z/gzip.zip"])
    source = place.fetch(place.letters)
    assert source["provenance"] == "official"
    assert origins(source)[0] == "local: emnist/gzip.zip, gzip/letters-train-images.gz"
    assert place.raw(place.letters) == contents(ZIP_NAMES, "letters")
    assert place.server.requests == []


def test_unofficial_members_are_refused_unless_allowed(place):
    write_zip(place.local / "gzip.zip", contents(ZIP_NAMES, "unofficial"))
    with pytest.raises(
        InputError, match=r"gzip/letters-train-images\.gz in .*gzip\.zip: not known"
    ):
        place.fetch(place.letters)
    assert place.fetch(place.letters, allow=True)["provenance"] == "unofficial"


def test_member_names_never_become_paths(place):
    write_zip(place.local / "gzip.zip", {"../../../escaped": b"x"} | contents(ZIP_NAMES, "letters"))
    place.fetch(place.letters)
    assert set(place.raw(place.letters)) == set(ZIP_NAMES.values())
    assert not list(place.root.parent.rglob("escaped"))


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
def test_member_that_lies_about_its_size_is_refused(place, change, message):
    path = place.local / "gzip.zip"
    write_zip(path, contents(ZIP_NAMES, "letters"))
    member = "gzip/letters-t10k-images.gz"
    declare(path, member, len(contents(ZIP_NAMES, "letters")["letters-t10k-images.gz"]) + change)
    with pytest.raises(InputError, match=message):
        place.fetch(place.letters, allow=True)
    assert not (place.root / "raw/letters/source.json").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b"<html>" + b[-1000:-30],
        lambda b: b[: len(b) // 2],
        lambda b: b[:80] + bytes([b[80] ^ 255]) + b[81:],
    ],
    ids=["web page", "truncated", "changed byte"],
)
def test_damaged_local_archive_is_refused(place, damage):
    (place.local / "gzip.zip").write_bytes(damage(place.server.files["z/gzip.zip"]))
    with pytest.raises(InputError, match=r"gzip\.zip: found a damaged zip archive .* replace it"):
        place.fetch(place.letters)


def test_local_archive_with_a_name_that_is_no_text_is_refused(place):
    """Python's zipfile lets a UnicodeDecodeError through."""
    write_zip(place.local / "gzip.zip", {"\u00e9": b""} | contents(ZIP_NAMES, "letters"))
    content = (place.local / "gzip.zip").read_bytes()
    (place.local / "gzip.zip").write_bytes(content.replace("\u00e9".encode(), b"\xff\xff"))
    with pytest.raises(InputError, match=r"damaged zip archive .*utf-8"):
        place.fetch(place.letters)
