"""Names of classes and files in the order that people expect."""

import re
import unicodedata


def natural(name: str) -> tuple:
    """Key that sorts names with their numbers by value, in any script: 2 before 10."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", name).casefold())
    return tuple(
        (0, int(part), "") if number % 2 else (1, 0, part)
        for number, part in enumerate(parts)
        if part
    ), name
