"""What cells are called where what is the same in all of a study is left out."""

from glyph_transfer.protocol import ENSEMBLE
from glyph_transfer.report.cell_names import CellNames
from tracked_runs import LETTERS, SCRATCH

OTHER = LETTERS._replace(target="letters", model="cnn_s1", source="digits")


def test_the_model_is_named_where_it_differs():
    names = CellNames([LETTERS, OTHER._replace(target="digits")], [])
    assert names.row(LETTERS) == "tominet, from letters, frozen"
    assert CellNames([LETTERS], []).row(LETTERS) == "from letters, frozen"


def test_an_ensemble_is_called_as_its_variant_is():
    both = SCRATCH._replace(model=ENSEMBLE, variant="both")
    assert CellNames([both], [both]).row(both) == "both"


def test_the_target_is_named_where_it_differs():
    assert CellNames([OTHER], []).row(OTHER) == "from digits, frozen"
    names = CellNames([OTHER, LETTERS._replace(model=OTHER.model)], [])
    assert names.row(OTHER) == "from digits, frozen on letters"


def test_training_from_scratch_that_is_compared_with_another_is_named():
    """Whatever the two are called."""
    plain, twin = SCRATCH._replace(variant="plain"), SCRATCH._replace(variant="twin")
    names = CellNames([plain, twin], [twin])
    assert names.row(plain) == "from scratch"
    assert names.row(twin) == "from scratch, twin"


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
