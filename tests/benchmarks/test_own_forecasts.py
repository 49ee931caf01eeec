"""What draws are made of, and the table of how good scores are."""

import numpy as np

from benchmarks.own_forecasts import Target, table
from benchmarks.own_images import draw_rows
from glyph_transfer.analysis.forecasts.scores import Seen
from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.seeds import generator


def of_labels(labels, images):
    files, splits = tuple("f" * len(labels)), np.array(["train"] * len(labels))
    return OwnImages(
        images,
        np.array(labels),
        ("a", "b"),
        files,
        splits,
        None,
        (),
        Steps(),
        lambda row: images[row],
    )


def test_copies_of_labelled_images_are_not_tested():
    images = np.zeros((6, 28, 28), np.uint8)
    images[:, 0, 0] = [1, 2, 3, 4, 5, 5]  # the last two are the same
    rows, others = draw_rows(of_labels([0, 0, 0, 0, 1, 1], images), 1, generator(1))
    assert rows.size == 2 and {*rows} & {4, 5}
    assert not {*others} & {4, 5} and {*others} == {0, 1, 2, 3} - {*rows}


def test_a_score_that_chooses_the_worse_source_costs_what_that_is_worse():
    labels = np.repeat([0, 1], 10)
    noise = generator(1).normal(size=(20, 2))

    def seen(apart):
        return Seen(noise + apart * labels[:, None], np.full((20, 2), 0.5), labels, 2)

    target = Target()
    for _ in range(3):
        target.add([0.6, 0.9], [seen(0.0), seen(9.0)])  # the second tells its classes apart
    lines = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in table([target], 1)}
    assert lines["knn"][3].startswith("0.00 ")
    assert lines["fixed_order"][3].startswith("30.00 ")
    assert lines["any_source"][3].startswith("15.00 ")
    assert lines["knn"][1].startswith("1.00 ") and lines["fixed_order"][1].startswith("-1.00 ")
