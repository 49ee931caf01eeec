"""The network of a task as a TensorFlow Lite file, for telephones and the like:

python -m glyph_transfer.export my-task my-task.tflite
"""

from pathlib import Path
from typing import Annotated

import typer

from glyph_transfer.errors import InputError
from glyph_transfer.own.predict import folder_of
from glyph_transfer.stages import program


def main(
    task: Annotated[str, typer.Argument(help="its name, as advise gave it, or a folder")],
    file: Annotated[Path, typer.Argument(help="such as my-task.tflite; a .json comes beside it")],
) -> None:
    """Write the network of TASK to FILE, and its classes and preparation beside it."""
    folder = folder_of(task)
    if file.suffix != ".tflite" or not file.parent.is_dir():
        raise InputError(f"{file}: expected a name that ends in .tflite, in a folder that exists")
    # TensorFlow only now, so that a wrong name costs nothing but the message
    from glyph_transfer.own.exporting import export
    from glyph_transfer.own.predicting import Network

    path, card = export(Network(folder), file)
    typer.echo(
        f"{path}: takes images uint8 (n, 28, 28), prepared as {card} says under `steps`, and gives "
        "probabilities of the classes there, in their order"
    )


if __name__ == "__main__":
    program.run(main)
