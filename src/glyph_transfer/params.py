"""`python -m glyph_transfer.params`: look for faults in params.yaml without running a stage."""

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

if __name__ == "__main__":
    try:
        params.load()
    except InputError as error:
        raise SystemExit(str(error)) from None
