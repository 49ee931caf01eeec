"""Heads on frozen features, against scikit-learn and against fits that leave images out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier

from glyph_transfer.errors import InputError
from glyph_transfer.learning import heads
from glyph_transfer.learning.heads import fitting, ridge
from glyph_transfer.learning.heads.folds import stratified_folds
from glyph_transfer.learning.heads.prepared import Preparation, in_their_span, one_hot

STRENGTHS = {"neighbours": (1.0, 3.0), "nearest_mean": (5.0, 20.0)}


def strengths(kind):
    return STRENGTHS.get(kind, (0.01, 0.3))


@pytest.fixture(scope="module")
def sample():
    """Twenty images of four classes with 30 features, and 50 more of the same kind."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(4, 30))
    labels, others = np.tile(np.arange(4), 5), rng.integers(0, 4, 50)
    features = centres[labels] + 0.8 * rng.normal(size=(20, 30)) + 5
    return features.astype(np.float32), labels, (centres[others] + 5).astype(np.float32), others


def fit(sample, kind, choose="average", given=None, **how):
    features, labels, *_ = sample
    asked = heads.How(kind, given or strengths(kind), choose)
    return heads.fit(asked, features, labels, 4, **how)


@pytest.mark.parametrize("kind", heads.KINDS)
def test_every_head_learns_and_gives_probabilities(sample, kind):
    *_, others, truth = sample
    found = fit(sample, kind).predict(others)
    assert found.dtype == np.float32
    assert found.shape == (50, 4)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)
    assert (found.argmax(1) == truth).mean() > 0.9


@pytest.mark.parametrize("kind", heads.KINDS)
def test_neither_the_order_of_images_nor_the_names_of_classes_count(sample, kind):
    features, labels, others, _ = sample
    expected = fit(sample, kind).predict(others)
    order, names = np.random.default_rng(0).permutation(20), np.array([2, 0, 3, 1])
    asked = heads.How(kind, strengths(kind), "average")
    moved = heads.fit(asked, features[order], names[labels[order]], 4)
    np.testing.assert_allclose(moved.predict(others)[:, names], expected, atol=2e-3)


def test_logistic_regression_is_scikit_learns(sample):
    features, labels, others, _ = sample
    head = fit(sample, "logistic", given=(0.05,))
    preparation = Preparation.learn(features, to_unit_length=False)
    twin = LogisticRegression(C=1 / 0.05, tol=1e-8, max_iter=2000)
    twin.fit(preparation.of(features), labels)
    expected = twin.predict_proba(preparation.of(others))
    np.testing.assert_allclose(head.predict(others), expected, atol=2e-3)


def test_ridge_is_scikit_learns(sample):
    features, labels, others, _ = sample
    head = fit(sample, "ridge", given=(0.02,))
    preparation = Preparation.learn(features, to_unit_length=False)
    twin = Ridge(alpha=0.02 * 20).fit(preparation.of(features), one_hot(labels, 4))
    logits = np.log(head.predict(others))
    scores = twin.predict(preparation.of(others))
    for one, other in ((0, 1), (2, 3)):  # logits are the scores times a sharpness, but for a sum
        ratio = (logits[:, one] - logits[:, other]) / (scores[:, one] - scores[:, other])
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-2)
        assert ratio[0] > 0


def test_one_neighbour_is_scikit_learns(sample):
    features, labels, others, _ = sample
    preparation = Preparation.learn(features, to_unit_length=True)
    twin = KNeighborsClassifier(1, metric="cosine").fit(preparation.of(features), labels)
    found = fit(sample, "neighbours", given=(1.0,)).predict(others)
    np.testing.assert_array_equal(found.argmax(1), twin.predict(preparation.of(others)))


def labelled(sample, kind, groups=None):
    features, labels, *_ = sample
    groups = np.arange(20) if groups is None else groups
    prepared = Preparation.learn(features, kind in fitting.BY_COSINE).of(features)
    coordinates, _ = in_their_span(prepared)
    return fitting.Labelled(coordinates, one_hot(labels, 4), groups, 1.0)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("kind", ["nearest_mean", "neighbours"])
