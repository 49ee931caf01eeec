"""`python -m glyph_transfer.export TASK FILE.tflite`: a network for TensorFlow Lite."""

from glyph_transfer.own.export import main
from glyph_transfer.stages import program

if __name__ == "__main__":
    program.run(main)
