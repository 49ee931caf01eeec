"""How advice on one's own images is found, and the folders that the pipeline asks it for."""

from typing import Annotated

from pydantic import AfterValidator, Field

from glyph_transfer.protocol.names import Name
from glyph_transfer.protocol.parts import Schema


def _small(name: str) -> str:
    if name != name.lower():
        raise ValueError("not a name for a task: it is written in small letters")
    return name


TaskName = Annotated[Name, AfterValidator(_small)]


class Task(Schema):
    """A user's images.

    Attributes:
        images: a folder, or a file of arrays, from the project's folder. DVC watches it.
        options: of reading it, as the program `advise` takes them: `ink=dark allow=leak`.
        groups: pattern of names, or a csv file, of what stays together.
    """

    images: Annotated[str, Field(min_length=1)]
    options: str = ""
    groups: str = ""


class Own(Schema):
    """What is tried on one's own images.

    Attributes:
        recipes: names under `recipes`, the most trusted first: of those that a user's images do
            not tell apart, the first is taken.
        tasks: images by the name of their task, each a stage of the pipeline.
    """

    recipes: Annotated[list[str], Field(min_length=1)]
    tasks: dict[TaskName, Task] = Field(default_factory=dict)
