"""The drawing page in a browser: strokes with a finger and with keys, at the width of a phone."""

import html
import json
import re
import shutil
import subprocess
import threading
from types import SimpleNamespace

import pytest
from flask import Response
from werkzeug.serving import make_server

from drawn_tasks import CLASSES, EVIL, task
from glyph_transfer.own import draw, drawing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = (390, 1280)  # pixels: a phone and a laptop

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on the PATH")

# A window cannot be made as narrow as a phone, a frame can. Its page is of the same origin.
FRAMES = """<!DOCTYPE html><meta charset="utf-8"><title>frames</title>
{frames}
<pre id="seen"></pre>
<script>
"use strict";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const use = async (frame) => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const byId = (id) => page.getElementById(id);
  const paper = byId("paper");
  const until = async (holds) => { for (let n = 0; n < 500 && !holds(); n += 1) await pause(20); };
  const answered = (name) => until(() => byId("spoken").textContent.includes(`likely ${name}`));
  const read = () => ({
    names: [...page.querySelectorAll("#likely bdi")].map((each) => each.textContent),
    bars: [...page.querySelectorAll("#likely i")].map((each) => each.getBoundingClientRect().width),
    spoken: byId("spoken").textContent, words: byId("words").textContent,
    moved: byId("moved").textContent,
    pixels: byId("seen").hidden ? 0 : byId("seen").naturalWidth, alt: byId("seen").alt,
    cursor: !byId("cursor").hidden,
  });
  const point = (kind, x, y, buttons = 1) => {
    const box = paper.getBoundingClientRect();
    paper.dispatchEvent(new view.PointerEvent(kind, {
      bubbles: true, pointerId: 7, pointerType: "touch", buttons,
      clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    }));
  };
  const press = (key, more = {}) => {
    for (const kind of ["keydown", "keyup"])
      paper.dispatchEvent(new view.KeyboardEvent(kind, { key, bubbles: true, ...more }));
  };
  const seen = { empty: read() };
  point("pointerdown", 0.5, 0.2);
  for (let y = 0.25; y < 0.8; y += 0.05) point("pointermove", 0.5, y);
  await until(() => read().names.length);
  seen.meanwhile = read();
  point("pointerup", 0.5, 0.8, 0);
  await answered("bar");
  seen.finger = read();
  point("pointermove", 0.1, 0.8, 0);
  point("pointermove", 0.9, 0.8, 1);
  await pause(300);
  seen.lifted = read();
  byId("clear").click();
  await pause(300);
  seen.cleared = read();
  byId("undo").click();
  await answered("bar");
  seen.undone = read();
  press("z", { ctrlKey: true });
  seen.undoneAgain = read();
  press("Backspace");
  seen.nothing = read();
  paper.focus();
  press(" ");
  for (let n = 0; n < 8; n += 1) press("ArrowRight");
  await pause(600);
  seen.penDown = read();
  press("Enter");
  await answered("dash");
  seen.keys = read();
  press("Delete");
  seen.deleted = read();
  seen.look = {
    width: view.innerWidth, needed: page.documentElement.scrollWidth,
    paper: paper.getBoundingClientRect().width,
    unreachable: [...page.querySelectorAll("p, h1, h2, button, select, canvas, label, li, figure")]
      .filter((each) => !each.classList.contains("unseen"))
      .filter((each) => each.getBoundingClientRect().right > view.innerWidth)
      .map((each) => each.id || each.textContent),
    small: [...page.querySelectorAll("button, select, input")]
      .filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.id),
    nameless: [...page.querySelectorAll("button, select, input, canvas, section, ol")]
      .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length
        || each.textContent.trim() && each.matches("button")
        || byId(each.getAttribute("aria-labelledby")))).map((each) => each.id),
    described: Boolean(byId(paper.getAttribute("aria-describedby"))?.textContent),
    live: ["spoken", "moved"].map((id) => byId(id).getAttribute("role")),
    about: byId("about").textContent,
    sheet: view.getComputedStyle(paper).touchAction,
  };
  const choice = byId("task");
  choice.value = "turned";
  point("pointerdown", 0.5, 0.2);
  point("pointermove", 0.5, 0.8);
  point("pointerup", 0.5, 0.8, 0);
  choice.dispatchEvent(new view.Event("change"));
  await answered("dash");
  seen.turned = read();
  choice.value = "broken";
  choice.dispatchEvent(new view.Event("change"));
  await until(() => byId("words").classList.contains("fault"));
  seen.broken = read();
  return seen;
};
addEventListener("load", async () => {
  const seen = [];
  for (const frame of document.querySelectorAll("iframe"))
    seen.push(await use(frame).catch((error) => ({ error: String(error.stack) })));
  document.getElementById("seen").textContent = JSON.stringify(seen);
});
</script>
"""


