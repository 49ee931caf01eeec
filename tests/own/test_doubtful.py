"""Wrong labels, copies, odd groups, confusions, and what to label next."""

import numpy as np

from glyph_transfer.own import doubtful, next_labels


def sure(labels, n_classes=3, of=0.9):
    given = np.full((len(labels), n_classes), (1 - of) / (n_classes - 1))
    given[np.arange(len(labels)), labels] = of
    return given


def test_a_wrong_label_comes_first():
    truth = np.repeat(np.arange(3), 20)
    labels = truth.copy()
    labels[7], labels[31] = 2, 0
    given = sure(truth)
    given[7], given[31] = [0.985, 0.01, 0.005], [0.01, 0.98, 0.01]
    found = doubtful.suspects(given, labels, np.arange(60))
    assert [(each.row, each.label, each.other) for each in found] == [(7, 2, 0), (31, 0, 1)]
    assert found[0].of_other == 0.985
    assert doubtful.suspects(given, truth, np.arange(60)) == []


def test_a_hard_image_is_no_suspect():
    """Another class is likelier, but the given one is possible."""
    labels = np.repeat(np.arange(3), 20)
    given = sure(labels)
    given[0] = [0.05, 0.95, 0.0]
    assert doubtful.suspects(given, labels, np.arange(60)) == []


def test_rows_that_were_not_tested_are_no_suspects():
    labels = np.repeat(np.arange(3), 20)
    given = sure(labels)
    given[5] = [0.0, 1.0, 0.0]
    assert doubtful.suspects(given, labels, np.arange(6, 60)) == []


def test_a_sheet_upside_down_is_odd():
    names = np.repeat(["s1", "s2", "s3", "s4"], 25)
    hits = (np.random.default_rng(0).random(100) > 0.1).astype(float)
    assert doubtful.odd_ones(hits, names) == []
    hits[25:50] = 0
    (odd,) = doubtful.odd_ones(hits, names)
    assert (odd.name, odd.wrong, odd.images) == ("s2", 25, 25)
    assert odd.rest < 0.2


def test_copies_by_rows():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4)).astype(np.uint8)
    images[4] = images[1]
    assert [rows.tolist() for rows in doubtful.copies(images)] == [[1, 4]]
    images[5] = images[2] + np.uint8(1)
    assert len(doubtful.copies(images)) == 1


def test_confusion_counts_tested_images_once():
    labels = np.array([0, 0, 1, 1])
    predicted = np.array([[0, 1, 1, -1], [0, 0, 1, -1]])
    assert doubtful.confusion(predicted, labels, 2).tolist() == [[1.5, 0.5], [0, 1]]


def test_the_least_sure_is_labelled_first_and_then_another_kind():
    probabilities = np.array([[0.99, 0.01], [0.5, 0.5], [0.51, 0.49], [0.6, 0.4]])
    features = np.array([[1.0, 0], [0, 1], [0, 1.001], [1, 0.2]])
    assert next_labels.pick(probabilities, features, 2).tolist() == [1, 3]
    assert sorted(next_labels.pick(probabilities, features, 9)) == [0, 1, 2, 3]
    assert next_labels.pick(probabilities[:0], features[:0], 3).tolist() == []
