"""`python -m glyph_transfer.summary`: the results on the terminal."""

from glyph_transfer.commands.summary import main

if __name__ == "__main__":
    main()
