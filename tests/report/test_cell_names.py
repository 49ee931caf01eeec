"""What cells are called where what is the same in all of a study is left out."""

from glyph_transfer.protocol import ENSEMBLE
from glyph_transfer.report.cell_names import CellNames
from tracked_runs import LETTERS, SCRATCH

OTHER = LETTERS._replace(target="letters", model="cnn_s1", source="digits")
DEEP = LETTERS._replace(variant="frozen_dense")


def test_the_variant_of_a_transfer_is_named_where_it_differs():
    assert CellNames([SCRATCH, LETTERS], [LETTERS]).name(LETTERS) == "transfer from letters"
    names = CellNames([SCRATCH, LETTERS, DEEP], [LETTERS, DEEP])
    assert names.name(DEEP) == "transfer from letters (frozen dense)"


def test_the_variant_of_a_transfer_can_be_asked_for():
    names = CellNames([SCRATCH, LETTERS], [LETTERS])
    assert names.name(LETTERS, with_variant=True) == "transfer from letters (frozen)"
    assert names.name(SCRATCH, with_variant=True) == "training from scratch"


def test_the_model_is_named_where_it_differs():
    names = CellNames([LETTERS, OTHER], [])
    assert names.name(OTHER) == "transfer from digits with cnn s1"


def test_an_ensemble_is_no_other_model():
    both = SCRATCH._replace(model=ENSEMBLE, variant="both")
    names = CellNames([SCRATCH, both], [both])
    assert names.name(both) == "the ensemble both"
    assert names.name(SCRATCH) == "training from scratch"


def test_the_target_is_named_where_it_differs():
    assert CellNames([OTHER], []).on_target(OTHER) == ""
    assert CellNames([OTHER, SCRATCH], []).on_target(OTHER) == " on letters"


def test_training_from_scratch_that_is_compared_with_another_is_named():
    """Whatever the two are called."""
    plain, twin = SCRATCH._replace(variant="plain"), SCRATCH._replace(variant="twin")
    names = CellNames([plain, twin], [twin])
    assert names.name(plain) == "training from scratch"
    assert names.name(twin) == "training from scratch (twin)"


def test_two_trainings_from_scratch_without_a_baseline_are_both_named():
    plain, twin = SCRATCH._replace(variant="plain"), SCRATCH._replace(variant="twin")
    names = CellNames([plain, twin], [])
    assert names.name(plain) == "training from scratch (plain)"


WORDS = {"tominet": "TomiNet", "frozen": "head first", "digits": "figures"}


def test_a_cell_by_itself_is_named_whole():
    names = CellNames([SCRATCH, LETTERS], [LETTERS], WORDS)
    assert names.whole(LETTERS) == "TomiNet from letters, head first, 100 labels"
    assert names.whole(SCRATCH) == "TomiNet from scratch, 100 labels"


def test_a_line_of_a_table_says_what_differs():
    names = CellNames([SCRATCH, LETTERS], [LETTERS], WORDS)
    assert names.row(LETTERS) == "from letters, head first"
    more = CellNames([LETTERS, LETTERS._replace(n_train=300), OTHER], [], WORDS)
    assert more.row(LETTERS) == "TomiNet, from letters, head first, 100 labels on figures"
    assert more.row(LETTERS, with_size=False) == "TomiNet, from letters, head first on figures"
