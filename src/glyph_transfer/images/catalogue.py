"""What is known about the official images of every role. Nothing here reads or writes a file."""

from collections.abc import Mapping
from importlib import import_module

from glyph_transfer.images import roles
from glyph_transfer.images.roles._facts import Role

ROLES: Mapping[str, Role] = {
    name: import_module(f"{roles.__name__}.{name}").ROLE for name in roles.names()
}
"""Name -> facts, of every file in `roles`."""
