"""keep@<corpus>: what the report reads of every stage, as files that are committed.

`python -m glyph_transfer.stages keep official STUDY` keeps one study that is finished, with
its images and source networks, and leaves what is kept of others.
"""

from typing import Annotated

import typer

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.layout import (
    environment_file,
    made_with_file,
    record_file,
    records_folder,
    results_folder,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import reading
from glyph_transfer.stages import program
from glyph_transfer.tracking import kept


def main(corpus: str, studies: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Keep STUDIES of CORPUS, or all that are finished, in reports/CORPUS/records."""
    settings = params.load(corpus=corpus)
    stages = stages_of(settings, studies or [])
    kept.keep({stage: kept.of_this_folder(corpus, stage) for stage in stages}, corpus)
    write_json(made_with_file(corpus), read_json(environment_file())["training"])
    left = left_tables(settings)
    if left:
        folders = " ".join(results_folder(corpus, name).as_posix() for name in left)
        print(
            f"Of {', '.join(left)} there are tables, and no runs that are kept: earlier code left "
            f"them, and they are on no page. `git rm -r {folders}` removes them."
        )


def left_tables(settings: Params) -> list[str]:
    """Give the studies that have tables, but neither a kept run nor one of this folder."""
    corpus = settings.corpus
    return [
        name
        for name in settings.studies
        if (results_folder(corpus, name) / "cells.csv").exists()
        and not _is_finished(corpus, name)
        and not (records_folder(corpus) / f"evaluate_{name}.json").exists()
    ]


def stages_of(settings: Params, studies: list[str]) -> list[str]:
    """Give the stages that have run and that studies rest on.

    Args:
        settings: of the corpus.
        studies: that are meant; none means all that are finished.

    Raises:
        InputError: where a study is unknown, or not finished.
    """
    finished = [name for name in settings.studies if _is_finished(settings.corpus, name)]
    for name in studies:
        if name not in settings.studies:
            settings.study(name)  # which says what there is
        if name not in finished:
            raise InputError(
                f"{name} is not finished on {settings.corpus}: "
                f"`dvc repro evaluate@{settings.corpus}-{name}` first"
            )
    chosen = {name: settings.studies[name] for name in studies or finished}
    asked = settings.model_copy(update={"studies": chosen})
    stages = [*reading.expected_stages(asked), *reading.possible_stages(asked)]
    return [stage for stage in stages if record_file(settings.corpus, stage).exists()]


def _is_finished(corpus: str, name: str) -> bool:
    return all(record_file(corpus, stage).exists() for stage in (name, f"evaluate_{name}"))


if __name__ == "__main__":
    program.run(main)
