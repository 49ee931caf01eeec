"""A search as MLflow has it."""

from pathlib import Path

from glyph_transfer.experiments.inputs import images_of
from glyph_transfer.files import read_json
from glyph_transfer.layout import set_facts_file
from glyph_transfer.protocol.params import Params
from glyph_transfer.search.evolution import Found
from glyph_transfer.search.results import Row, first_trials, metrics
from glyph_transfer.search.trials import NAME, Task
from glyph_transfer.tracking.records import Dataset, Record


def describe(
    settings: Params, task: Task, found: Found, rows: list[Row], files: list[Path]
) -> Record:
    """What is logged of a search: a run with one child for each candidate that was trained.

    It is in the experiment of the study that trains what was found.
    """
    corpus, study = settings.corpus, settings.searched(task.name).study
    facts = read_json(set_facts_file(corpus, settings.role_of(task.name)))
    tags = {
        "corpus": corpus,
        "study": study,
        "model": task.model,
        "provenance": facts["provenance"],
    }
    images = images_of(task.name, task.target, task.seed)
    splits = {"train": images.train[: task.n_train], "validation": images.validation}
    names = [*found.best]
    return Record(
        name=f"{NAME} ({corpus})",
        experiment=study,
        tags={"stage": NAME, **tags},
        params=settings.search_params().model_dump(mode="json") | {"seed": settings.seed},
        metrics=metrics(found, rows),
        datasets=[
            Dataset(f"{corpus}-{task.name}", name, split.digest, len(split))
            for name, split in splits.items()
        ],
        artifacts=[str(path) for path in files],
        description="Hyper-parameters looked for by evolution, scored on validation images alone: "
        "a run below this one for each candidate.",
        children=[describe_trial(row, names, tags) for row in first_trials(found, rows)],
    )


def describe_trial(row: Row, hyperparameters: list[str], tags: dict[str, str]) -> Record:
    """What is logged of one trial, so that MLflow's parallel coordinates can show them all."""
    loss = row["validation_loss"]
    return Record(
        name=f"trial {row['trial']}",
        experiment=tags["study"],
        tags=tags | {"stage": "trial"},
        params={key: row[key] for key in ("trial", "generation", *hyperparameters)},
        metrics={} if loss is None else {"validation_loss": loss},
    )
