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
class Project:
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
def project(tmp_path, server, monkeypatch):
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
    return Project(digits, fashion, letters, tmp_path, server)


def origins(source):
    return [entry["origin"] for entry in source["files"]]


# Download


def test_without_local_files_the_official_ones_are_downloaded(project):
    source = project.fetch(project.digits)
    assert project.raw(project.digits) == contents(NAMES, "digits")
    first = contents(NAMES, "digits")["train-images.gz"]
    assert source["role"] == "digits"
    assert source["provenance"] == "official"
    assert source["form"] == "idx"
    assert source["files"][0] == {
        "name": "train-images.gz",
        "size": len(first),
        "sha256": digest(first),
        "official": True,
        "origin": project.server.address("a/train-images.gz"),
    }
    assert [entry["name"] for entry in source["files"]] == list(NAMES.values())
    assert read_json(project.root / "raw/digits/source.json") == source


def test_source_json_is_the_same_bytes_whichever_mirror_answered(project):
    project.fetch(project.digits)
    path = project.root / "raw/digits/source.json"
    first = path.read_bytes()
    shutil.rmtree(project.root / "dl")
    project.server.behaviour["a/train-images.gz"] = "web page"
    project.fetch(project.digits, local=False)
    assert ("b/train-images.gz", None) in project.server.requests
    assert path.read_bytes() == first
    assert str(project.root).encode() not in first


def test_same_named_downloads_of_two_roles_are_kept_apart(project):
    """MNIST and Fashion-MNIST name their files alike: one part must not resume the other."""
    for _ in range(2):
        project.fetch(project.digits)
        project.fetch(project.fashion)
        assert project.raw(project.digits) == contents(NAMES, "digits")
        assert project.raw(project.fashion) == contents(NAMES, "fashion")
    assert len(project.server.requests) == 8


def test_failed_fetch_leaves_no_source_json(project):
    project.fetch(project.digits)
    shutil.rmtree(project.root / "dl")
    project.server.files.clear()
    with pytest.raises(InputError, match=r"train-images\.gz .* could not be downloaded"):
        project.fetch(project.digits)
    assert not (project.root / "raw/digits/source.json").exists()


def test_archive_is_downloaded_once_and_only_wanted_members_are_taken(project):
    source = project.fetch(project.letters)
    project.fetch(project.letters)
    assert project.server.requests == [("z/gzip.zip", None)]
    assert project.raw(project.letters) == contents(ZIP_NAMES, "letters")
    assert source["provenance"] == "official"
    address = project.server.address("z/gzip.zip")
    assert origins(source)[0] == f"{address}, gzip/letters-train-images.gz"


def test_kept_archive_is_checked_at_every_use(project):
    project.fetch(project.letters)
    kept = project.root / "dl/gzip.zip"
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    project.fetch(project.letters)
    assert len(project.server.requests) == 2
    assert project.raw(project.letters) == contents(ZIP_NAMES, "letters")


def test_archive_without_the_members_of_the_catalogue_is_an_error(project):
    zipped = write_zip(project.root / "other.zip", {"something": b"else"})
    project.server.files["z/gzip.zip"] = zipped
    archive = dataclasses.replace(project.letters.archive, size=len(zipped), sha256=digest(zipped))
    with pytest.raises(InputError, match="has the published checksum but not the members"):
        project.fetch(dataclasses.replace(project.letters, archive=archive))


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
    source = fetch_role(project.digits, output, project.root / "dl", project.local, True)
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
