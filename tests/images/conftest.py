"""A project with a server behind it."""

import pytest

from glyph_transfer.images import local
from glyph_transfer.images.roles._facts import Archive
from served_roles import NAMES, ZIP_NAMES, Project, contents, digest, make_role, write_zip


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
