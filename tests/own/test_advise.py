"""From a folder to an answer, a page, a registered network, and predictions by it."""

import base64
import json
import re
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.own import advise, predict
from glyph_transfer.protocol import params
from own_pictures import drawn

TASK = "my-shapes"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def advised(folder, project, tmp_path_factory):
    """The project after `advise`; what it printed; the address of its store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        uri = f"sqlite:///{project}/mlflow.db"
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        said = []
        patch.setattr(advise.typer, "echo", said.append)
        recipes = "cosine_probe,averaged_copies"
        advise.main(folder, recipes=recipes, seconds=8.0)
        yield project, "\n".join(said), uri


def test_the_answer_fits_a_screen_and_says_what_to_use_and_to_expect(advised):
    _, said, _ = advised
    assert len(said.splitlines()) <= 24
    assert "36 labelled images of 3 classes, 12 to test with, 6 unlabelled" in said
    for word in ("Use", "Expect", "pixels", "scratch", "More", "index.html", "predict my-shapes"):
        assert word in said


def test_the_page_needs_nothing_else_and_shows_pictures(advised):
    project, _, _ = advised
    page = (project / "data/own/my-shapes/index.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/png") >= 2 * 36
    for part in ("Which source", "more labels", "taken for what", "may be wrong", "label next"):
        assert part in page


def test_the_numbers_are_there_for_programs(advised):
    project, _, _ = advised
    numbers = json.loads((project / "data/own/my-shapes/advice.json").read_text())
    assert numbers["images"] == {"train": 36, "test": 12, "unlabelled": 6}
    expected = numbers["expected"]["accuracy"]
    assert expected["low"] < expected["mean"] <= expected["high"]
    assert np.isclose(np.sum(numbers["confusion"]), 36)
    assert len(numbers["label_next"]) == 6
    assert numbers["use"]["recipe"] in ("cosine_probe", "averaged_copies", "")


def test_the_folder_has_nothing_to_unpickle(advised):
    project, _, _ = advised
    model = project / "data/own/my-shapes/model"
    assert {path.suffix for path in model.iterdir()} <= {".keras", ".npz", ".json"}


def test_predict_says_class_probability_and_runner_up(advised, folder, tmp_path):
    table, lines = tmp_path / "out.csv", tmp_path / "out.jsonl"
    predict.main(TASK, [folder / "test"], csv=table, jsonl=lines)
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    assert header == "picture,class,probability,runner_up,probability_of_runner_up"
    assert len(rows) == 12
    answers = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    right = [each["class"] in each["picture"] for each in answers]
    assert np.mean(right) > 0.6
    for each in answers:
        assert each["class"] != each["runner_up"]
        assert each["probability"] >= each["probability_of_runner_up"]


def test_an_unknown_task_lists_those_there_are(advised):
    with pytest.raises(InputError, match="my-shapes"):
        predict.main("another", [Path("x.png")])


def test_a_changed_network_is_refused(advised, folder, tmp_path):
    project, _, _ = advised
    copy = tmp_path / "model"
    shutil.copytree(project / "data/own/my-shapes/model", copy)
    network = copy / "network.keras"
    network.write_bytes(network.read_bytes() + b"x")
    with pytest.raises(InputError, match=r"network\.keras"):
        predict.main(str(copy), [folder / "test"])


@pytest.fixture(scope="module")
def served(advised):
    """The registered network as MLflow loads it."""
    import mlflow

    return mlflow.pyfunc.load_model("models:/glyph-transfer-my-shapes@best")


def test_the_registered_network_answers_for_bytes_and_pixels_as_predict_does(
    served, advised, folder
):
    from PIL import Image

    from glyph_transfer.own.predicting import Network

    project, _, _ = advised
    path = folder / "test/vee/0.png"
    pixels = np.asarray(Image.open(path))
    network = Network(project / "data/own/my-shapes/model")
    (expected,) = network.answers_of([network.prepare(path.read_bytes())])
    text = base64.b64encode(path.read_bytes()).decode()
    for given in (path.read_bytes(), [text], pixels[None], np.stack([pixels] * 3, -1)[None]):
        answer = served.predict(given).iloc[0]
        assert answer["class"] == expected.name
        assert answer["probability"] == pytest.approx(expected.probability, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.random.default_rng(0).random((1, 28, 28)), "multiply them by 255"),
        (np.full((1, 40, 40), 255, np.uint8), "no ink"),
        (np.zeros((5, 784), np.uint8), "shape"),
        (np.full((1, 28, 28), 300), r"0\.\.255"),
        (["not base64!"], "base64"),
        ([base64.b64encode(b"%PDF-1.4").decode()], "PDF"),
        ([base64.b64encode(b"").decode()], "empty"),
    ],
)
def test_a_wrong_input_is_refused_in_words(served, given, message):
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException, match=message):
        served.predict(given)


@pytest.fixture(scope="module")
def ask(served):
    """Ask the server that `mlflow models serve` starts; gives status and what it answers."""
    import requests
    import uvicorn
    from mlflow.pyfunc import scoring_server

    app = scoring_server.init(served)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    def post(body):
        answer = requests.post(f"http://127.0.0.1:{port}/invocations", json=body, timeout=60)
        return answer.status_code, answer.json()

    yield post
    server.should_exit = True
    thread.join()


def test_a_server_answers_in_every_form_of_json_that_mlflow_takes(ask, folder):
    from PIL import Image

    path = folder / "test/vee/0.png"
    text = base64.b64encode(path.read_bytes()).decode()
    pixels = np.asarray(Image.open(path)).tolist()
    bodies = [
        {"inputs": [text]},
        {"inputs": text},
        {"instances": [f"data:image/png;base64,{text}"]},
        {"instances": [{"b64": text}]},
        {"inputs": {"picture": [text]}},
        {"dataframe_split": {"columns": ["picture"], "data": [[text]]}},
        {"dataframe_records": [{"picture": text}]},
        {"inputs": [pixels]},
        {"instances": [pixels]},
    ]
    answers = [ask(body) for body in bodies]
    assert {status for status, _ in answers} == {200}
    first = answers[0][1]["predictions"]
    assert [row["class"] for row in first] == ["vee"]
    assert all(answer["predictions"] == first for _, answer in answers)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ((np.random.default_rng(0).random((1, 28, 28))).tolist(), "found .* multiply them by 255"),
        (np.full((1, 28, 28), 255).tolist(), "found no ink"),
        (np.zeros((2, 28, 28)).tolist(), "found no ink"),
        (np.full((1, 784), 7).tolist(), r"found int64 of the shape \(1, 784\)"),
        ({"a": ["x"], "b": ["x"]}, "found 2 columns"),
        (["not base64!"], "found text that is no base64"),
        ([base64.b64encode(b"%PDF-1.4").decode()], "found not a picture but a PDF"),
        ([], "found .* shape"),
        (5, "found 5"),
        (None, "found None"),
    ],
)
def test_a_server_refuses_what_is_no_picture_and_does_not_send_it_back(ask, sent, found):
    status, answer = ask({"inputs": sent})
    assert status == 400
    assert re.match(found, answer["message"])
    assert "expected" in answer["message"]
    assert "stack_trace" not in answer


def test_the_registry_has_the_card(advised):
    import mlflow

    *_, uri = advised
    client = mlflow.MlflowClient(uri)
    version = client.get_model_version_by_alias("glyph-transfer-my-shapes", "best")
    for word in ("bar, cross, vee", "any picture", "Expected accuracy", "digest"):
        assert word in version.description
    run = client.get_run(version.run_id)
    assert run.data.metrics["expected_accuracy"] > 0.3
    assert run.data.tags["task"] == TASK


def test_what_a_store_lacks_is_registered_again(advised, tmp_path, monkeypatch):
    """After DVC took the folder from its cache, say; twice makes no second version."""
    import mlflow

    from glyph_transfer.own import register

    *_, uri = advised
    before = mlflow.MlflowClient(uri).get_model_version_by_alias("glyph-transfer-my-shapes", "best")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new.db")
    for _ in range(2):
        register.main(TASK)
    client = mlflow.MlflowClient()
    version = client.get_model_version_by_alias("glyph-transfer-my-shapes", "best")
    assert int(version.version) == 1
    assert version.description == before.description


def test_a_store_that_fails_is_told_in_one_line(advised, tmp_path, monkeypatch):
    """What was made stands: see own/making.py."""
    import mlflow

    from glyph_transfer.own import making, saved
    from glyph_transfer.tracking import patience

    def fail(*_):
        raise mlflow.exceptions.MlflowException("the disk of the server is full")

    monkeypatch.setattr(making.tracked, "_register", fail)
    monkeypatch.setattr(patience, "PAUSES_S", (0.0,))
    project, *_ = advised
    folder = project / "data/own/my-shapes"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new.db")
    summary = json.loads((folder / making.NUMBERS).read_text())
    with pytest.raises(patience.StoreError, match="disk of the server is full"):
        making.log(saved.read_card(folder / "model"), summary, folder, 0.0)


@pytest.mark.parametrize("name", ["My shapes!", "my-shapes", " MY SHAPES "])
def test_the_task_is_named_after_the_folder(name):
    assert advise.task_name(name) == TASK


def test_what_cannot_be_a_name_is_refused():
    with pytest.raises(InputError, match="--task"):
        advise.task_name("...")


def test_recipes_are_those_that_are_asked_for_or_those_of_own():
    shipped = params.load(REPOSITORY / "params.yaml")
    assert [*advise.chosen_recipes(shipped, "")] == shipped.own.recipes
    name = [*shipped.recipes][-1]
    assert [*advise.chosen_recipes(shipped, name)] == [name]
    with pytest.raises(InputError, match=name):
        advise.chosen_recipes(shipped, "another")


def test_one_class_costs_only_the_message(tmp_path, monkeypatch, project):
    monkeypatch.chdir(project)
    (tmp_path / "only" / "bar").mkdir(parents=True)
    drawn("bar", np.random.default_rng(0)).save(tmp_path / "only" / "bar" / "1.png")
    with pytest.raises(InputError, match="class"):
        advise.main(tmp_path / "only")


def test_the_source_with_the_most_classes_is_trusted_most(monkeypatch):
    from glyph_transfer.own import sources

    monkeypatch.chdir(REPOSITORY)
    classes = [len(source.card.classes) for source in sources.load_all().values()]
    assert classes == sorted(classes, reverse=True)
    assert len(classes) > 1
