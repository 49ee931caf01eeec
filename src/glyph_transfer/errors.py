"""The one error that a user can cause, and what a disk refuses."""

import errno

_REFUSALS = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not be so large here",
    errno.EISDIR: "it is a folder",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "not permitted to this user",
    errno.EPERM: "not permitted to this user",
}


class InputError(Exception):
    """A file, a parameter or a choice that cannot be used.

    The message is complete: what was found, what was expected, where, and what to
    do about it. Programs print it alone, without a traceback, and exit with 1.
    """


def refusal(error: OSError) -> str | None:
    """Say in words which file a disk has refused to write and why; None for another error."""
    if (reason := _REFUSALS.get(error.errno)) is None:
        return None
    return f"{error.filename2 or error.filename or 'a file'}: {reason}"
