"""The answer on the terminal: `python -m glyph_transfer.summary [--all]`.

Reads reports/<corpus>/, and times from data/<corpus>/conditions/ where this machine has them.
Imports nothing heavy.
"""

import argparse
import sys
import textwrap
from pathlib import Path

from glyph_transfer.commands.all_cells import every_cell
from glyph_transfer.errors import InputError
from glyph_transfer.files import reading
from glyph_transfer.layout import report_folder
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import own_tasks, rendering, screen
from glyph_transfer.report.committed import read_studies
from glyph_transfer.terminal import printing

QUESTION = (
    "A few labelled images of new characters: which source to start from, what to freeze, what for?"
)

WIDTH = 100
_LABEL = 10  # columns before a sentence

INTERVALS = (
    "A draw is one choice of labelled images, weights and batches; in brackets 95 % intervals."
)

_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{MICRO SIGN}": "u",
        "\N{EN DASH}": "-",
    }
)


def main(words: list[str] | None = None) -> None:
    """Print the answers of every corpus that params.yaml lists, or with --all every cell."""
    parser = argparse.ArgumentParser(prog="python -m glyph_transfer.summary", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every cell of every study")
    everything = parser.parse_args(words).all
    try:
        corpora = params.load().corpora
        folders = {corpus: report_folder(corpus) for corpus in corpora}
        if everything:
            lines = [line for folder in folders.values() for line in every_cell(folder)]
        else:
            settings = {corpus: params.load(corpus=corpus) for corpus in corpora}
            lines = summarise(folders, settings)
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    encoding = (sys.stdout and sys.stdout.encoding) or "ascii"
    with printing():
        print(plain("\n".join(lines), encoding))


def summarise(folders: dict[str, Path], settings: dict[str, Params]) -> list[str]:
    """Lines of at most 100 characters: the question, what each corpus answers, what to type next.

    Args:
        folders: of the results, by corpus.
        settings: of each corpus.

    Raises:
        InputError: where a corpus has no results, or they are not what the stages write.
    """
    tasks = own_tasks.read(next(iter(settings.values())))
    return [
        QUESTION,
        *(line for corpus in folders for line in _corpus(corpus, folders[corpus], settings)),
        *(
            line
            for said in rendering.lines("terminal_own", tasks=tasks)
            for line in _wrapped("own", said)
        ),
        *_wrapped("", INTERVALS),
        *_wrapped("next", _next(list(folders))),
    ]


def plain(text: str, encoding: str) -> str:
    """Give a text as far as a terminal's encoding can say it, with plain signs for the others."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def _corpus(corpus: str, folder: Path, settings: dict[str, Params]) -> list[str]:
    page = folder / "index.html"
    with reading(folder, "the results of its studies", "`dvc repro` makes them again."):
        studies = read_studies(folder, corpus, settings[corpus])
        if not any(studies.values()):
            raise InputError(f"{folder}/: no results yet. `dvc repro` makes them.")
        sentences = screen.sentences(settings[corpus], studies)
    sentences.append(("page", str(page) if page.exists() else f"{page}: `dvc repro` makes it"))
    return [
        *_wrapped("", _notice(corpus, folder / "report.md")),
        *(line for about, sentence in sentences for line in _wrapped(about, sentence)),
    ]


def _notice(corpus: str, report: Path) -> str:
    """What the report says of its images before anything else; the corpus's name without one."""
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    notices = [line.strip("> *") for line in lines if line.startswith("> ")]
    return notices[0] if notices else f"Corpus {corpus}."


def _next(corpora: list[str]) -> str:
    steps = ["python -m glyph_transfer.summary --all (cells)", "mlflow ui (runs)"]
    if "official" not in corpora:
        steps.append("make official (MNIST)")
    return ", ".join(steps)


def _wrapped(about: str, sentence: str) -> list[str]:
    """Write a sentence beside what it is about; across the screen where that is not said."""
    return textwrap.wrap(
        sentence,
        WIDTH,
        initial_indent=f"{about:<{_LABEL}}" if about else "",
        subsequent_indent=" " * _LABEL if about else "",
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    main()
