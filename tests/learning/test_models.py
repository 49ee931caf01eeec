"""Every network against one table, its hyper-parameters and its weights."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import models, networks
from glyph_transfer.learning.backend import keras

# name -> {classes: (all parameters, those not trainable)}; those of S3, S4 and ours, whose
# authors give none, counted from the layers
PARAMETERS = {
    "cnn_s1": {10: (1_199_882, 0), 26: (1_201_946, 0)},
    "tominet": {9: (12_201, 96), 10: (12_986, 96)},
    "cnn_s3": {3: (599_907, 0)},
    "cnn_s4": {10: (1_679_082, 2 * (32 + 32 + 64 + 64 + 512))},
    "cnn_s4_transfer": {26: (1_843_066, 2 * (32 + 32 + 64 + 64 + 512 + 256 + 128))},
    "cnn_s4_scratch": {26: (1_843_066, 2 * (32 + 32 + 64 + 64 + 512 + 256 + 128))},
    "cnn_s5a": {26: (2_838_746, 0)},
    "cnn_s5b": {26: (424_602, 0)},
    "cnn_s5c": {26: (851_866, 0)},
    "vgg_small": {26: (228_106, 2 * (2 * (16 + 32 + 64) + 256))},
    "resnet_small": {26: (307_322, 2 * (16 + 3 * (32 + 64 + 128)))},
    "glyphnet": {26: (318_202, 2 * 2 * (32 + 64 + 128))},
}
SIZES = [
    (name, classes, *sizes) for name in PARAMETERS for classes, sizes in PARAMETERS[name].items()
]


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


# --- architecture


def test_the_table_has_every_network():
    assert list(PARAMETERS) == list(models.by_name())


@pytest.mark.parametrize(
    ("n_classes", "learning", "published"),
    [(10, ["dense"], 1_290), (26, ["dense_1", "dense"], 1_183_130), (26, ["dense"], 3_354)],
)
def test_frozen_variants_of_s1_learn_as_many_parameters_as_published(
    n_classes, learning, published
):
    weights = models.get_weights(models.build("cnn_s1", n_classes, 0.99))
    assert sum(array.size for name in learning for array in weights[name]) == published


@pytest.mark.parametrize(("name", "n_classes", "total", "fixed"), SIZES)
def test_parameters_are_as_many_as_published(name, n_classes, total, fixed):
    model = models.build(name, n_classes, 0.99)
    assert model.count_params() == total
    assert count(model.non_trainable_weights) == fixed


def test_bytes_go_in_and_probabilities_come_out(network):
    """Raw 0..255 images: scaling is the network's own, so that no caller can forget it."""
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    assert network.input_shape == (None, 28, 28)
    assert network.inputs[0].dtype == "uint8"
    np.testing.assert_allclose(network.get_layer("scale")(images), images / 255, rtol=1e-6)
    probabilities = network(images).numpy()
    assert probabilities.shape == (5, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    assert (probabilities > 0).all()
    assert np.ptp(probabilities, axis=0).max() > 1e-3  # the images matter


WITH_BATCH_NORM = [
    "tominet",
    "cnn_s4",
    "cnn_s4_transfer",
    "cnn_s4_scratch",
    "vgg_small",
    "glyphnet",
]


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
def test_every_batch_norm_has_the_momentum_that_was_asked_for(name):
    found = [layer.momentum for layer in models.build(name, 3, 0.7).layers if "bn" in layer.name]
    assert found
    assert set(found) == {0.7}


def test_the_batch_norms_of_residual_blocks_have_the_momentum_too(tmp_path):
    network = models.build("resnet_small", 3, 0.7)
    models.save(network, tmp_path / "network.keras")
    for each in (network, models.load(tmp_path / "network.keras")):
        assert each.get_layer("bn_1").momentum == 0.7
        for number in (1, 2, 3):
            block = each.get_layer(f"residual_{number}")
            batch_norms = (block.bn_1, block.bn_2, block.projection_bn)
            assert [batch_norm.momentum for batch_norm in batch_norms] == [0.7] * 3


def test_tominet_is_wired_as_its_author_published_it():
    """Conv 32, pool, BN, conv 16, pool, BN, dense: equal counts hide a swapped order."""
    shapes = {
        layer.name: tuple(layer.output.shape[1:]) for layer in models.build("tominet", 9).layers
    }
    assert shapes == {
        "scale": (28, 28),
        "channel": (28, 28, 1),
        "conv_1": (28, 28, 32),
        "pool_1": (14, 14, 32),
        "bn_1": (14, 14, 32),
        "conv_2": (14, 14, 16),
        "pool_2": (7, 7, 16),
        "bn_2": (7, 7, 16),
        "flatten": (784,),
        "dense": (9,),
    }


def test_unknown_model_lists_the_known_ones():
    with pytest.raises(
        InputError, match=r"unknown model 'lenet'; the models are: cnn_s1, tominet, "
    ):
        models.build("lenet", 10, 0.9)


def _own(n_classes, units=6):
    return [
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(units, activation="gelu", name="hidden"),
        keras.layers.Dense(n_classes, activation="softmax", name="head"),
    ]


def test_a_network_is_added_by_a_function(monkeypatch):
    """Its hyper-parameters, its layers' names and the list of networks come with it."""
    monkeypatch.setattr(networks, "own", _own, raising=False)
    assert list(models.by_name())[-1] == "own"
    assert models.layer_names("own", 4) == ["hidden", "head"]
    assert models.build("own", 4, units=2).count_params() == 784 * 2 + 2 + 2 * 4 + 4
    with pytest.raises(InputError, match="'depth'; those that it has are: units"):
        models.build("own", 4, depth=2)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (keras.layers.Dense(4, name="dense"), r"Dense 'dense'.*activation linear"),
        (keras.layers.Dense(5, activation="softmax"), r".*shape \(None, 5\)"),
        (keras.layers.Softmax(name="end"), r"Softmax 'end'.*activation None"),
    ],
)
def test_a_network_that_cannot_be_trained_is_refused(monkeypatch, last, found):
    def own(n_classes):
        return [keras.layers.Flatten(), last]

    monkeypatch.setattr(networks, "own", own, raising=False)
    with pytest.raises(InputError, match=rf"(?s)'own' ends in {found}.*\(None, 4\)"):
        models.build("own", 4)


