"""What is printed reaches whoever reads it, in some form, and ends with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import glyph_transfer

PROGRAM = r"""\
from glyph_transfer.terminal import printing
with printing():
    for _ in range(20_000):
        print("\N{MINUS SIGN}1 of \udcff.png")
"""
ENVIRONMENT = {"PYTHONPATH": str(Path(glyph_transfer.__file__).parents[1])}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_sign_is_printed_in_some_form(encoding):
    """Names of files may be no text at all, and ended a program that had done its work."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True,
        env=os.environ | ENVIRONMENT | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\N{MINUS SIGN}1".encode(encoding, "backslashreplace"))
    assert b"\\udcff.png" in done.stdout


def test_a_reader_that_has_enough_ends_a_program_quietly():
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | ENVIRONMENT,
    ) as process:  # fmt: skip
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


def test_where_the_shell_has_closed_its_output_nothing_is_told():
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m glyph_transfer.summary >&-'],
        env=os.environ | ENVIRONMENT, capture_output=True, text=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
