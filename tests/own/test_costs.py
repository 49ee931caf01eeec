"""What is expected to take longer does."""

from glyph_transfer.own import costs
from glyph_transfer.protocol import Recipe
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.parts import Phase

PROBE = Recipe(features=["x"], head="cosine", strengths=[0.1], choose="average")
COPIES = PROBE.model_copy(update={"copies": 4, "augmentation": Augmentation(rotation=10.0)})


def fine_tuning(**change):
    phase = Phase(train="all", epochs=30, learning_rate=0.001, **change)
    return Recipe(phases=[phase], optimizer="adam", batch_size=20, batch_norm_momentum=0.9)


def test_more_images_classes_copies_and_a_solver_that_repeats_cost_more():
    least = costs.of_head(PROBE, 100, 1000, 10)
    assert least < costs.of_head(PROBE, 200, 1000, 10)
    assert least < costs.of_head(PROBE, 100, 1000, 20)
    assert costs.of_head(COPIES, 100, 1000, 10) > least + 0.5
    ridge = PROBE.model_copy(update={"head": "ridge"})
    assert costs.of_head(ridge, 500, 1000, 10) < costs.of_head(PROBE, 500, 1000, 10) / 3


def test_features_beyond_the_number_of_images_cost_nothing():
    assert costs.of_head(PROBE, 100, 1000, 10) == costs.of_head(PROBE, 100, 100, 10)


def test_steps_that_are_bounded_bound_the_seconds():
    free, bounded = fine_tuning(), fine_tuning(most_steps=100)
    assert costs.of_phases(free, 100, 10**7) > costs.of_phases(bounded, 100, 10**7)
    one_epoch = fine_tuning(most_steps=1)
    assert costs.of_phases(one_epoch, 100, 10**7) > costs.TRACING_S


def test_kernels_are_multiplied_at_every_place():
    from glyph_transfer.learning import models

    # 6.8 million floating-point operations an image, two for a multiplication with its addition
    assert 1e6 < costs.products_of(models.build("tominet", 10)) < 1e7
