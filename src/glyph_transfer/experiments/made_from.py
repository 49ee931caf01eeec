"""What a result was made from, apart from images and parameters: one definition for all.

`dvc.yaml` names the folders and files of the package that a stage depends on. What is kept of
a stage that was stopped, or taken from a study by `mlflow run`, was made from the same things
where the text of these is the same, and the environment.
"""

import functools
import hashlib
import json
from pathlib import Path

from ruamel.yaml import YAML

from glyph_transfer.experiments import environment

PROJECT = Path(__file__).parents[3]


@functools.cache
def made_from(program: str) -> str:
    """Digest of the code that the stages of a program depend on, and of the environment.

    Args:
        program: in `glyph_transfer.stages`, such as `transfer`.

    Returns:
        SHA-256, in hexadecimal.
    """
    content = hashlib.sha256(json.dumps(environment.training()).encode())
    for path in code_of(program):
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            content.update(file.read_bytes())
    return content.hexdigest()


def code_of(program: str) -> list[Path]:
    """Files and folders of the package that the stages of a program depend on.

    Raises:
        ValueError: where stages of one program depend on different ones, or none runs it.
    """
    stages = YAML(typ="safe").load(PROJECT / "dvc.yaml")["stages"].values()
    written = [stage.get("do", stage) for stage in stages]
    run = [stage for stage in written if stage["cmd"].startswith(f"${{run}} {program} ")]
    named = {tuple(dep for dep in stage["deps"] if dep.startswith("src/")) for stage in run}
    if len(named) != 1:
        raise ValueError(f"dvc.yaml has to name one list of code for stages.{program}: {named}")
    return [PROJECT / dep for dep in named.pop()]
