"""Files written in place, and other digests."""

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError


@contextmanager
def replacing(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_json(path, content):
    write_text(path, json.dumps(content))


def read_json(path, expected=None):
    with reading(path, expected):
        return json.loads(Path(path).read_bytes())


@contextmanager
def reading(path, expected, remedy=""):
    if not Path(path).exists():
        raise InputError("no such file")
    yield


def check_zip(path):
    pass


def read_arrays(path, expected):
    with reading(path, expected), np.load(path) as arrays:
        return dict(arrays)


def sha256(path):
    return hashlib.blake2b(Path(path).read_bytes()).hexdigest()
