"""Pages of which only words are read."""

import pytest

from glyph_transfer.report.pictures import Chart, Pictures


@pytest.fixture
def without_drawing(monkeypatch):
    """Charts are not drawn: those of a page take a second."""
    monkeypatch.setattr(Pictures, "chart", lambda _, name, *__: Chart(name, '<svg viewBox="0 0"/>'))
