"""One's own tasks that params.yaml names, for the page and for the terminal."""

from collections.abc import Mapping
from dataclasses import dataclass

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.layout import own_folder, own_metrics_file
from glyph_transfer.protocol.params import Params

_NEEDED = ("accuracy", "accuracy_low", "accuracy_high", "images", "suspects")


@dataclass(frozen=True)
class OwnTask:
    """A task under `own` in params.yaml.

    Attributes:
        name: of it.
        metrics: that its stage wrote; None where it has not run.
    """

    name: str
    metrics: Mapping[str, float] | None

    @property
    def page(self) -> str:
        """Where its own page lies, from the project's folder."""
        return str(own_folder(self.name) / "index.html")


def read(settings: Params) -> list[OwnTask]:
    """Give every task, in the order of params.yaml.

    Raises:
        InputError: where a file is not what the stage `advise` writes.
    """
    return [OwnTask(name, _metrics(name)) for name in (settings.own.tasks if settings.own else {})]


def _metrics(name: str) -> Mapping[str, float] | None:
    path = own_metrics_file(name)
    if not path.exists():
        return None
    found = read_json(path)
    if not isinstance(found, dict) or any(
        not isinstance(found.get(key), int | float) for key in _NEEDED
    ):
        raise InputError(
            f"{path}: expected numbers under {', '.join(_NEEDED)}; `dvc repro --force "
            f"advise@{name}` writes it again"
        )
    return found
