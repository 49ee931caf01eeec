"""What is loaded from the source, what learns, and for how long: nothing here trains."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Phase, Recipe

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.learning.models import Weights


class Stretch(NamedTuple):
    """A phase as it is trained: the layers that learn in it, and for how many epochs."""

    phase: Phase
    layers: list[str]
    epochs: int


def check(recipe: Recipe, weights: "Weights", source: "Weights | None") -> None:
    """Raise InputError where a recipe does not fit its network or its source.

    Args:
        recipe: layers to load, and phases.
        weights: of the network to be trained.
        source: weights of the source network, None where the recipe loads nothing.
    """
    trained = [name for phase in recipe.phases for name in trained_layers(phase, weights)]
    loaded = loaded_layers(recipe, weights)
    for name in (*loaded, *trained):
        if name not in weights:
            raise InputError(
                f"a variant names the layer '{name}', but the layers with weights are: "
                f"{', '.join(weights)}"
            )
    for name in loaded:
        given = [array.shape for array in source.get(name, [])]
        expected = [array.shape for array in weights[name]]
        if given != expected:
            raise InputError(
                f"layer '{name}' cannot be loaded: the source's weights have the shapes {given}, "
                f"the network's {expected}"
            )


def loaded_layers(recipe: Recipe, layers: Iterable[str]) -> list[str]:
    """Names of the layers that start from the source, of a network whose `layers` have weights."""
    return list(layers)[:-1] if recipe.load == "backbone" else recipe.load


def trained_layers(phase: Phase, layers: Iterable[str]) -> list[str]:
    """Names of the layers that learn in a phase, of a network whose `layers` have weights."""
    if phase.train == "head":
        return list(layers)[-1:]
    return list(layers) if phase.train == "all" else phase.train


def changed_layers(recipe: Recipe, layers: Iterable[str]) -> list[str]:
    """Names of the layers that are not as loaded after all phases."""
    if recipe.reestimate_batch_norm:
        return list(layers)
    trained = {name for phase in recipe.phases for name in trained_layers(phase, layers)}
    loaded = loaded_layers(recipe, layers)
    return [name for name in layers if name in trained or name not in loaded]


def stretches(
    recipe: Recipe, layers: Iterable[str], n_train: int, batch_size: int
) -> list[Stretch]:
    """Say what learns in every phase on so many images, of a network's layers with weights."""
    return [
        Stretch(phase, trained_layers(phase, layers), epochs_of(phase, n_train, batch_size))
        for phase in recipe.phases
    ]


def epochs_of(phase: Phase, n_train: int, batch_size: int) -> int:
    """Epochs of a phase: as many of those asked for as its steps allow, one at least."""
    if phase.most_steps is None:
        return phase.epochs
    steps = -(-n_train // batch_size)
    return max(1, min(phase.epochs, phase.most_steps // steps))
