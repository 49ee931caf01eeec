import gzip
import hashlib
import itertools
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.download import PAUSES_S, WINDOW_S, _AddressError, _write, download
from glyph_transfer.images.roles._facts import File

CONTENT = random.Random(0).randbytes(300_000)
FILE = File("data.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HALF = len(CONTENT) // 2


@pytest.fixture
def addresses(server):
    """Two addresses that both serve the file."""
    server.files = {"first": CONTENT, "second": CONTENT}
    return [server.address("first"), server.address("second")]


def left(folder):
    """Names of the files in a folder, but for the one that downloads wait for each other by."""
    return [path.name for path in folder.iterdir() if path.suffix != ".lock"]


def asked(server):
    return [path for path, _ in server.requests]


def test_file_comes_from_the_first_address_alone(server, addresses, tmp_path):
    path = download(FILE, addresses, tmp_path / "new")
    assert path == tmp_path / "new" / "data.gz"
    assert path.read_bytes() == CONTENT
    assert server.requests == [("first", None)]
    assert left(path.parent) == ["data.gz"]


def test_of_two_that_want_a_file_at_once_one_downloads_it(server, addresses, tmp_path):
    """As stages do whose sets come out of one archive."""
    with ThreadPoolExecutor() as pool:
        paths = [*pool.map(lambda _: download(FILE, addresses, tmp_path), range(4))]
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert server.requests == [("first", None)]


def test_second_call_asks_for_nothing(server, addresses, tmp_path):
    download(FILE, addresses, tmp_path)
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert len(server.requests) == 1


@pytest.mark.parametrize("change", [lambda b: b[:-1] + b"?", lambda b: b[:-1], lambda b: b + b"?"])
def test_second_call_trusts_nothing_that_has_changed(server, addresses, tmp_path, change):
    (tmp_path / "data.gz").write_bytes(change(CONTENT))
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert asked(server) == ["first"]


def test_dropped_connection_is_resumed_from_where_it_broke(server, addresses, tmp_path):
    server.behaviour["first"] = "dropped"
    with pytest.raises(InputError, match="IncompleteRead"):
        download(FILE, addresses[:1], tmp_path, wait=lambda _: None)
    server.requests.clear()
    assert (tmp_path / "data.gz.part").read_bytes() == CONTENT[:HALF]
    del server.behaviour["first"]
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert server.requests == [("first", f"bytes={HALF}-")]


def test_one_dropped_connection_does_not_end_a_download_from_one_address(
    server, addresses, tmp_path
):
    server.behaviour["first"] = "dropped"
    pauses = []

    def wait(seconds):
        pauses.append(seconds)
        del server.behaviour["first"]

    assert download(FILE, addresses[:1], tmp_path, wait=wait).read_bytes() == CONTENT
    assert server.requests == [("first", None), ("first", f"bytes={HALF}-")]
    assert pauses == [PAUSES_S[0]]


@pytest.mark.parametrize("behaviour", ["dropped", "busy"])
def test_an_address_is_given_up_after_the_longest_pause(server, addresses, tmp_path, behaviour):
    server.behaviour["first"] = behaviour
    pauses = []
    with pytest.raises(InputError):
        download(FILE, addresses[:1], tmp_path, wait=pauses.append)
    assert pauses == [*PAUSES_S]


def test_pauses_begin_anew_while_something_arrives(server, addresses, tmp_path):
    """A large file over a network that often breaks is completed, however often."""
    server.behaviour["first"] = "dropped soon"
    pauses = []
    path = download(FILE, addresses[:1], tmp_path, wait=pauses.append)
    assert path.read_bytes() == CONTENT
    assert len(pauses) > len(PAUSES_S)
    assert {*pauses} == {PAUSES_S[0]}


def test_what_cannot_pass_is_not_waited_for(server, addresses, tmp_path):
    server.behaviour["first"] = "web page"
    server.files["second"] = None
    with pytest.raises(InputError):
        download(FILE, addresses, tmp_path, wait=lambda _: pytest.fail("waited"))


@pytest.mark.parametrize("location", ["http://[", "http://[::1", "ftp://x/y", "http://a:b/", "//"])
def test_a_redirect_to_nowhere_is_a_reason_to_ask_the_mirror(server, addresses, tmp_path, location):
    server.behaviour["first"] = f"redirect {location}"
    path = download(FILE, addresses, tmp_path, wait=lambda _: pytest.fail("waited"))
    assert path.read_bytes() == CONTENT
    assert asked(server)[-1] == "second"


def test_an_address_that_is_slow_is_left_for_the_next(server, addresses, tmp_path):
    """A byte every fifth of a second went on for ever."""
    times = iter([0, 1_000])  # for what the first address sends at once
    path = download(FILE, addresses, tmp_path, clock=lambda: next(times, 1_000))
    assert path.read_bytes() == CONTENT
    assert asked(server) == ["first", "second"]
    assert server.requests[1][1] is not None  # it goes on from there


def test_speed_is_looked_at_whenever_something_arrives(tmp_path):
    """To wait for a quarter of a megabyte, a byte at a time, takes half a day."""
    raw = SimpleNamespace(read1=lambda *_, **__: b"x", read=lambda *_, **__: pytest.fail("waits"))
    times = itertools.count(0, WINDOW_S / 10)
    with pytest.raises(_AddressError, match="too slow, 10 bytes"):
        _write(tmp_path / "part", SimpleNamespace(raw=raw), FILE, 0, lambda: next(times))


def test_an_address_that_is_fast_enough_is_not_left(server, addresses, tmp_path):
    times = itertools.count(0, WINDOW_S / 30)
    download(FILE, addresses, tmp_path, clock=lambda: next(times))
    assert asked(server) == ["first"]


def test_dropped_connection_goes_on_at_the_mirror(server, addresses, tmp_path):
    server.behaviour["first"] = "dropped"
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert server.requests == [("first", None), ("second", f"bytes={HALF}-")]


@pytest.mark.parametrize(
    ("behaviour", "n_requests"), [("no ranges", 1), ("wrong range", 2), (None, 1)]
)
def test_part_is_completed_however_the_server_takes_ranges(
    server, addresses, tmp_path, behaviour, n_requests
):
    (tmp_path / "data.gz.part").write_bytes(CONTENT[:HALF])
    server.behaviour["first"] = behaviour
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert asked(server) == ["first"] * n_requests


@pytest.mark.parametrize("part", [b"?" * HALF, b"?" * len(CONTENT), b"?" * (len(CONTENT) + 1)])
def test_part_with_other_content_is_dropped_and_fetched_anew(server, addresses, tmp_path, part):
    (tmp_path / "data.gz.part").write_bytes(part)
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert server.requests[-1] == ("first", None)


def test_whole_part_is_used_without_asking(server, addresses, tmp_path):
    """An earlier run ended between the last byte and the rename."""
    (tmp_path / "data.gz.part").write_bytes(CONTENT)
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert server.requests == []


def test_range_beyond_a_shorter_file_is_an_error_that_leaves_nothing(server, addresses, tmp_path):
    """416: the server's file ends before the part does."""
    server.files["first"] = CONTENT[: HALF - 1]
    (tmp_path / "data.gz.part").write_bytes(CONTENT[:HALF])
    with pytest.raises(InputError, match="found 149999 bytes, expected 300000"):
        download(FILE, addresses[:1], tmp_path)
    assert [range_ for _, range_ in server.requests] == [f"bytes={HALF}-", None]
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "behaviour", "message"),
    [
        (CONTENT, "web page", "found a web page .18 bytes., expected 300000 bytes of data"),
        (CONTENT[:-1], None, "found 299999 bytes, expected 300000"),
        (CONTENT[:-1], "undeclared length", "found 299,999 bytes, expected 300,000"),
        (CONTENT + b"?", "undeclared length", "found 300,001 bytes, expected 300,000"),
        (b"?" + CONTENT[1:], None, f"found sha256 [0-9a-f]{{64}}, expected {FILE.sha256}"),
        (None, None, "answered 404 Not Found"),
    ],
)
def test_wrong_file_is_named_and_the_mirror_asked(
    server, addresses, tmp_path, content, behaviour, message
):
    server.files["first"] = content
    server.behaviour["first"] = behaviour
    with pytest.raises(InputError, match=f"{re.escape(addresses[0])}: {message}"):
        download(FILE, addresses[:1], tmp_path)
    assert left(tmp_path) == []
    assert download(FILE, addresses, tmp_path).read_bytes() == CONTENT
    assert asked(server) == ["first", "first", "second"]


