"""The shipped parameters load, and every mistake in a file is told with its place."""

from pathlib import Path

import pytest

from glyph_transfer import params
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Cell

SHIPPED = Path(__file__).parent.parent / "params.yaml"

VALID = """\
corpora: [embedded]
seed: 1
workers: 0
sets:
  embedded:
    digits: {train: 20, validation: 10}
pretrain:
  embedded:
    tominet:
      letters: {optimizer: adam, learning_rate: 0.001, batch_size: 8,
                batch_norm_momentum: 0.9, epochs: 2, patience: 1}
studies:
  few:
    question: Which?
    target: digits
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
      digits/tominet/none/scratch/10: 0.5
    claims:
    - {text: Fewer are worse., cell: digits/tominet/none/scratch/10,
       than: digits/tominet/none/scratch/20, expects: lower}
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


def test_shipped_file_loads_and_every_study_runs_on_every_corpus():
    shipped = params.load(SHIPPED)
    for corpus in ("embedded", "official"):
        for name in shipped.studies:
            assert shipped.study(name, corpus).draws >= 30


def test_shipped_studies_share_their_seed_and_protocol():
    """The study batch_norm is few_labels with another momentum, and nothing else."""
    studies = params.load(SHIPPED).studies
    few_labels, batch_norm = studies["few_labels"], studies["batch_norm"]
    assert batch_norm.training.batch_norm_momentum == 0.99
    same = few_labels.training.model_copy(update={"batch_norm_momentum": 0.99})
    assert batch_norm.training == same
    for name, variant in few_labels.variants.items():
        assert batch_norm.variants[name] == variant


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("seed: 1", "seed: 1\nsede: 2", r"  sede: unknown key"),
        ("draws: 3", "draws: 3\n    drawz: 4", r"  studies\.few\.drawz: unknown key"),
        ("load: []", "load: []\n        freeze: []", r"variants\.scratch\.freeze: unknown key"),
        ("draws: 3", "draws: many", r"  studies\.few\.draws: .*integer.*, found 'many'"),
        ("draws: 3", 'draws: "3"', r"  studies\.few\.draws: .*integer.*, found '3'"),
        ("draws: 3", "draws: 0", r"  studies\.few\.draws: .*greater than 0, found 0"),
        ("seed: 1", "seed: true", r"  seed: .*integer.*, found True"),
        ("workers: 0", "workers: -1", r"  workers: .*greater than or equal to 0, found -1"),
        ("sampling: random", "sampling: any", r"sampling: .*'random' or 'stratified', found 'any'"),
        ("optimizer: adam", "optimizer: sgd", r"optimizer: .*'adam', found 'sgd'"),
        ("momentum: 0.9", "momentum: 1.0", r"batch_norm_momentum: .*less than 1, found 1\.0"),
        ("n_train: [10, 20]", "n_train: []", r"  studies\.few\.n_train: .*at least 1"),
        ("target: digits", "target: digit", r"  studies\.few\.target: .*'digits'.*, found 'digit'"),
        (
            "    digits: {train",
            "    digit: {train",
            r"  sets\.embedded\.digit.*'digits', 'letters'",
        ),
        ("corpora: [embedded]", "corpora: [emnist]", r"'embedded' or 'official', found 'emnist'"),
        ("train: all, ", "train: [1], ", r"phases\.0\.train.*found 1"),
        ("seed: 1\n", "", r"  seed: Field required"),
        ("        load: []\n", "", r"  studies\.few\.variants\.scratch\.load: Field required"),
        ("baseline: scratch", "baseline: scrap", r"a baseline is 'scrap'.*\['scratch', 'tuned'\]"),
        ("[letters]", "[none]", r"variants\.tuned: .*\['conv_1'\].*one of its sources is 'none'"),
        (
            "digits/tominet/none/scratch/10:",
            "digits/tominet/none/scratch/30:",
            r"'digits/tominet/none/scratch/30'.*'digits/tominet/none/scratch/10', 'digits",
        ),
        ("scratch/20,", "scratch/30,", r"'claims' names the cell 'digits/tominet/none/scratch/30'"),
        ("expects: lower", "expects: less", r"claims\.0\.expects: .*'steadier', found 'less'"),
    ],
)
def test_mistakes_name_file_key_found_and_expected(written, old, new, fault):
    path = written(old, new)
    with pytest.raises(InputError, match=rf"(?s){path}: [12] fault\(s\)\n.*{fault}"):
        params.load(path)


def test_a_baseline_with_several_sources_is_refused(written):
    """It would be ambiguous which of them its cells are compared with."""
    path = written("sources: [none]", "sources: [letters, fashion]")
    with pytest.raises(InputError, match="'scratch' is a baseline: it has to have one source"):
        params.load(path)


def test_all_mistakes_are_told_at_once(written):
    text = written("draws: 3", "draws: x").read_text().replace("seed: 1", "sead: 1")
    path = written()
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        params.load(path)
    assert "3 fault(s)" in str(caught.value)
    for fault in ("  seed: Field required", "  sead: unknown key", "  studies.few.draws: "):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("seed: 1\nseed: 2\n", r'not valid YAML: .*found duplicate key "seed"'),
        ("seed: [1\n", r"not valid YAML: .*line 2"),
        ("seed: \x00\n", "not valid YAML"),
        ("", "the file: .*valid dictionary.*, found None"),
        ("- seed\n", "the file: .*valid dictionary"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path, text, fault):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"(?s){path}: .*{fault}"):
        params.load(path)


def test_a_missing_file_is_told_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"no\.yaml: not found\. Run from the project's folder"):
        params.load(tmp_path / "no.yaml")


def test_parameters_cannot_be_changed(settings):
    with pytest.raises(ValueError, match="frozen"):
        settings.seed = 2


def test_cells_come_in_order_and_name_themselves(settings):
    assert [str(cell) for cell in settings.study("few", "embedded").cells] == [
        "digits/tominet/none/scratch/10",
        "digits/tominet/none/scratch/20",
        "digits/tominet/letters/tuned/10",
        "digits/tominet/letters/tuned/20",
    ]


def test_a_cell_is_compared_at_its_own_size(settings):
    study = settings.study("few", "embedded")
    tuned = Cell("digits", "tominet", "letters", "tuned", 20)
    scratch = Cell("digits", "tominet", "none", "scratch", 20)
    assert study.baseline_of(tuned) == scratch
    assert study.baseline_of(scratch) is None


def test_a_variants_momentum_goes_before_its_studys(settings):
    study = settings.study("few", "embedded")
    momenta = {cell.variant: study.training_of(cell).batch_norm_momentum for cell in study.cells}
    assert momenta == {"scratch": 0.9, "tuned": 0.5}


def test_restriction_to_sources_drops_variants_without_any(settings):
    study = settings.study("few", "embedded").restricted_to(["none"])
    assert study.sources == ["none"]
    assert [*study.variants] == ["scratch"]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: s.study("many", "embedded"), "unknown study 'many'; .* 'studies': few"),
        (lambda s: s.study("few", "emnist"), "unknown corpus 'emnist'; .* 'sets': embedded"),
        (lambda s: s.pretraining("emnist", "tominet", "letters"), "unknown corpus .*: embedded"),
        (
            lambda s: s.pretraining("embedded", "lenet", "letters"),
            r"unknown model 'lenet'; .* 'pretrain\.embedded': tominet",
        ),
        (
            lambda s: s.pretraining("embedded", "tominet", "fashion"),
            r"unknown source 'fashion'; .* 'pretrain\.embedded\.tominet': letters",
        ),
        (
            lambda s: s.role_params("embedded", "letters"),
            r"unknown role 'letters'; .* 'sets\.embedded': digits",
        ),
    ],
)
def test_unknown_names_list_the_known_ones(settings, ask, message):
    with pytest.raises(InputError, match=message):
        ask(settings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    digits: {train", "    fashion: {train", "unknown role 'digits'; .*: fashion"),
        ("sources: [letters]", "sources: [fashion]", "unknown source 'fashion'; .*: letters"),
    ],
)
def test_a_study_needs_its_set_and_its_sources_in_the_corpus(written, old, new, message):
    with pytest.raises(InputError, match=message):
        params.load(written(old, new)).study("few", "embedded")
