"""environment: the versions and the instruction set that results are made with.

Runs at every `dvc repro`, since nothing that DVC watches tells that a library was updated.
"""

from glyph_transfer.experiments.environment import environment
from glyph_transfer.files import write_json
from glyph_transfer.layout import environment_file

if __name__ == "__main__":
    write_json(environment_file(), environment())
