"""The pictures of a page: charts and photographs, drawn when a template first shows them."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image

from glyph_transfer.charts import figures

MOST_PIXELS = 1320
"""Width of a photograph: 47 images of 28 pixels side by side."""


@dataclass(frozen=True)
class Chart:
    """A drawing; `name` is that of its file."""

    kind: ClassVar[str] = "chart"
    name: str
    svg: str

    def element(self, alt: str) -> Markup:
        """Give the drawing with its words for those who do not see it."""
        return Markup(f'<svg role="img" aria-label="{Markup.escape(alt)}"{self.svg[4:]}')

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.svg"

    @property
    def content(self) -> bytes:
        """What is in its file."""
        return figures.svg_file(self.svg).encode()


@dataclass(frozen=True)
class Photo:
    """A PNG, and its width and height in pixels; see `Chart`."""

    kind: ClassVar[str] = "photo"
    name: str
    content: bytes
    size: tuple[int, int]

    @property
    def uri(self) -> str:
        """The picture itself as an address."""
        return f"data:image/png;base64,{base64.b64encode(self.content).decode()}"

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.png"


@dataclass
class Pictures:
    """Those that have been shown, by name: what is shown again, in HTML and Markdown, is there."""

    shown: dict[str, Chart | Photo] = field(default_factory=dict)

    def chart(self, name: str, plot: Callable[..., Figure], *content: object) -> Chart:
        """Give what a function of `glyph_transfer.charts` plots of some content."""
        if name not in self.shown:
            self.shown[name] = Chart(name, figures.svg(plot(*content), name))
        return self.shown[name]

    def photo(self, name: str, png: bytes) -> Photo:
        """Give a picture in sixteen colours, no wider than `MOST_PIXELS`."""
        if name not in self.shown:
            self.shown[name] = Photo(name, *_small(png))
        return self.shown[name]


def _small(png: bytes) -> tuple[bytes, tuple[int, int]]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > MOST_PIXELS:
        height = round(image.height * MOST_PIXELS / image.width)
        image = image.resize((MOST_PIXELS, height), Image.Resampling.LANCZOS)
    return figures.in_few_colours(image), image.size
