"""The shipped parameters load, and every mistake in a file is told with its place."""

import re
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from glyph_transfer.protocol.by_corpus import CORPORA

SHIPPED = Path(__file__).parents[2] / "params.yaml"


def test_shipped_file_loads_and_every_study_runs_on_every_corpus():
    """With all its sets and source networks: `study` refuses one that lacks any."""
    for corpus in CORPORA:
        shipped = params.load(SHIPPED, corpus)
        assert shipped.corpus == corpus
        for name in shipped.studies:
            assert shipped.study(name).cells


def test_source_networks_are_trained_for_every_corpus():
    networks = {
        corpus: {
            model: {*sources} for model, sources in params.load(SHIPPED, corpus).pretrain.items()
        }
        for corpus in CORPORA
    }
    assert networks["embedded"] == networks["official"]
    assert networks["official"] == {
        "tominet": {"letters", "fashion"},
        "cnn_s4": {"digits"},
        "glyphnet": {"letters", "digits", "fashion"},
    }


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
        ("draws: 3", "draws: many", r"  studies\.few\.draws\..*integer.*, found 'many'"),
        ("draws: 3", 'draws: "3"', r"  studies\.few\.draws\..*integer.*, found '3'"),
        ("draws: 3", "draws: 0", r"  studies\.few\.draws\..*greater than 0, found 0"),
        ("seed: 1", "seed: true", r"  seed: .*integer.*, found True"),
        ("workers: 0", "workers: -1", r"  workers: .*greater than or equal to 0, found -1"),
        ("sampling: random", "sampling: any", r"sampling: .*'random' or 'stratified', found 'any'"),
        ("optimizer: adam", "optimizer: sgd", r"optimizer: .*'momentum', found 'sgd'"),
        ("momentum: 0.9", "momentum: 1.0", r"batch_norm_momentum: .*less than 1, found 1\.0"),
        ("n_train: [10, 20]", "n_train: []", r"  studies\.few\.n_train: .*at least 1"),
        ("targets: [digits]", "targets: []", r"  studies\.few\.targets: .*at least 1"),
        ("n_train: [10, 20]", "n_train: [10, some]", r"n_train\.1.*'all'"),
        ("n_train: [10, 20]", "n_train: [10, 0]", r"n_train\.1.*greater than 0, found 0"),
        ("role: digits", "role: digit", r"  subsets\.high\.role: .*'digits'.*, found 'digit'"),
        ('["9", "7"]', '["9"]', r"  subsets\.high\.classes: .*at least 2"),
        ('["9", "7"]', "[9, 7]", r"  subsets\.high\.classes\.0: .*string, found 9"),
        ('["9", "7"]', '["9", "7", "9"]', r"  subsets\.high: .*'9' is named more than once"),
        (
            "    digits: {train",
            "    digit: {train",
            r"  sets\.embedded\.digit.*'digits'.*'letters'",
        ),
        ("corpora: [embedded]", "corpora: [emnist]", r"'embedded' or 'official', found 'emnist'"),
        ("train: all, ", "train: [1], ", r"phases\.0\.train.*found 1"),
        ("seed: 1\n", "", r"  seed: Field required"),
        (
            "        sources: [none]\n",
            "",
            r"  studies\.few\.variants\.scratch\.sources: Field required",
        ),
        ("baseline: scratch", "baseline: scrap", r"a baseline is 'scrap'.*\['scratch', 'tuned'\]"),
        ("[letters]", "[none]", r"variants\.tuned: .*\['conv_1'\].*one of its sources is 'none'"),
        ("{cell: digits/tominet/none/scratch/10", "{cell: x", r"  studies\.few: .*the cell 'x'"),
        ("scratch/20,", "scratch/30,", r"'claims' names the cell 'digits/tominet/none/scratch/30'"),
        ("expects: lower", "expects: less", r"claims\.sizes\.expects: .*, found 'less'"),
        ("value: 0.5", "value: .nan", r"published\.0\.value: .*finite.*, found nan"),
        ("value: 0.5", "value: 0.5, score: f1", r"published\.0\.score: .*'speedup', found 'f1'"),
    ],
)
def test_mistakes_name_file_key_found_and_expected(written, old, new, fault):
    path = written(old, new)
    with pytest.raises(InputError, match=rf"(?s){path}: [12] fault\(s\)\n.*{fault}"):
        params.load(path)


def test_all_mistakes_are_told_at_once(written):
    text = written("draws: 3", "draws: x").read_text().replace("seed: 1", "sead: 1")
    path = written()
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        params.load(path)
    for fault in ("  seed: Field required", "  sead: unknown key", "  studies.few.draws."):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("seed: 1\nseed: 2\n", r'not valid YAML: .*found duplicate key "seed"'),
        ("seed: [1\n", r"not valid YAML: .*line 2"),
        ("seed: \x00\n", "not valid YAML"),
        ("", "the file: .*valid dictionary.*, found None"),
        ("- seed\n", "the file: .*valid dictionary"),
        ("seed: 2001-99-99\n", "cannot be read"),
        ("seed: !!int x\n", "cannot be read"),
        (f"seed: {'9' * 5000}\n", "cannot be read"),
        ("seed: &a [*a]\n", "nested more than"),
        ("".join(f"a{n + 1}: &a{n + 1} [{f'*a{n},' * 9}]\n" if n else "a1: &a1 [1]\n"
                 for n in range(12)), "more than .* values"),
        ("studies: {a: {extends: {b: c}}}\n", "extends .*not there"),
        ("recipes: {a: {extends: [1]}}\n", "extends .*not there"),
        ("roles: [{embedded: digits}]\n", "Field required"),
    ],
)  # fmt: skip
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


