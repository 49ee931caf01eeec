"""Stages as programs: a message and exit code 1 for what a user can mend, and no half work."""

import errno
import os
import pickle
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glyph_transfer
from glyph_transfer.errors import InputError
from glyph_transfer.layout import set_file
from glyph_transfer.stages import convert, download, evaluate, pretrain, program, transfer

ENVIRONMENT = {"PYTHONPATH": str(Path(glyph_transfer.__file__).parent.parent)}


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def fail(project, monkeypatch, capsys):
    """Run a stage as its command does; give its message, having left all as it was."""

    def run(stage, *words):
        before = tree(project)
        monkeypatch.setattr(sys, "argv", [stage.__name__, *words])
        with pytest.raises(SystemExit) as exit_:
            program.run(stage.main)
        assert exit_.value.code == 1
        assert tree(project) == before
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err

    return run


@pytest.mark.parametrize(
    ("stage", "words", "message"),
    [
        (download, ["embedded", "digit"], "unknown role 'digit'; .* 'sets.embedded': digits, "),
        (download, ["official", "digit"], "unknown role 'digit'; .* 'sets.official': letters, "),
        (download, ["emnist", "digits"], "unknown corpus 'emnist'; .*: embedded, official"),
        (convert, ["embedded", "digit"], "unknown role 'digit'"),
        (convert, ["emnist", "digits"], "unknown corpus 'emnist'"),
        (convert, ["embedded", "letters"], "raw/letters/source.json: not found. `dvc repro`"),
        (pretrain, ["embedded", "tominet", "fashion"], "unknown source 'fashion'"),
        (pretrain, ["embedded", "lenet", "letters"], "unknown model 'lenet'"),
        (transfer, ["embedded", "many"], "unknown study 'many'; .* 'studies': few"),
        (transfer, ["emnist", "few"], "unknown corpus 'emnist'"),
        (transfer, ["official", "few"], "unknown model 'tominet'; .* 'pretrain.official': nothing"),
        (
            transfer,
            ["embedded", "few"],
            r"tominet-letters/network_00.keras: not found. `dvc repro`",
        ),
        (evaluate, ["embedded", "many"], "unknown study 'many'"),
        (evaluate, ["embedded", "few"], "runs/few.json: not found. `dvc repro` makes it"),
    ],
)
def test_bad_words_and_missing_files_are_told(fail, stage, words, message):
    printed = fail(stage, *words)
    assert re.search(message, printed)
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("stage", "words"),
    [(pretrain, ["embedded", "tominet", "letters"]), (transfer, ["embedded", "few"])],
)
def test_a_missing_and_a_damaged_set_are_told(fail, stage, words):
    role = "letters" if stage is pretrain else "digits"
    path = set_file("embedded", role)
    content = path.read_bytes()
    try:
        path.unlink()
        assert f"{path}: not found. `dvc repro` makes it." in fail(stage, *words)
        if stage is pretrain:
            path.write_bytes(content[: len(content) // 2])
            assert f"{path}: not a readable set of images" in fail(stage, *words)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("stage", [download, convert, pretrain, transfer, evaluate])
def test_every_stage_refuses_a_faulty_parameter_file(fail, project, stage):
    path = project / "params.yaml"
    text = path.read_text()
    words = {pretrain: ["embedded", "tominet", "letters"], transfer: ["embedded", "few"]}
    try:
        path.write_text(text.replace("seed: 1", "sede: 1"))
        printed = fail(stage, *words.get(stage, ["embedded", "digits"]))
    finally:
        path.write_text(text)
    assert printed.startswith("params.yaml: 2 fault(s)\n")
    assert "sede: unknown key" in printed


def test_a_message_names_the_stage_that_dvc_runs(fail, monkeypatch):
    """In the output of `dvc repro` it stands among those of other stages."""
    monkeypatch.setenv("DVC_STAGE", "few@embedded")
    assert fail(transfer, "embedded", "many").startswith("few@embedded: unknown study 'many'")


def test_a_full_disk_is_told_and_nothing_half_written_is_kept(fail, monkeypatch):
    def save(path, **_):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(np, "savez", save)
    printed = fail(download, "embedded", "digits")
    assert "digits" in printed
    assert "no space left on the disk; nothing half-written is kept" in printed


def test_other_errors_keep_their_traceback(monkeypatch):
    def fail():
        raise OSError(errno.EIO, "Input/output error", "params.yaml")

    monkeypatch.setattr(sys, "argv", ["stage"])
    with pytest.raises(OSError, match="Input/output"):
        program.run(fail)


def test_words_that_are_missing_are_told_with_the_usage(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["stage", "embedded"])
    with pytest.raises(SystemExit) as exit_:
        program.run(download.main)
    assert exit_.value.code == 2
    printed = capsys.readouterr().err
    assert "Usage" in printed
    assert re.search("Missing argument .*role", printed, re.IGNORECASE)


def test_a_message_is_all_that_a_failing_program_prints(project, write_set, toy_set):
    """From a worker of two, where TensorFlow has its greetings."""
    write_set("digits", toy_set(seed=1))
    source = Path("data/embedded/sources/tominet-letters/network_00.keras")
    text = Path("params.yaml").read_text()
    try:
        Path("params.yaml").write_text(text.replace("workers: 1", "workers: 2"))
        source.parent.mkdir(parents=True)
        source.write_bytes(b"no network")
        before = tree(project)
        printed = subprocess.run(
            [sys.executable, "-m", "glyph_transfer.stages.transfer", "embedded", "few"],
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
        )
        after = tree(project)
    finally:
        Path("params.yaml").write_text(text)
        source.unlink()
        source.parent.rmdir()
    assert printed.returncode == 1
    assert printed.stdout == ""
    assert f"{source}: not a readable Keras network (" in printed.stderr.splitlines()[0]
    assert printed.stderr.count("\n") <= 2
    assert "Traceback" not in printed.stderr
    assert after == before


def test_input_errors_are_whole_when_they_come_from_another_process():
    """They pass through pickle on their way from a worker."""
    error = pickle.loads(pickle.dumps(InputError("found a, expected b")))
    assert str(error) == "found a, expected b"


def test_a_tracking_server_that_does_not_answer_is_told_before_any_work(fail, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    printed = fail(convert, "embedded", "digits")
    assert f"MLFLOW_TRACKING_URI is {address}, but no MLflow server answers there" in printed
