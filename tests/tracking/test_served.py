"""Registered networks: what they answer, and the pictures that they refuse, in words."""

import builtins
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from glyph_transfer.tracking import models, store
from glyph_transfer.tracking.records import Model, example_of
from glyph_transfer.tracking.served import GlyphModel
from tracked_conditions import CONDITIONS

URI = "models:/glyph-transfer-few-embedded@best"
PICTURES = np.random.default_rng(1).integers(0, 256, (4, 28, 28), np.uint8)


@pytest.fixture
def registered(record, network):
    """A record whose network tells A, B and C apart, logged; gives the id of its run."""
    model = Model(
        network, "few-embedded", "best", {"test_accuracy": 0.75}, ["A", "B", "C"],
        example_of(PICTURES[0]),
    )  # fmt: skip
    return store.log(replace(record, model=model, description="Bars."), CONDITIONS)


@pytest.fixture
def served(registered):
    return mlflow.pyfunc.load_model(URI)


def test_it_gives_the_class_and_the_networks_probabilities(served, network):
    from glyph_transfer.learning.models import load

    expected = load(Path(network))(PICTURES).numpy()
    assert np.ptp(expected[0]) > 0.01
    answer = served.predict(PICTURES)
    assert [*answer.columns] == ["class", *(f"probability of {name}" for name in "ABC")]
    np.testing.assert_allclose(answer.iloc[:, 1:].to_numpy(), expected, atol=1e-6)
    assert answer["class"].tolist() == ["ABC"[n] for n in expected.argmax(axis=1)]
    for same in (PICTURES.astype(np.int64), PICTURES.astype(np.float64), PICTURES.tolist()):
        pd.testing.assert_frame_equal(served.predict(same), answer)


def test_a_network_is_loaded_under_the_projects_own_settings(tmp_path, monkeypatch):
    """A Keras that the shell tells another backend could not load it, and TensorFlow said much."""
    import keras

    (tmp_path / "classes.json").write_text("[]")
    names, load = [], builtins.__import__
    monkeypatch.setattr(keras.models, "load_model", lambda path: path)
    monkeypatch.setattr(
        builtins, "__import__", lambda name, *rest: (names.append(name), load(name, *rest))[1]
    )
    artifacts = {"network": "a.keras", "classes": str(tmp_path / "classes.json")}
    GlyphModel().load_context(SimpleNamespace(artifacts=artifacts))
    monkeypatch.undo()
    assert names.index("glyph_transfer.learning.residual") < names.index("keras")


def dark_but_one():
    pictures = PICTURES.copy()
    pictures[2] = 0
    return pictures


@pytest.mark.parametrize(
    ("pictures", "found"),
    [
        (PICTURES / 255, "0 to 1; multiply them by 255"),
        ((PICTURES > 127).astype(np.uint8), "0 to 1; multiply"),
        (PICTURES.astype(float) + 0.25, "not whole numbers|to 255.25"),
        (PICTURES / 2, "not whole numbers"),
        (np.stack([PICTURES[0], PICTURES[1] > 127]), "picture 1 .* from 0 to 1"),
        (PICTURES[0], r"shape \(28, 28\)"),
        (PICTURES[:, :27], r"shape \(4, 27, 28\)"),
        (PICTURES[..., None], r"shape \(4, 28, 28, 1\)"),
        (PICTURES[:0], "no picture"),
        (np.zeros((1, 28, 28), np.uint8), "picture 0 .* one brightness"),
        (np.full((1, 28, 28), 255), "picture 0 .* one brightness"),
        (dark_but_one(), "picture 2 .* one brightness"),
        (PICTURES.astype(int) - 1, "values from -1"),
        (PICTURES.astype(int) + 1, "to 256"),
        (np.where(PICTURES > 250, np.nan, PICTURES), "values from nan"),
        (PICTURES.astype(str), "values of type <U"),
        (PICTURES > 127, "values of type bool"),
        ([[[1, 2], [3]]], "different lengths"),
        (pd.DataFrame(PICTURES.reshape(4, -1)), "DataFrame of shape"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_words(served, pictures, found):
    with pytest.raises(MlflowException, match=found) as refused:
        served.predict(pictures)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE", "a server answers 400, not 500"
    assert "whole numbers from 0 (black) to 255 (white)" in refused.value.message


@pytest.mark.parametrize("key", ["instances", "inputs"])
def test_a_server_passes_on_what_it_was_sent(served, key):
    """By a signature with an input, MLflow would make zeros of pixels from 0 to 1."""
    from mlflow.pyfunc.scoring_server import invocations

    def ask(pictures):
        schema = served.metadata.get_input_schema()
        body = json.dumps({key: pictures.tolist()})
        return invocations(body, "application/json", served, schema)

    answer = ask(PICTURES)
    assert answer.status == 200
    rows = json.load(StringIO(answer.response))["predictions"]
    assert rows[0]["class"] in "ABC"
    with pytest.raises(MlflowException, match="multiply them by 255") as refused:
        ask(PICTURES / 255)
    assert refused.value.get_http_status_code() == 400
    said = json.loads(refused.value.serialize_as_json())["message"]
    assert said.startswith("These are no pictures"), "it once began with all that was sent"
    assert len(said) < 400


@pytest.mark.usefixtures("registered")
def test_the_example_is_a_real_picture_that_the_network_answers():
    model = mlflow.pyfunc.load_model(URI)
    example = model.input_example
    np.testing.assert_array_equal(np.asarray(example, np.uint8), PICTURES[:1])
    assert len(model.predict(np.asarray(example))) == 1


def test_the_registry_has_a_card(client, registered):
    version = client.get_model_version_by_alias("glyph-transfer-few-embedded", "best")
    card = client.get_registered_model("glyph-transfer-few-embedded").description
    assert card == version.description
    for what in ("Bars.", "A, B, C", "test accuracy: 0.75", "white on black", "corpus: embedded"):
        assert what in card
    assert version.run_id == registered


def test_the_card_of_a_studys_network_is_not_of_all_its_trainings(record):
    """It said that a run for each cell was below it, and how many there were."""
    tags = {"study": "few", "shown_replicate": "digits/tominet/letters/100 draw 5"}
    model = Model("best.keras", "few", "shown", {"test_accuracy": 0.75})
    card = models.card(replace(record, tags=tags, model=model, description="All trainings."))
    assert "digits/tominet/letters/100 draw 5" in card
    assert "test accuracy: 0.75" in card
    assert "All trainings." not in card
    assert "\n- accuracy" not in card, "the record's, over all draws"


def test_the_alias_follows_the_outputs_back(client, record, network):
    """After an experiment and back, it once stayed at the experiment's network."""
    model = Model(network, "few", "shown")
    first = replace(record, children=[], model=model)
    experiment = replace(first, metrics={"accuracy": 0.9})
    run = store.log(first, CONDITIONS)
    store.log(experiment, CONDITIONS)
    store.log(first, CONDITIONS, restored=True)
    assert client.get_model_version_by_alias("glyph-transfer-few", "shown").run_id == run
