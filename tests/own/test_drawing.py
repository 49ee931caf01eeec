"""What the drawing page is answered, through Flask's client: no port, no network."""

import base64
import io
import json
import re
import struct
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from drawn_tasks import BAR, CLASSES, DASH, EVIL, classify, png, task
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.preparation import prepare
from glyph_transfer.own import drawing

PORT = 8765
OWN = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tasks = {each.name: each for each in (task(), task("light", ink="light"), task(EVIL))}
    return drawing.application(tasks, "shapes", PORT).test_client()


def ask(client, content, task="shapes", base=OWN, **headers):
    headers = {"Origin": base, "Content-Type": "image/png"} | headers
    sent = {name: value for name, value in headers.items() if value is not None}
    return client.post(
        "/answer", query_string={"task": task}, data=content, base_url=base, headers=sent
    )


def image_of(uri):
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_the_answer_is_the_prepared_image_and_the_likeliest_classes(client):
    answer = ask(client, png(BAR)).json
    expected = prepare(np.asarray(Image.open(io.BytesIO(png(BAR))))).image
    assert expected.shape == (28, 28) and expected.any()
    assert np.array_equal(image_of(answer["prepared"]), expected)
    given = classify(expected[None])[0]
    shares = [each["share"] for each in answer["classes"]]
    assert [each["name"] for each in answer["classes"]] == ["bar", *CLASSES[2:]]
    assert shares == pytest.approx(sorted(given, reverse=True)[: drawing.SHOWN])
    assert "bar" in answer["words"] and answer["classes"][0]["percent"] in answer["words"]
    assert answer["doubts"] == []


def test_another_drawing_has_another_answer(client):
    assert ask(client, png(DASH)).json["classes"][0]["name"] == "dash"


def test_a_task_whose_pictures_have_light_ink_reads_the_page_s_dark_ink(client):
    light, dark = (ask(client, png(BAR), task=name).json for name in ("light", "shapes"))
    assert light == dark


def test_a_drawing_that_is_mostly_ink_is_not_taken_for_paper(client):
    """`auto` would: most of it and of its border is dark."""
    lines = [(0, y, 511, y) for y in range(0, 512, 30) if not 180 < y < 320]
    seen = image_of(ask(client, png(*lines)).json["prepared"])
    assert seen.mean() > 80


def test_what_is_doubtful_is_said(client):
    answer = ask(client, png((60, 150, 60, 400), (500, 150, 500, 400))).json
    assert any("two parts" in each for each in answer["doubts"])


@pytest.mark.parametrize("content", [png(), png(ink=255), png(paper=0, ink=0)])
def test_a_drawing_without_ink_is_asked_for(client, content):
    answer = ask(client, content)
    assert answer.status_code == 422
    assert "no ink" in answer.text and "draw" in answer.text


BROKEN = {
    "nothing": b"",
    "a text": b"hello",
    "a GIF": b"GIF89a" + bytes(40),
    "a header alone": png(BAR)[:20],
    "cut off": png(BAR)[:-60],
    "damaged": png(BAR)[:50] + bytes(40) + png(BAR)[90:],
    "no side": png(BAR)[:16] + bytes(8) + png(BAR)[24:],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_whole_png_is_refused_in_words(client, kind):
    answer = ask(client, BROKEN[kind])
    assert answer.status_code == 422
    assert answer.mimetype == "text/plain"
    assert "found" in answer.text and "Traceback" not in answer.text


def test_a_small_file_of_many_pixels_is_refused_before_it_is_unpacked(client, monkeypatch):
    monkeypatch.setattr(drawing, "decode", lambda _: pytest.fail("unpacked"))
    side = drawing.MOST_SIDE + 1
    rows = zlib.compress(bytes((side + 1) * side))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", rows)]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*chunks, (b"IEND", b""))
    )
    answer = ask(client, content)
    assert answer.status_code == 422
    assert f"{side:,}" in answer.text and f"{drawing.MOST_SIDE:,}" in answer.text


def test_the_largest_drawing_there_may_be_is_read(client):
    assert ask(client, png(BAR, side=drawing.MOST_SIDE)).status_code == 200


