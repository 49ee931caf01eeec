"""Another exception."""


class InputError(RuntimeError):
    pass
