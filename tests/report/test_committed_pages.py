"""The committed pages of both corpora: small, short, and in short sentences."""

import re
from pathlib import Path

import pytest

from seen_page import Seen

REPORTS = Path(__file__).parents[2] / "reports"
MOST_VISIBLE, MOST, MOST_BYTES, LONGEST = 1_500, 6_000, 3_000_000, 30


@pytest.fixture(scope="module", params=["embedded", "official"])
def html(request):
    """A page."""
    return (REPORTS / request.param / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seen(html):
    """A page, read."""
    return Seen(html)


def test_a_page_is_small(html):
    assert len(html.encode()) <= MOST_BYTES


def test_a_page_is_short(seen):
    """Numbers count as words on what is open; of all, those that have a letter."""
    assert len(seen.words(closed=False)) <= MOST_VISIBLE
    assert sum(bool(re.search("[A-Za-z]", word)) for word in seen.words()) <= MOST


def test_no_sentence_is_long(seen):
    assert [each for each in seen.sentences if len(each.split()) > LONGEST] == []
