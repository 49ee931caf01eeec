"""Pictures of single networks, and the numbers in them, as files."""

from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.charts import figures, network_chart
from glyph_transfer.errors import InputError
from glyph_transfer.files import write_text
from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.learning.backend import keras
from glyph_transfer.scores import rounded
from glyph_transfer.seeds import generator
from glyph_transfer.visualisation import networks
from glyph_transfer.visualisation.embedding import centres, embed
from glyph_transfer.visualisation.maximisation import maximise
from glyph_transfer.visualisation.networks import Network
from glyph_transfer.visualisation.similarity import similarity

IMAGES = 500
"""Validation images, at most, that features are computed of: the first of the split, which
are a stratified sample of it. No test image is looked at."""


def plot_kernels(shown: list[Network], folder: Path) -> Path:
    """Plot the kernels of the first convolution before and after."""

    def kernel(network: keras.Sequential | None) -> np.ndarray | None:
        return network and convolutions(network)[0].get_weights()[0]

    named = [(title(each), kernel(each.before), kernel(each.after)) for each in shown]
    path = folder / "kernels.png"
    figures.save_photograph(network_chart.kernels(named), path)
    return path


def plot_maxima(shown: list[Network], seed: int, folder: Path) -> list[Path]:
    """Plot the image that every filter prefers, and write how far it is excited by it."""
    named, rows = [], []
    for each in shown:
        preferred = {}
        for layer in (convolution.name for convolution in convolutions(each.after)):
            # the same noise for all networks, so that they can be compared
            images, reached = maximise(each.after, layer, generator(seed, "maximise", layer))
            images[reached <= 0] = np.nan
            preferred[layer] = images
            rows += [
                {"source": each.source, "layer": layer, "filter": number, "activation": value}
                for number, value in enumerate(rounded(reached))
            ]
        named.append((title(each), preferred))
    figures.save_photograph(network_chart.maxima(named), folder / "maxima.png")
    return [folder / "maxima.png", write_rows(rows, folder / "maxima.csv")]


def plot_similarities(shown: list[Network], target: ImageSet, folder: Path) -> list[Path]:
    """Plot and write how alike the layers of source and fine-tuned networks are."""
    images = target.validation.images[:IMAGES]
    rows, files = [], []
    for each in shown:
        if each.before:
            sides = (networks.outputs(network, images) for network in (each.before, each.after))
            alike = similarity(*sides)
            files.append(folder / f"similarity-{each.source}.png")
            figures.save(network_chart.heat_map(each.source, alike), files[-1])
            rows += [
                {"source": each.source, "before": before, "after": after, "cka": round(value, 6)}
                for (before, after), value in alike.items()
            ]
    return [*files, write_rows(rows, folder / "similarity.csv")]


def plot_classes(
    shown: list[Network], target: str, samples: dict[str, ImageSet], folder: Path
) -> list[Path]:
    """Plot and write where the classes of target and source lie in each source's features.

    Args:
        shown: networks.
        target: that they have learned.
        samples: sets of target and sources, by role.
        folder: for the files.
    """
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


def convolutions(network: keras.Sequential) -> list[keras.layers.Conv2D]:
    """Convolutions of a network, in their order; InputError where it has none to be plotted."""
    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    if not layers:
        raise InputError(f"the network {network.name} has no convolution that could be plotted")
    return layers


def features(network: keras.Sequential, split: Split) -> np.ndarray:
    """Compute what the last layer is given, float32 (n, features)."""
    *_, last_but_one, _ = networks.outputs(network, split.images).values()
    return last_but_one


def title(network: Network) -> str:
    """Name a network by what it began as."""
    return f"from {network.source}" if network.before else "from scratch"


def write_rows(rows: list[dict[str, object]], path: Path) -> Path:
    """Write a table as CSV."""
    write_text(path, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    return path
