"""The shipped studies have their cells on both corpora."""

from pathlib import Path

from glyph_transfer.protocol import params
from glyph_transfer.protocol.by_corpus import CORPORA

SHIPPED = Path(__file__).parents[2] / "params.yaml"
CELLS = {
    "few_labels": 3, "batch_norm": 6, "label_curve": 24, "freeze_depth": 7, "unseen_digits": 3,
    "few_letters": 8, "architectures": 10, "recipes": 58, "recipes_letters": 28, "unseen_labels": 8,
    "forecast": 6,
}  # fmt: skip


def test_the_shipped_studies_have_their_cells():
    """Counted by hand, with the searched network and the ensemble of `architectures`."""
    shipped = params.load(SHIPPED, "official").studies
    assert {name: len(study.cells) for name, study in shipped.items()} == CELLS


LEFT_TO_THE_REAL_SETS = {"architectures": {"b_over_a"}}
"""Claims that would take the embedded corpus more draws than a first run has time for."""


def test_on_the_embedded_corpus_the_shipped_studies_lose_no_published_value_and_no_claim():
    """But for those that are left to the real sets, of which the study's note says why."""
    small, whole = (params.load(SHIPPED, corpus).studies for corpus in CORPORA)
    for name in CELLS:
        left = LEFT_TO_THE_REAL_SETS.get(name, set())
        kept = {p.claim: p.claim for p in whole[name].published} | dict.fromkeys(left)
        published = [p.model_copy(update={"claim": kept[p.claim]}) for p in whole[name].published]
        assert small[name].published == published
        assert small[name].shown == whole[name].shown
        assert [*small[name].claims] == [c for c in whole[name].claims if c not in left]
        assert not left or "left to the real sets" in small[name].note
