"""Runs in, pages out: a report as one HTML file, its twin in Markdown, and their figures."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.files import replacing, write_text
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import networks, origins, page, published, search, sections, studies
from glyph_transfer.report.evidence import Evidence
from glyph_transfer.report.page import Page
from glyph_transfer.report.reading import gather

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun


def build(corpus: str, settings: Params, runs: "Mapping[str, TrackedRun | None]") -> Page:
    """Make the page of a corpus from tracked runs.

    Args:
        corpus: whose report it is.
        settings: for what is to be expected.
        runs: by stage, as `reading.expected_stages` and `possible_stages` name them; None for those
            without a run,
            of which the page says that they have not run.
    """
    return compose(gather(corpus, settings, runs))


def compose(evidence: Evidence) -> Page:
    """Make the page of what a corpus's runs give."""
    return Page(
        title="Which source to transfer from",
        notice=sections.corpus_notice(evidence),
        sections=[
            sections.question(evidence),
            sections.claims(evidence),
            published.section(evidence),
            *(studies.section(evidence, name) for name in evidence.studies),
            *([search.section(evidence)] if "search" in evidence.stages else []),
            networks.section(evidence),
            origins.sources(evidence),
            origins.images(evidence),
            origins.provenance(evidence),
        ],
    )


def write(content: Page, folder: Path) -> list[Path]:
    """Write `index.html`, `report.md` and `figures/` into `folder`; give their files.

    Figures that are there already are removed.
    """
    figures = folder / "figures"
    shutil.rmtree(figures, ignore_errors=True)
    written = []
    for picture in content.pictures:
        path = figures / f"{picture.name}.png"
        with replacing(path) as temporary:
            temporary.write_bytes(picture.png)
        written.append(path)
    write_text(folder / "report.md", page.markdown(content))
    write_text(folder / "index.html", page.html(content))
    return [folder / "index.html", folder / "report.md", *written]
