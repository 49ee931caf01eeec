"""`python -m glyph_transfer.gate [BASE]`: refuse a change that loses accuracy."""

import sys

from glyph_transfer.commands.gate import main

if __name__ == "__main__":
    sys.exit(main())
