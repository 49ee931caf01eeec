"""What the committed results of both corpora say of their authors' claims agrees."""

from pathlib import Path

from glyph_transfer.analysis.rows import ClaimRow, read_csv
from glyph_transfer.analysis.verdicts import ClaimVerdict

REPORTS = Path(__file__).parents[2] / "reports"
JUDGED = ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED
FEWEST_JUDGED = 12


def verdicts(corpus):
    """Study and claim -> verdict."""
    return {
        (path.parent.name, row.name): row.verdict
        for path in (REPORTS / corpus).glob("*/claims.csv")
        for row in read_csv(path, ClaimRow)
    }


def test_the_small_corpus_judges_claims():
    judged = [verdict for verdict in verdicts("embedded").values() if verdict in JUDGED]
    assert len(judged) >= FEWEST_JUDGED


def test_what_the_real_sets_confirm_the_small_corpus_confirms_or_leaves_to_them():
    small, real = verdicts("embedded"), verdicts("official")
    confirmed = {claim for claim, verdict in real.items() if verdict == ClaimVerdict.CONFIRMED}
    assert confirmed
    assert {c: small[c] for c in confirmed & {*small} if small[c] != ClaimVerdict.CONFIRMED} == {}


def test_no_claim_has_opposite_verdicts():
    small, real = verdicts("embedded"), verdicts("official")
    assert [c for c in small.keys() & real.keys() if {small[c], real[c]} == {*JUDGED}] == []