def browse(address, folder):
    """The final HTML of a page once its script has rested, and what the console says."""
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--window-size=1400,900",
            "--enable-logging=stderr", "--virtual-time-budget=60000", "--dump-dom", address,
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return SimpleNamespace(html=done.stdout, console=console)


def broken():
    raise drawing.InputError("network.keras is missing")


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What frames of each width see of the page as it is served, and the console."""
    turned = (CLASSES[1], CLASSES[0], *CLASSES[2:])
    tasks = (task(), task("turned", classes=turned), task("broken", load=broken), task("a" * 200))
    with draw.listen(0) as listening:
        port = listening.getsockname()[1]
        app = drawing.application({each.name: each for each in tasks}, "shapes", port)
        frames = "".join(f'<iframe width="{width}" height="1200" style="border: 0" src="/">'
                         "</iframe>" for width in WIDTHS)  # fmt: skip
        text = FRAMES.replace("{frames}", frames)
        allowed = {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}
        app.add_url_rule("/frames", view_func=lambda: Response(text, headers=allowed,
                                                               mimetype="text/html"))  # fmt: skip
        server = make_server(drawing.HOST, port, app, threaded=True, fd=listening.fileno())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folder = tmp_path_factory.mktemp("browser")
        browsed = browse(f"http://{drawing.HOST}:{port}/frames", folder)
        server.shutdown()
        server.server_close()
    found = re.search('<pre id="seen">(.+?)</pre>', browsed.html, re.DOTALL)
    assert found, browsed.console
    return json.loads(html.unescape(found[1])), browsed.console


@pytest.fixture(params=range(len(WIDTHS)), ids=WIDTHS)
def seen(request, shown):
    frame = shown[0][request.param]
    assert "error" not in frame, frame
    return frame


def test_the_page_says_nothing_on_the_console(shown):
    """It forbids all that it does not need, so the browser would complain of anything else."""
    assert shown[1] == []


def test_an_empty_page_asks_for_ink(seen):
    assert seen["empty"]["names"] == [] and seen["empty"]["pixels"] == 0
    assert "no ink" in seen["empty"]["spoken"]


def test_the_answer_follows_the_stroke_and_is_spoken_after_it(seen):
    meanwhile, after = seen["meanwhile"], seen["finger"]
    assert meanwhile["names"][0] == "bar"
    assert "no ink" in meanwhile["spoken"] and "bar" in meanwhile["words"]
    assert after["names"] == ["bar", *CLASSES[2:]]
    assert "bar (" in after["spoken"] and after["words"] == after["spoken"]
    assert after["pixels"] == 28 and after["alt"]
    assert after["bars"][0] > 10 * after["bars"][1] > 0


def test_a_lifted_finger_draws_nothing(seen):
    assert seen["lifted"]["names"] == seen["finger"]["names"]


def test_clear_empties_and_undo_brings_back(seen):
    cleared = seen["cleared"]
    assert cleared["names"] == [] and cleared["pixels"] == 0 and "no ink" in cleared["spoken"]
    assert "Undo" in cleared["moved"]
    assert seen["undone"]["names"] == seen["finger"]["names"]
    assert seen["undoneAgain"]["names"] == []
    assert "Nothing" in seen["nothing"]["moved"]


def test_the_keyboard_draws(seen):
    down, after = seen["penDown"], seen["keys"]
    assert down["cursor"] and down["moved"].startswith("Pen down")
    assert after["names"][0] == "dash" and "dash (" in after["spoken"]
    assert seen["deleted"]["names"] == []


def test_another_network_answers_anew_and_one_that_cannot_says_why(seen):
    assert seen["turned"]["names"][0] == "dash"
    assert seen["broken"]["names"] == [] and "missing" in seen["broken"]["spoken"]


def test_it_fits_a_phone_and_a_laptop(seen):
    look = seen["look"]
    assert look["width"] in WIDTHS and look["needed"] <= look["width"]
    assert look["unreachable"] == [] and look["small"] == []
    assert look["paper"] >= 300 and look["sheet"] == "none"


def test_a_screen_reader_is_told(seen):
    look = seen["look"]
    assert look["nameless"] == [] and look["described"] and look["live"] == ["status", "status"]
    assert EVIL in look["about"] and "90.0 %" in look["about"]
