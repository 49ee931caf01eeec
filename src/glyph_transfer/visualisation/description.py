"""Pictures of a study's networks as MLflow has them."""

from pathlib import Path

from glyph_transfer.experiments.description import provenance
from glyph_transfer.images.sets import Split
from glyph_transfer.protocol import Study
from glyph_transfer.protocol.params import Params
from glyph_transfer.tracking.records import Dataset, Record
from glyph_transfer.visualisation import maximisation
from glyph_transfer.visualisation.networks import DRAW


def describe(
    settings: Params,
    name: str,
    study: Study,
    seen: dict[str, Split],
    files: list[Path],
) -> Record:
    """What is logged of the pictures of a study's networks, made from the images in `seen`."""
    corpus = settings.corpus
    return Record(
        name=f"networks of {name}, draw {DRAW} ({corpus})",
        experiment="visualisation",
        tags={
            "stage": "visualise",
            "corpus": corpus,
            "study": name,
            "draw": str(DRAW),
            "provenance": provenance(settings, study),
        },
        params={
            "sources": ", ".join(study.sources),
            "images": len(seen[study.targets[0]]),
            "steps": maximisation.STEPS,
            "rate": maximisation.RATE,
            "noise": maximisation.NOISE,
        },
        datasets=[
            Dataset(f"{corpus}-{role}", "validation", split.digest, len(split))
            for role, split in seen.items()
        ],
        artifacts=[str(path) for path in files],
        description=f"Kernels, preferred images and similarities of layers of networks of {name}.",
        about="What networks have learned, as pictures.",
    )
