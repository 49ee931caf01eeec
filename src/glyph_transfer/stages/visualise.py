"""visualise@<corpus>: pictures of what single networks of a study have learned."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.charts import figures, network_chart
from glyph_transfer.files import write_text
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.layout import set_file, study_folder, visualisation_folder
from glyph_transfer.learning.backend import keras
from glyph_transfer.protocol import Study, params
from glyph_transfer.protocol.params import Params
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program, transfer
from glyph_transfer.tracking.records import Dataset, Record, rounded
from glyph_transfer.visualisation import maximisation, networks
from glyph_transfer.visualisation.embedding import centres, embed
from glyph_transfer.visualisation.maximisation import maximise
from glyph_transfer.visualisation.networks import Network
from glyph_transfer.visualisation.similarity import similarity

DRAW = 0
"""The draw whose networks are shown: the first, whatever came of it."""

IMAGES = 500
"""Validation images, at most, that features are computed of: the first of the split, which
are a stratified sample of it. No test image is looked at."""

_FIRST = "conv_1"


def main(corpus: str, study: str) -> None:
    """Show networks of STUDY on CORPUS: for each source that of its first cell."""
    started = time.time()
    settings = params.load(corpus=corpus)
    chosen = settings.study(study)
    jobs = [job for job in transfer.plan(settings, study, chosen, corpus) if job.draw == DRAW]
    first = {job.cell.source: job for job in reversed(jobs)}
    jobs = [first[source] for source in chosen.sources]
    with tempfile.TemporaryDirectory() as scratch:
        shown = networks.retrain(jobs, study_folder(corpus, study), Path(scratch))
    target = chosen.targets[0]
    roles = settings.roles_of(chosen)
    samples = {role: sets.load(set_file(corpus, role)) for role in sorted(roles)}
    seen = {role: sample.validation[:IMAGES] for role, sample in samples.items()}
    folder = visualisation_folder(corpus, study)
    files = [
        show_kernels(shown, folder),
        *show_maxima(shown, settings.seed, folder),
        *show_similarities(shown, samples[target], folder),
        *show_classes(shown, target, samples, folder),
    ]
    record = describe(settings, chosen, study, corpus, seen, files)
    program.finish(record, corpus, f"visualise_{study}", started)


def show_kernels(shown: list[Network], folder: Path) -> Path:
    """Draw the first layer's kernels before and after."""

    def kernel(network: keras.Sequential | None) -> np.ndarray | None:
        return network and network.get_layer(_FIRST).get_weights()[0]

    named = [(title(each), kernel(each.before), kernel(each.after)) for each in shown]
    path = folder / "kernels.png"
    figures.save(network_chart.kernels(named), path)
    return path


def show_maxima(shown: list[Network], seed: int, folder: Path) -> list[Path]:
    """Draw the image that every filter prefers, and write how far it is excited by it."""
    named, rows = [], []
    for each in shown:
        images = {}
        convolutions = [x.name for x in each.after.layers if isinstance(x, keras.layers.Conv2D)]
        for layer in convolutions:
            # the same noise for all networks, so that they can be compared
            found, reached = maximise(each.after, layer, generator(seed, "maximise", layer))
            found[reached <= 0] = np.nan
            images[layer] = found
            rows += [
                {"source": each.source, "layer": layer, "filter": number, "activation": value}
                for number, value in enumerate(rounded(reached))
            ]
        named.append((title(each), images))
    figures.save(network_chart.maxima(named), folder / "maxima.png")
    return [folder / "maxima.png", write_rows(rows, folder / "maxima.csv")]


def show_similarities(shown: list[Network], target: ImageSet, folder: Path) -> list[Path]:
    """Draw and write how alike the layers of source and fine-tuned networks are."""
    images = target.validation.images[:IMAGES]
    rows, files = [], []
    for each in shown:
        if each.before:
            sides = (networks.outputs(network, images) for network in (each.before, each.after))
            found = similarity(*sides)
            files.append(folder / f"similarity-{each.source}.png")
            figures.save(network_chart.heat_map(each.source, found), files[-1])
            rows += [
                {"source": each.source, "before": before, "after": after, "cka": round(value, 6)}
                for (before, after), value in found.items()
            ]
    return [*files, write_rows(rows, folder / "similarity.csv")]


def show_classes(
    shown: list[Network], target: str, samples: dict[str, ImageSet], folder: Path
) -> list[Path]:
    """Draw and write where the classes of target and source lie in each source's features."""
    rows, files = [], []
    for each in shown:
        if each.before:
            parts = {role: samples[role].validation[:IMAGES] for role in (each.source, target)}
            plane = embed({role: features(each.before, part) for role, part in parts.items()})
            named = {
                role: {
                    samples[role].classes[label]: point
                    for label, point in centres(plane.points[role], part.labels).items()
                }
                for role, part in parts.items()
            }
            files.append(folder / f"classes-{each.source}.png")
            figures.save(network_chart.plane(plane.points, plane.explained, named), files[-1])
            rows += [
                {"source": each.source, "set": role, "class": name}
                | dict(zip("xy", rounded(point), strict=True))
                for role in parts
                for name, point in named[role].items()
            ]
    return [*files, write_rows(rows, folder / "classes.csv")]


def features(network: keras.Sequential, split: sets.Split) -> np.ndarray:
    """Compute what the last layer is given."""
    *_, last_but_one, _ = networks.outputs(network, split.images).values()
    return last_but_one


def title(network: Network) -> str:
    """Name a network by what it began as."""
    return f"from {network.source}" if network.before else "from scratch"


def write_rows(rows: list[dict[str, object]], path: Path) -> Path:
    """Write a table as CSV."""
    write_text(path, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    return path


def describe(
    settings: Params,
    study: Study,
    name: str,
    corpus: str,
    seen: dict[str, sets.Split],
    files: list[Path],
) -> Record:
    """What is logged of the pictures of a study's networks, made from the images in `seen`."""
    return Record(
        name=f"networks of {name}, draw {DRAW} ({corpus})",
        experiment="visualisation",
        tags={
            "stage": "visualise",
            "corpus": corpus,
            "study": name,
            "draw": str(DRAW),
            "provenance": transfer.provenance(settings, study, corpus),
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
    )


if __name__ == "__main__":
    program.run(main)