def test_web_page_does_not_cost_what_had_arrived(server, addresses, tmp_path):
    (tmp_path / "data.gz.part").write_bytes(CONTENT[:HALF])
    server.behaviour["first"] = "web page"
    download(FILE, addresses, tmp_path)
    assert server.requests[-1] == ("second", f"bytes={HALF}-")


def test_endless_answer_is_cut_off(server, addresses, tmp_path):
    server.files["first"] = bytes(20_000_000)
    server.behaviour["first"] = "undeclared length"
    with pytest.raises(InputError) as error:
        download(FILE, addresses[:1], tmp_path)
    found = int(re.search(r"found ([\d,]+) bytes", str(error.value))[1].replace(",", ""))
    assert found < 1_000_000


def test_bytes_are_kept_as_stored_whatever_encoding_is_claimed(server, tmp_path):
    """Some servers call a .gz file gzip-encoded, and clients then unzip it on the way."""
    stored = gzip.compress(CONTENT)
    file = File("data.gz", len(stored), hashlib.sha256(stored).hexdigest())
    server.files["first"] = stored
    server.behaviour["first"] = "gzip encoding"
    assert download(file, [server.address("first")], tmp_path).read_bytes() == stored


def test_error_lists_every_address_and_what_to_do(server, addresses, tmp_path):
    server.behaviour["first"] = "web page"
    server.files["second"] = None
    nobody = "http://127.0.0.1:1/data.gz"
    with pytest.raises(InputError) as error:
        download(FILE, [*addresses, nobody], tmp_path, wait=lambda _: None)
    message = str(error.value)
    assert f"data.gz (300,000 bytes, sha256 {FILE.sha256}) could not be downloaded" in message
    assert f"\n  {addresses[0]}: found a web page" in message
    assert f"\n  {addresses[1]}: answered 404" in message
    assert f"\n  {nobody}: ConnectionError" in message
    assert "GLYPH_TRANSFER_DATA" in message


def test_too_little_space_is_said_before_anything_is_asked_for(
    server, addresses, tmp_path, monkeypatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000))
    with pytest.raises(InputError, match=r"data\.gz\.part: 300,000 bytes are needed and 1,000 are"):
        download(FILE, addresses, tmp_path)
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_disk_that_fills_up_is_an_error_that_leaves_nothing(server, addresses, tmp_path):
    (tmp_path / "data.gz.part").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"data\.gz\.part: cannot be written \(No space left"):
        download(FILE, addresses, tmp_path)
    assert left(tmp_path) == []
    assert asked(server) == ["first"]


def test_folder_that_cannot_be_made_is_an_error(addresses, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        download(FILE, addresses, tmp_path / "file" / "downloads")
