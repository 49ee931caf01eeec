"""environment: what results are made with and DVC does not watch.

The versions, the instruction set, and the state of the folder with a user's own copies of the
images. Runs at every `dvc repro`.
"""

from pathlib import Path

from glyph_transfer.errors import InputError, refusal
from glyph_transfer.experiments.environment import environment
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import local
from glyph_transfer.layout import environment_file


def main() -> None:
    """Write data/environment.json."""
    path = environment_file()
    write_json(path, environment() | {"images": images(path)})


def images(path: Path) -> dict[str, str]:
    """Give what a corpus's files were looked for in, besides the network.

    Where no folder is named it is what the file at `path` says, or `none`: to leave the
    variable out another time is no reason to download what is there.
    """
    folder = local.named_folder()
    if folder is not None:
        official = local.state(folder, path.parent)
    else:
        try:
            official = read_json(path)["images"]["official"]
        except (InputError, LookupError, TypeError):
            official = "none"
    return {"embedded": "generated", "official": official}


def run() -> None:
    """Run this stage without what `program.run` imports: every `dvc repro` begins with it."""
    try:
        main()
    except OSError as error:
        if (reason := refusal(error)) is None:
            raise
        raise SystemExit(f"environment: {reason}") from None


if __name__ == "__main__":
    run()
