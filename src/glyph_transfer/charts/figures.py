"""The style of every chart, and Figures out as PNG and as SVG that follows a page's colours."""

import functools
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from glyph_transfer.files import replacing

STYLE = Path(__file__).with_name("style.mplstyle")
WIDTH = 4.9
"""Of a chart, in inches: as wide as a phone, where a letter of it is 10 pixels high."""
GREY = "#767676"
"""Of what is beside the point: no source, zero, the split that is trained on."""

SERIES = {
    "#0072b2": "#6cb8ee",
    "#b84e00": "#ff9d5c",
    "#007a58": "#3fcf9f",
    "#a8487f": "#ee9fce",
    "#806000": "#e6b422",
    "#6a51a3": "#b9a5ee",
}
"""Colours of the style, in their order -> those on a dark ground; all can be read as text."""
GROUNDS = {"#000000": "ink", "#ffffff": "ground", "#e4e4e4": "line", GREY: "soft"}
"""Other colours of charts -> a page's variables for them."""

P = ParamSpec("P")


def styled(chart: Callable[P, Figure]) -> Callable[P, Figure]:
    """Have a function make its Figure in the style of all charts, whatever matplotlib is set to."""

    @functools.wraps(chart)
    def make(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _style():
            return chart(*args, **kwargs)

    return make


def bare(axes: Axes) -> None:
    """Leave an image without grid, frame and ticks, but for their names."""
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def png(figure: Figure) -> bytes:
    """Render a figure; equal figures give equal bytes."""
    buffer = io.BytesIO()
    with _style():  # ticks are made as late as this
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def svg(figure: Figure, name: str) -> str:
    """Render a figure as an element of a page, which says its colours and letters.

    Colours become the variables `--ink`, `--ground`, `--line`, `--soft` and `--series-0` to
    `--series-5`, text stays text. Equal figures of one name give equal elements; those of
    different names share no identifier.
    """
    buffer = io.StringIO()
    with _style(), rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _themed(buffer.getvalue())


def svg_file(element: str) -> str:
    """Give an element of `svg` as a file of its own, light or dark as its reader's screen is."""
    light = {"ink": "#1b1f24", "ground": "#ffffff", "line": "#d5dae0", "soft": "#57606a"}
    dark = {"ink": "#e4e7eb", "ground": "#14171b", "line": "#363d46", "soft": "#a2abb5"}
    light |= {f"series-{number}": colour for number, colour in enumerate(SERIES)}
    dark |= {f"series-{number}": colour for number, colour in enumerate(SERIES.values())}
    said = [
        " ".join(f"--{name}: {colour};" for name, colour in colours.items())
        for colours in (light, dark)
    ]
    look = (
        f":root {{ {said[0]} }} @media (prefers-color-scheme: dark) {{ :root {{ {said[1]} }} }} "
        "text { fill: var(--ink); font-family: system-ui, sans-serif; white-space: pre }"
    )
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', element).groups()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{1.5 * float(width):.0f}" height="{1.5 * float(height):.0f}"'
        f"{element[4:].replace('>', f'><style>{look}</style>{GROUND}', 1)}\n"
    )


GROUND = '<rect width="100%" height="100%" style="fill: var(--ground)"/>'


def _themed(text: str) -> str:
    """Leave the element alone, shorter, and in variables for colours."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg)[^>]*?(viewBox="[^"]*")[^>]*>', r"\1 \2>", text, count=1, flags=re.DOTALL)
    text = re.sub(r'(<(?:g|image)\b[^>]*?) id="[^"]*"', r"\1", text)
    text = re.sub(r"<!--.*?-->|<defs>\s*</defs>", "", text, flags=re.DOTALL)
    text = re.sub(r"font(-family)?: *[^;\"]*'DejaVu[^;\"]*;?", _font_size, text)
    text = re.sub(r"#[0-9a-f]{6}\b", _variable, text)
    text = re.sub(r"\s*\n\s*", " ", text)
    text = re.sub(r"<[^>]+>", _short, text)
    return re.sub(r"(?<=>)\s+(?=<)|<g/>", "", text).strip()


def _short(tag: re.Match) -> str:
    """Write a tag with tenths of a unit, and without what changes nothing."""
    text = re.sub(r' transform="rotate\(-0 [^"]*"|; *(?=")', "", tag[0])
    text = re.sub(r"(\d\.\d)\d+", r"\1", text)
    text = re.sub(r"(?<=\d)\.0\b|(?<=[:;]) +", "", text)
    is_straight = not re.search(r' d="[^"]*[ACQ]', text)
    return text.replace(" L ", " ") if is_straight else text  # after M, points are of lines


def _font_size(match: re.Match) -> str:
    """Keep the size of a font, of which the page says the family."""
    size = re.search(r"[\d.]+px", match[0])
    return f"font-size: {size[0]};" if size else ""


def _variable(match: re.Match) -> str:
    if match[0] in SERIES:
        return f"var(--series-{[*SERIES].index(match[0])})"
    return f"var(--{GROUNDS[match[0]]})" if match[0] in GROUNDS else match[0]


def in_few_colours(image: Image.Image) -> bytes:
    """Give a photograph as PNG in sixteen colours, a fourth of the bytes that all of them take."""
    buffer = io.BytesIO()
    image.convert("RGB").quantize(16).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    _write(png(figure), path)


def save_photograph(figure: Figure, path: Path) -> None:
    """Write a figure of images as PNG in few colours, whole or not at all."""
    _write(in_few_colours(Image.open(io.BytesIO(png(figure)))), path)


def _write(content: bytes, path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _style():
    return style.context(["default", STYLE])