def test_answers_left_out_are_those_of_a_fit_without_the_image(sample, kind, grouped):
    given = labelled(sample, kind, np.arange(20) % 12 if grouped else None)
    found = fitting._LEAVE_ONE_OUT[kind](given, [3.0])[0]
    for row in range(20):
        learned = given.rows(given.groups != given.groups[row])
        expected = fitting._answers(kind, learned, given.features[[row]], [3.0])[0][0]
        np.testing.assert_allclose(found[row], expected, atol=1e-9)


@pytest.mark.parametrize("grouped", [False, True])
def test_ridge_left_out_is_ridge_without_the_image(sample, grouped):
    given = labelled(sample, "ridge", np.arange(20) % 12 if grouped else None)
    parts = ridge._decomposed(given.features)
    found = ridge._scores_left_out(given, parts, [0.05])[0]
    for row in range(20):
        learned = given.rows(given.groups != given.groups[row])
        twin = Ridge(alpha=0.05 * 20).fit(learned.features, learned.classes)
        np.testing.assert_allclose(found[row], twin.predict(given.features[[row]])[0], atol=1e-8)


@pytest.mark.parametrize("kind", ["logistic", "ridge"])
@pytest.mark.parametrize("choose", ["average", "cross_validation"])
def test_the_linear_form_gives_the_answers(sample, kind, choose):
    *_, others, _ = sample
    head = fit(sample, kind, choose)
    kernel, bias = head.linear()
    assert kernel.dtype == bias.dtype == np.float32
    logits = others @ kernel + bias
    raised = np.exp(logits - logits.max(1, keepdims=True))
    found = raised / raised.sum(1, keepdims=True)
    np.testing.assert_allclose(found, head.predict(others), atol=1e-3)


@pytest.mark.parametrize("kind", ["cosine", "nearest_mean", "neighbours"])
def test_what_goes_by_cosine_has_no_linear_form(sample, kind):
    assert fit(sample, kind).linear() is None


@pytest.mark.parametrize(
    ("kind", "choose"),
    [(kind, "cross_validation") for kind in heads.KINDS]
    + [(kind, "leave_one_out") for kind in ("ridge", "nearest_mean", "neighbours")],
)
def test_a_strength_that_cannot_be_right_is_not_chosen(sample, kind, choose):
    """It makes all answers alike, for images that are told apart easily."""
    hopeless = {"neighbours": 16.0, "nearest_mean": 1e-4}.get(kind, 1e5)
    good = strengths(kind)[0]
    for given in ((hopeless, good), (good, hopeless)):
        assert fit(sample, kind, choose, given).strength == good


def test_an_average_names_no_strength_and_is_between_its_parts(sample):
    *_, others, _ = sample
    both = fit(sample, "logistic")
    assert both.strength is None
    parts = [np.log(fit(sample, "logistic", given=(s,)).predict(others)) for s in (0.01, 0.3)]
    logits = np.mean(parts, axis=0)
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(both.predict(others), expected, atol=5e-3)


def test_copies_of_an_image_weigh_as_one(sample):
    features, labels, others, _ = sample
    for kind in ("logistic", "ridge", "cosine"):
        expected = fit(sample, kind).predict(others)
        twice, groups = np.tile(features, (2, 1)), np.tile(np.arange(20), 2)
        asked = heads.How(kind, strengths(kind), "average")
        found = heads.fit(asked, twice, np.tile(labels, 2), 4, groups).predict(others)
        np.testing.assert_allclose(found, expected, atol=5e-3)


def test_a_group_is_never_divided_and_folds_have_every_class():
    labels = np.tile(np.repeat(np.arange(3), 4), 3)
    groups = np.tile(np.arange(12), 3)
    folds = stratified_folds(labels, groups, 1)
    assert len(folds) == 4
    np.testing.assert_array_equal(np.sum(folds, axis=0), 1)
    for held in folds:
        assert not set(groups[held]) & set(groups[~held])
        assert set(labels[held]) == {0, 1, 2}


@pytest.mark.parametrize("kind", heads.KINDS)
def test_equal_or_constant_features_are_no_harm(kind):
    features, labels = np.ones((20, 5), np.float32), np.tile(np.arange(4), 5)
    for choose in ("average", "cross_validation"):
        head = heads.fit(heads.How(kind, strengths(kind), choose), features, labels, 4)
        found = head.predict(features)
        assert np.isfinite(found).all()
        if kind != "neighbours":  # who goes by the first of equal ones
            np.testing.assert_allclose(found, 0.25, atol=1e-3)


