"""What a network for one's own images takes pictures for:

python -m glyph_transfer.predict my-task picture.png folder/ --csv out.csv
"""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, reading, write_text
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.images.pictures.reading import read_unlabelled
from glyph_transfer.layout import own_folder
from glyph_transfer.learning import CORES
from glyph_transfer.stages import program

T = TypeVar("T")
PART = 500
"""Pictures that one thread classifies at once."""
FIELDS = ("picture", "class", "probability", "runner_up", "probability_of_runner_up")
_CARD = "card.json"


def main(
    task: Annotated[str, typer.Argument(help="its name, as advise gave it, or a folder")],
    pictures: Annotated[list[Path], typer.Argument(help="pictures, and folders of them")],
    csv: Annotated[Path | None, typer.Option(help="a table of the answers")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="the answers, one JSON a line")] = None,
) -> None:
    """Classify PICTURES with the network of TASK: class, probability and the runner-up."""
    wanted = [(csv, as_csv), (jsonl, as_json_lines)]
    for path, _ in wanted:
        if path is not None and path.is_dir():
            raise InputError(f"{path} is a folder; expected the name of a file to write")
    folder = folder_of(task)
    with reading(folder / _CARD, "the card of a network", "Run advise anew."):
        steps = Steps(**read_json(folder / _CARD)["steps"])
    own = read_unlabelled(pictures, steps)
    for remark in own.remarks:
        print(remark, file=sys.stderr)
    os.environ.setdefault(CORES, str(os.cpu_count()))
    # TensorFlow only now, so that what cannot be read costs nothing but the message
    from glyph_transfer.own.predicting import Network

    answers = in_parts(Network(folder).answers, own.images)
    rows = [
        (name, each.name, each.probability, each.runner_up, each.of_runner_up)
        for name, each in zip(own.files, answers, strict=True)
    ]
    for path, write in wanted:
        if path is not None:
            write_text(path, write(rows))
    if csv is None and jsonl is None:
        print(as_csv(rows), end="")
    else:
        print(f"{len(rows):,} pictures: {', '.join(str(path) for path, _ in wanted if path)}")


def in_parts(answers: Callable[[np.ndarray], list[T]], images: np.ndarray) -> list[T]:
    """Answer a part of the images on each core: an answer hangs on its image alone."""
    parts = (images[start : start + PART] for start in range(0, len(images), PART))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [each for part in pool.map(answers, parts) for each in part]


def folder_of(task: str) -> Path:
    """Find the network of a task.

    Raises:
        InputError: that lists the tasks there are.
    """
    for folder in (own_folder(task) / "model", Path(task)):
        if (folder / _CARD).is_file():
            return folder
    known = sorted(
        path.parent.parent.name for path in own_folder("x").parent.glob(f"*/model/{_CARD}")
    )
    raise InputError(
        f"there is no network of the task {task!r}; those there are: {', '.join(known) or 'none'}. "
        "`make advise IMAGES=folder` makes one"
    )


def as_csv(rows: Iterable[tuple]) -> str:
    """Write answers as a table with a header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(_rounded(rows))
    return buffer.getvalue()


def as_json_lines(rows: Iterable[tuple]) -> str:
    """Write answers as JSON, one a line."""
    lines = (
        json.dumps(dict(zip(FIELDS, row, strict=True)), ensure_ascii=False)
        for row in _rounded(rows)
    )
    return "".join(f"{line}\n" for line in lines)


def _rounded(rows: Iterable[tuple]) -> Iterator[tuple]:
    return (tuple(round(v, 4) if isinstance(v, float) else v for v in row) for row in rows)


if __name__ == "__main__":
    program.run(main)
