"""The one error that a user can cause."""


class InputError(Exception):
    """A file, a parameter or a choice that cannot be used.

    The message is complete: what was found, what was expected, where, and what to
    do about it. Programs print it alone, without a traceback, and exit with 1.
    """
