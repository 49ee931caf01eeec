"""."""


def names():
    return ("balanced", "bymerge", "digits", "fashion", "letters")