def test_one_image_of_each_class_is_enough_where_nothing_is_chosen(sample):
    features, labels, others, truth = sample
    for kind in heads.KINDS:
        given = (1.0,) if kind == "neighbours" else strengths(kind)
        head = heads.fit(heads.How(kind, given, "average"), features[:4], labels[:4], 4)
        assert (head.predict(others).argmax(1) == truth).mean() > 0.6


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "svm"}, "svm"),
        ({"choose": "guess"}, "guess"),
        ({"strengths": ()}, "strengths"),
        ({"strengths": (0.0,)}, "above 0"),
        ({"strengths": (float("nan"),)}, "above 0"),
        ({"kind": "neighbours", "strengths": (1.5,)}, "whole"),
        ({"kind": "neighbours", "strengths": (9.0,)}, "neighbours"),
        ({"kind": "neighbours", "strengths": (1.0, 8.0), "choose": "leave_one_out"}, "7 are left"),
        ({"kind": "neighbours", "strengths": (5.0, 1.0), "choose": "cross_validation"}, "4 are"),
        ({"choose": "leave_one_out"}, "cross_validation"),
        ({"labels": [0, 0, 1, 1, 2, 2, 3], "choose": "cross_validation"}, "one of [3]"),
        ({"labels": [0, 0, 1, 1, 3, 3, 3]}, "none of [2]"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change, told):
    asked = {
        "kind": "logistic",
        "strengths": (0.1, 1.0),
        "choose": "average",
        "labels": [0, 0, 1, 1, 2, 2, 3, 3],
    } | change
    labels = np.array(asked.pop("labels"))
    with pytest.raises(InputError) as caught:
        heads.check(heads.How(**asked), labels, 4)
    assert told in str(caught.value)


def test_what_chooses_nothing_is_not_refused_for_its_choice():
    labels = np.arange(4)
    for kind, choose in (("neighbours", "leave_one_out"), ("cosine", "cross_validation")):
        heads.check(heads.How(kind, (4.0,), choose), labels, 4)


@pytest.mark.parametrize("kind", heads.KINDS)
def test_many_images_are_classified_as_each_of_them(sample, kind):
    """They are taken some at a time, and none is lost between."""
    *_, others, _ = sample
    head = fit(sample, kind)
    many = np.tile(others, (25, 1))[:1203]
    expected = np.concatenate([head.predict(others[[row]]) for row in range(50)])
    np.testing.assert_allclose(head.predict(many), np.tile(expected, (25, 1))[:1203], atol=1e-6)
    assert head.predict(many[:0]).shape == (0, 4)


def test_labels_spread_along_the_shape_of_the_data():
    """Two arcs, one label at the end of each: the nearest label is often the wrong one."""
    angles = np.linspace(0.05, 1.5, 60)
    arcs = [
        np.stack([np.cos(angles), np.sin(angles), np.full(60, height)], 1) for height in (0.3, -0.3)
    ]
    features = np.concatenate([arcs[0][:1], arcs[1][-1:]]).astype(np.float32)
    unlabelled = np.concatenate(arcs).astype(np.float32)
    found = heads.propagate(features, np.array([0, 1]), unlabelled, 2, neighbours=3)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    assert (found.argmax(1) == np.repeat([0, 1], 60)).mean() > 0.95


def test_where_no_label_arrives_all_classes_are_as_likely():
    features = np.array([[1, 0, 0], [0.9, 0.1, 0]], np.float32)
    away = np.tile(np.array([[-1, 0.5, 3]], np.float32), (4, 1))
    found = heads.propagate(features, np.array([0, 1]), away, 2, neighbours=1)
    np.testing.assert_allclose(found, 0.5, atol=1e-5)


def test_a_class_with_many_labels_does_not_take_the_images_of_another():
    truth, rng = np.repeat([0, 1], 100), np.random.default_rng(0)
    features = (np.eye(4)[truth] + 0.4 * rng.normal(size=(200, 4))).astype(np.float32)
    labelled = np.r_[:30, 100]
    found = heads.propagate(features[labelled], truth[labelled], features, 2)
    assert (found.argmax(1) == truth).mean() > 0.9
