"""A file of valid parameters, to be read with one replacement."""

import pytest

from glyph_transfer.protocol import params

VALID = """\
corpora: [embedded]
seed: 1
workers: 0
sets:
  embedded:
    digits: {train: 20, validation: 10}
    letters: {validation: 10}
subsets:
  high: {role: digits, classes: ["9", "7"]}
pretrain:
  embedded:
    tominet:
      letters: {optimizer: adam, learning_rate: 0.001, batch_size: 8,
                batch_norm_momentum: 0.9, epochs: 2, patience: 1}
studies:
  few:
    question: Which?
    targets: [digits]
    model: tominet
    n_train: [10, 20]
    draws: 3
    sampling: random
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.9}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
      tuned:
        sources: [letters]
        baseline: scratch
        load: [conv_1]
        phases: [{train: [dense], epochs: 1, learning_rate: 0.001}]
        batch_norm_momentum: 0.5
    published:
    - {cell: digits/tominet/none/scratch/10, value: 0.5, claim: sizes}
    claims:
      sizes: {text: Fewer are worse., cell: digits/tominet/none/scratch/10,
              than: digits/tominet/none/scratch/20, expects: lower}
  own:
    question: From its own?
    targets: [high, digits]
    model: tominet
    n_train: [all]
    draws: 2
    sampling: random
    sources_from: from_nothing
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.9}
    variants:
      from_nothing:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
      from_others:
        sources: [high]
        load: [conv_1]
        phases: [{train: [dense], epochs: 1, learning_rate: 0.001}]
"""


@pytest.fixture
def written(tmp_path):
    """Write VALID with one replacement and give its path."""

    def write(old="", new=""):
        assert old in VALID
        path = tmp_path / "params.yaml"
        path.write_text(VALID.replace(old, new, 1), encoding="utf-8")
        return path

    return write


@pytest.fixture
def settings(written):
    return params.load(written())