def test_a_subset_is_of_its_role_and_has_its_classes_in_their_order(settings):
    assert settings.role_of("high") == "digits"
    assert settings.classes_of("high") == ("9", "7")
    assert settings.role_of("digits") == "digits"
    assert settings.classes_of("digits") is None


def test_a_study_rests_on_the_roles_of_its_targets_and_sources(settings):
    assert settings.roles_of(settings.study("few")) == ["digits", "letters"]
    assert settings.roles_of(settings.study("own")) == ["digits"]


OFFICIAL = "  official: {digits: {validation: 1}, letters: {validation: 1}}\n"


def test_a_study_is_given_as_its_corpus_has_it(written):
    text = written("draws: 3", "draws: {embedded: 1, official: 3}").read_text()
    path = written()
    path.write_text(
        text.replace("epochs: 2, l", "epochs: {embedded: 1, official: 5}, l")
        .replace("sampling: random\n", "sampling: random\n    images: {embedded: 12}\n", 1)
        .replace("\nsets:\n", f"\nsets:\n{OFFICIAL}")
    )
    small, whole = (params.load(path, corpus).studies["few"] for corpus in CORPORA)
    assert (small.draws, small.images, small.variants["scratch"].phases[0].epochs) == (1, 12, 1)
    assert (whole.draws, whole.images, whole.variants["scratch"].phases[0].epochs) == (3, None, 5)


def test_what_is_chosen_is_what_runs(written):
    """What an experiment sets, as by `dvc exp run -S studies.few.draws=7`, nothing stands over."""
    for corpus in CORPORA:
        path = written("sets:\n", f"sets:\n{OFFICIAL}")
        path.write_text(path.read_text().replace("draws: 3", "draws: 7"))
        assert params.load(path, corpus).studies["few"].draws == 7


def test_what_is_said_of_cells_that_only_the_other_corpus_has_is_left_out(written):
    """The claim goes with the cell that it needs, and the name of the claim with it."""
    path = written("n_train: [10, 20]", "n_train: {embedded: [10], official: [10, 20]}")
    few = params.load(path).studies["few"]
    assert (few.claims, [each.claim for each in few.published]) == ({}, [None])
    text = path.read_text().replace("scratch/20,", "scratch/30,")
    path.write_text(text)
    with pytest.raises(
        InputError, match="'claims' names the cell 'digits/tominet/none/scratch/30'"
    ):
        params.load(path)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: s.study("many"), "unknown study 'many'; .* 'studies': few, own"),
        (
            lambda s: s.pretraining("lenet", "letters"),
            r"unknown model 'lenet'; .* 'pretrain\.embedded': tominet",
        ),
        (
            lambda s: s.pretraining("tominet", "fashion"),
            r"unknown source 'fashion'; .* 'pretrain\.embedded\.tominet': letters",
        ),
        (
            lambda s: s.role_params("fashion"),
            r"unknown role 'fashion'; .* 'sets\.embedded': digits, letters",
        ),
    ],
)
def test_unknown_names_list_the_known_ones(settings, ask, message):
    with pytest.raises(InputError, match=message):
        ask(settings)


def test_an_unknown_corpus_is_told_with_those_there_are(written):
    with pytest.raises(InputError, match="unknown corpus 'emnist'; there are: embedded, official"):
        params.load(written(), "emnist")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    digits: {train",
            "    fashion: {train",
            "unknown role 'digits'; .*: fashion, letters",
        ),
        ("targets: [digits]", "targets: [bymerge]", "unknown role 'bymerge'; .*: digits, letters"),
        ("sources: [letters]", "sources: [fashion]", "unknown source 'fashion'; .*: letters"),
        ("sources: [letters]", "sources: [high]", "unknown source 'high'; .*: letters"),
        (
            "sources: [letters]",
            "sources: [letters]\n        source_model: cnn_s4",
            r"unknown model 'cnn_s4'; .* 'pretrain\.embedded': tominet",
        ),
    ],
)
def test_a_study_needs_its_sets_and_its_sources_in_the_corpus(written, old, new, message):
    text = written(old, new).read_text()
    path = written()
    path.write_text(re.sub(r"    published:(.|\n)*?  own:", "  own:", text))
    with pytest.raises(InputError, match=message):
        params.load(path).study("few")


def test_a_study_that_trains_its_own_sources_needs_no_others(written):
    """And not on the embedded corpus alone: nothing under `pretrain` has to name them."""
    own = params.load(written("      letters: {optimizer", "      fashion: {optimizer"))
    assert own.study("own").pretrained == []