def test_more_bytes_than_a_drawing_has_are_refused(client):
    answer = ask(client, png(BAR) + bytes(drawing.MOST_BYTES))
    assert answer.status_code == 413
    assert f"{drawing.MOST_BYTES:,}" in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_what_another_site_could_send_unasked_is_no_drawing(client, kind):
    """A browser sends these types to any address without asking it first."""
    assert ask(client, png(BAR), **{"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", f"http://127.0.0.1:{PORT + 1}", OWN.replace("p:", "ps:"),
     f"http://localhost:{PORT}"],
)  # fmt: skip
def test_a_question_of_another_page_is_refused(client, origin):
    answer = ask(client, png(BAR), Origin=origin)
    assert answer.status_code == 403
    assert "expected" in answer.text
    asked = {"Origin": origin} if origin else {}
    assert client.options("/answer", base_url=OWN, headers=asked).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}",
             f"127.0.0.1.evil.example:{PORT}", f"localhost.:{PORT}", ""],
)  # fmt: skip
def test_the_page_answers_to_no_name_of_another(client, host):
    """Else a site could have its name resolve to this machine, and read what is served."""
    for answer in (
        client.get("/", base_url=OWN, headers={"Host": host}),
        ask(client, png(BAR), Host=host, Origin=f"http://{host}"),
    ):
        assert answer.status_code == 403
        assert f"127.0.0.1:{PORT}" in answer.text
        assert "shapes" not in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_page_answers_to_this_machine_s_names(client, name):
    base = f"http://{name}:{PORT}"
    assert client.get("/", base_url=base).status_code == 200
    assert ask(client, png(BAR), base=base).status_code == 200


def test_an_unknown_task_is_told_which_there_are(client):
    answer = ask(client, png(BAR), task="shape")
    assert answer.status_code == 404
    assert "'shape'" in answer.text and "shapes" in answer.text and "light" in answer.text


def test_a_network_that_cannot_be_loaded_says_why():
    def load():
        raise InputError("network.keras: missing, run advise anew")

    tasks = {"shapes": task(load=load)}
    answer = ask(drawing.application(tasks, "shapes", PORT).test_client(), png(BAR))
    assert (answer.status_code, answer.text) == (422, "network.keras: missing, run advise anew")


def test_nothing_is_written(client, tmp_path):
    client.get("/", base_url=OWN)
    ask(client, png(BAR))
    assert [*tmp_path.iterdir()] == []


@pytest.fixture
def page(client):
    answer = client.get("/", base_url=OWN)
    return SimpleNamespace(text=answer.text, headers=answer.headers)


def test_the_page_may_load_nothing_from_elsewhere(page):
    policy = dict(each.strip().partition(" ")[::2] for each in
                  page.headers["Content-Security-Policy"].split(";"))  # fmt: skip
    assert policy["default-src"] == "'self'"
    (nonce,) = {*re.findall(r"<(?:script|style) nonce=\"(.+?)\"", page.text)}
    assert policy["script-src"] == policy["style-src"] == f"'nonce-{nonce}'"
    assert not re.findall(r"(?:https?:)?//[\w.]+\w", re.sub(r"// .*", "", page.text))


def test_a_nonce_is_used_once(client):
    first, second = (client.get("/", base_url=OWN).headers for _ in range(2))
    assert first["Content-Security-Policy"] != second["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/nothing"])
def test_headers_keep_others_out(client, path):
    headers = client.get(path, base_url=OWN).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert "default-src" in headers["Content-Security-Policy"]


def test_names_are_no_markup(page):
    assert EVIL not in page.text
    (data,) = re.findall(r'<script type="application/json".*?>(.*?)</script>', page.text)
    offered = json.loads(data)
    assert [each["name"] for each in offered] == ["shapes", "light", EVIL]
    assert tuple(offered[0]["classes"]) == CLASSES


def test_the_page_opens_with_the_task_that_was_named(page):
    assert re.findall(r'value="(\w+)" selected', page.text) == ["shapes"]


@pytest.mark.parametrize(
    ("likeliest", "names"),
    [
        ([("a", 0.93), ("b", 0.04), ("c", 0.03)], ["a (93 %)", "b (4 %)"]),
        ([("a", 0.4), ("b", 0.35), ("c", 0.25)], ["a (40 %)", "b (35 %)", "c (25 %)"]),
        ([("a", 0.49), ("b", 0.48)], ["a (49 %)", "b (48 %)"]),
        ([("a", 0.9996), ("b", 0.0004)], ["a (over 99 %)", "b (below 1 %)"]),
        ([("a", 1.0), ("b", 0.0)], ["a (100 %)", "b (0 %)"]),
    ],
)
def test_an_answer_in_words(likeliest, names):
    words = drawing.in_words(likeliest)
    found = re.findall(r"\w \(.+?\)", words)
    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in found] == names
    assert " %" not in words, "a line does not begin with a sign"
    assert words.startswith("Not sure") == (likeliest[0][1] < drawing.CERTAIN)
