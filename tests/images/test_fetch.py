"""Official files from servers, checked at every use."""

import dataclasses
import shutil

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from served_roles import NAMES, ZIP_NAMES, contents, digest, origins, write_zip


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
