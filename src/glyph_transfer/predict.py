"""`python -m glyph_transfer.predict TASK PICTURES...`: what a network takes pictures for."""

from glyph_transfer.own.predict import main
from glyph_transfer.stages import program

if __name__ == "__main__":
    program.run(main)
