"""Log the network of a task, and register it, where the store lacks it:

python -m glyph_transfer.own.register my-task

What DVC took from its cache, or a store that failed left out, is in the store then.
"""

import time
from typing import Annotated

import typer

from glyph_transfer.files import read_json
from glyph_transfer.layout import own_folder
from glyph_transfer.own.predict import folder_of
from glyph_transfer.stages import program


def main(task: Annotated[str, typer.Argument(help="its name, as advise gave it")]) -> None:
    """Log and register the network of TASK."""
    started, folder = time.time(), own_folder(task)
    model = folder_of(task)
    # TensorFlow only now, so that a wrong name costs nothing but the message
    from glyph_transfer.own import making, saved

    summary = read_json(folder / making.NUMBERS)
    version = making.log(saved.read_card(model), summary, folder, started)
    typer.echo(f"glyph-transfer-{task}@best, version {version}")


if __name__ == "__main__":
    program.run(main)
