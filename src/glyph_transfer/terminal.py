"""What a program prints, whoever reads it and whatever signs that can show."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def printing() -> Iterator[None]:
    r"""Print in this block every sign in some form; end quietly where nobody reads any more.

    What an encoding lacks is printed by its number, such as `\u2212`: names of files may have any
    sign. A reader such as `head` ends when it has enough.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as it is where a shell has closed it
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # else the interpreter would try again at its end, and tell that it cannot
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
