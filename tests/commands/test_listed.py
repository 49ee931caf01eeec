"""DVC runs the stages of a corpus that params.yaml does not list, and leaves the file alone."""

import os
import subprocess
import sys
from pathlib import Path

import glyph_transfer

PARAMS = "corpora: [embedded]   # as written\nsets: {official: {k: 2}}\n"
STAGES = """\
stages:
  convert:
    matrix: {corpus: "${corpora}", role: [digits]}
    cmd: cat params.yaml > ${item.corpus}.txt
    params: ["sets.${item.corpus}.k"]
    outs: ["${item.corpus}.txt"]
"""


def test_a_corpus_is_run_without_being_written_into_params_yaml(tmp_path):
    """While it was, another's edit was lost, and a kill left the corpus in the file."""
    source = str(Path(glyph_transfer.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": source}
    (tmp_path / "dvc.yaml").write_text(STAGES)
    (tmp_path / "params.yaml").write_text(PARAMS)
    before = (tmp_path / "params.yaml").stat().st_mtime_ns

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("dvc", "init", "--no-scm", "-q")
    command = ("glyph_transfer.commands.listed", "official", "repro", "convert@official-digits")
    run(*command)
    assert (tmp_path / "official.txt").read_text() == PARAMS, "as it was while the stage ran"
    assert (tmp_path / "params.yaml").read_text() == PARAMS
    assert (tmp_path / "params.yaml").stat().st_mtime_ns == before
    assert "didn't change" in run(*command), "it is in dvc.lock"
    assert not (tmp_path / "embedded.txt").exists()