def test_batch_norms_within_any_layer_have_the_momentum(monkeypatch):
    def nested(n_classes):
        inside = keras.Sequential([keras.layers.BatchNormalization()], name="inside")
        return [inside, *_own(n_classes)]

    monkeypatch.setattr(networks, "own", nested, raising=False)
    assert models.build("own", 4, 0.7).get_layer("inside").layers[0].momentum == 0.7


# --- hyper-parameters


def test_cnn_s5c_takes_width_and_dropout():
    """Half of 32, 64 and 512; 5 x 5 places are left after the second pool."""
    network = models.build("cnn_s5c", 26, width=0.5, dropout=0.3)
    assert network.count_params() == (
        (9 + 1) * 16 + (9 * 16 + 1) * 32 + (25 * 32 + 1) * 256 + (256 + 1) * 26
    )
    rates = {layer.name: layer.rate for layer in network.layers if "dropout" in layer.name}
    assert rates == {"dropout_1": 0.15, "dropout_2": 0.15, "dropout_3": 0.3}


def test_the_narrowest_network_has_one_of_everything():
    network = models.build("cnn_s5c", 26, width=1e-6)
    shapes = [layer.kernel.shape for layer in network.layers if hasattr(layer, "kernel")]
    assert shapes == [(3, 3, 1, 1), (3, 3, 1, 1), (25, 1), (1, 26)]


def test_the_defaults_are_those_of_the_published_network():
    given = models.build("cnn_s5c", 26, width=1.0, dropout=0.5).get_config()
    assert given == models.build("cnn_s5c", 26).get_config()


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("cnn_s5c", {"width": 1, "depth": 3}, "'cnn_s5c' .* 'depth'; .* are: width, dropout"),
        ("tominet", {"width": 2}, "'tominet' has no hyper-parameter 'width'; .* are: none"),
    ],
)
def test_an_unknown_hyper_parameter_lists_the_known_ones(name, asked, message):
    with pytest.raises(InputError, match=message):
        models.build(name, 26, **asked)


# --- get and set


def test_set_weights_leaves_the_layers_it_does_not_name(build_tiny, scramble):
    model = build_tiny()
    scramble(model, 1)
    before = models.get_weights(model)
    models.set_weights(model, {"dense": [array + 1 for array in before["dense"]]})
    after = models.get_weights(model)
    np.testing.assert_array_equal(after.pop("dense")[0], before["dense"][0] + 1)
    for name, arrays in after.items():
        for array, kept in zip(arrays, before[name], strict=True):
            np.testing.assert_array_equal(array, kept)


def test_get_weights_gives_a_copy(build_tiny, scramble):
    """Pretraining keeps the best epoch's weights while training goes on."""
    model = build_tiny()
    kept = models.get_weights(model)
    values = [array.copy() for array in kept["conv_1"]]
    scramble(model, 1)
    for array, value in zip(kept["conv_1"], values, strict=True):
        np.testing.assert_array_equal(array, value)
