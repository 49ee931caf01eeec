"""Which set a file of the user's own is of, and what is said where it is of no use."""

import gzip
import hashlib

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import local
from glyph_transfer.images.fetch import fetch_role
from served_roles import NAMES, ZIP_NAMES, contents, make_role, origins, write, write_zip


def unzipped(word):
    """What the official files hold, under their names without `.gz`."""
    held = contents(NAMES, f"{word} unzipped")
    return {name.removesuffix(".gz"): content for name, content in held.items()}


def test_unzipped_files_of_another_set_are_never_taken(project):
    """Clothes were read as digits where unofficial digits are allowed."""
    write(project.local, unzipped("fashion"))
    source = project.fetch(project.digits, allow=True)
    assert origins(source)[0].startswith("http")
    assert project.raw(project.digits) == contents(NAMES, "digits")


def test_files_of_another_set_that_were_zipped_again_are_never_taken(project):
    again = {f"{name}.gz": gzip.compress(held) for name, held in unzipped("fashion").items()}
    write(project.local, again)
    assert origins(project.fetch(project.digits, allow=True))[0].startswith("http")
    source = project.fetch(project.fashion)
    assert (source["provenance"], origins(source)[0]) == ("official", "local: train-images.gz")


def test_unzipped_files_are_official_whatever_they_are_called(project):
    names = {"train-images": "train-images.gz"}
    files = {names.get(name, name): held for name, held in unzipped("digits").items()}
    write(project.local, files)
    source = project.fetch(project.digits)
    assert source["provenance"] == "official"
    assert project.server.requests == [(f"a/{name}", None) for name in [*NAMES.values()][1:]]


def test_torchvisions_folders_are_told_apart(project):
    for folder, word in {"MNIST": "digits", "FashionMNIST": "fashion"}.items():
        write(project.local / folder / "raw", unzipped(word))
    for role in (project.digits, project.fashion):
        source = project.fetch(role)
        assert source["provenance"] == "official"
        assert {*project.raw(role).values()} == {*unzipped(role.name).values()}
    assert project.server.requests == []


@pytest.mark.parametrize("folder", ["fashion", "KMNIST/raw", "k-mnist"])
def test_a_folder_of_another_set_is_not_searched_for_unknown_files(project, folder):
    write(project.local / folder, contents(NAMES, "whose?"))
    assert origins(project.fetch(project.digits, allow=True))[0].startswith("http")
    write(project.local / "mine", contents(NAMES, "my own"))
    assert project.fetch(project.digits, allow=True)["provenance"] == "unofficial"
    assert project.raw(project.digits) == contents(NAMES, "my own")


def test_files_in_a_folder_that_is_a_link_are_found(project):
    write(project.root / "elsewhere", contents(NAMES, "digits"))
    (project.local / "link").symlink_to(project.root / "elsewhere")
    (project.root / "elsewhere/round").symlink_to(project.local)
    source = project.fetch(project.digits)
    assert origins(source)[0] == "local: link/train-images.gz"
    assert project.server.requests == []


def test_the_other_spelling_of_idx_names_is_known(project):
    idx = {key: f"{name.removesuffix('.gz')}-idx.gz" for key, name in NAMES.items()}
    files = {
        name.replace("-idx", ".idx"): content for name, content in contents(idx, "digits").items()
    }
    write(project.local, files)
    source = project.fetch(make_role("digits", idx, "digits"))
    assert source["provenance"] == "official"
    assert {*project.raw(project.digits)} == {*idx.values()}


def test_where_nothing_can_be_downloaded_it_is_said_what_was_seen_and_why_it_was_not_used(project):
    project.server.files.clear()
    write(project.local / "a", unzipped("fashion"))
    write(project.local / "KMNIST", {"train-images.gz": b"?"})
    write(project.local, {"pictures.tar": b""} | {f"{n}.txt": b"" for n in range(30)})
    with pytest.raises(InputError) as error:
        project.fetch(project.digits, allow=True)
    _, _, seen = str(error.value).partition(f"\nSeen in {project.local}:\n  ")
    lines = seen.split("\n  ")
    assert f"{project.local / 'a/train-images'}: by its checksum a file of fashion" in lines
    folder = "not a known file, and in a folder of KMNIST"
    assert f"{project.local / 'KMNIST/train-images.gz'}: {folder}" in lines
    assert any(line.endswith("not named as a file of digits is") for line in lines)
    assert lines[-1] == "and 24 more"


def test_without_a_local_folder_nothing_is_said_of_one(project):
    project.server.files.clear()
    with pytest.raises(InputError) as error:
        project.fetch(project.digits, local=False)
    assert "Seen in" not in str(error.value)


def test_a_member_that_declares_far_more_than_the_official_one_is_not_inflated(project):
    first = next(iter(ZIP_NAMES.values()))
    write_zip(project.local / "gzip.zip", {first: bytes(1_000_000)})
    with pytest.raises(InputError, match=r"declares 1,000,000 bytes, expected at most [\d,]{5}"):
        project.fetch(project.letters, allow=True)


@pytest.mark.parametrize(("allow", "provenance"), [("published", "unofficial"), (True, "other")])
def test_it_is_said_whether_unofficial_files_hold_the_published_images(project, allow, provenance):
    write(project.local, contents(NAMES, "unofficial"))
    folder = project.root / "raw/digits"
    source = fetch_role(project.digits, folder, project.root / "dl", project.local, allow)
    assert source["provenance"] == provenance
    write(project.local, contents(NAMES, "digits"))
    source = fetch_role(project.digits, folder, project.root / "dl", project.local, allow)
    assert source["provenance"] == "official"


def test_no_more_is_inflated_to_know_a_file_than_known_ones_have(tmp_path, monkeypatch):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(5000)))
    assert local._content_digest(path) == hashlib.sha256(bytes(5000)).hexdigest()
    monkeypatch.setattr(local, "_MOST_BYTES", 4999)
    assert local._content_digest(path) is None
