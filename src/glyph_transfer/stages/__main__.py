"""A stage's program: `python -m glyph_transfer.stages transfer CORPUS STUDY`.

It runs in a warm process where `make repro` has one (see commands/warm.py), and else here.
"""

import sys
from pathlib import Path

from glyph_transfer.commands import warm

PROGRAMS = sorted({path.stem for path in Path(__file__).parent.glob("[a-z]*.py")} - {"program"})

if __name__ == "__main__":
    if not {*sys.argv[1:2]} & {*PROGRAMS}:
        raise SystemExit(f"name a stage's program: {', '.join(PROGRAMS)}")
    program = sys.argv.pop(1)
    raise SystemExit(warm.run(f"glyph_transfer.stages.{program}"))
