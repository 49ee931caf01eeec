"""Roles whose files a server of the tests holds, and what is fetched of them."""

import dataclasses
import hashlib
import zipfile
from pathlib import Path

from glyph_transfer.images.fetch import fetch_role
from glyph_transfer.images.roles._facts import File, Form, Role, idx_forms

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
    # as if these bytes were zipped: another digest is known of what they hold
    held = contents(names, f"{word} unzipped")
    idx = {
        key: File(n, len(whole[n]), digest(whole[n]), digest(held[n])) for key, n in names.items()
    }
    mat = f"{word} mat".encode()
    forms = (
        *idx_forms(idx),
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
        allowed = "published" if allow is True else allow
        return fetch_role(role, folder, self.root / "dl", self.local if local else None, allowed)

    def raw(self, role):
        folder = self.root / "raw" / role.name
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "source.json"}


def origins(source):
    return [entry["origin"] for entry in source["files"]]
