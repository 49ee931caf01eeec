"""Roles, whatever files there are."""


def names():
    return "balanced", "bymerge", "digits", "fashion", "letters"
