"""A web server on this machine that can misbehave, for the tests of downloads."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes) in the way that `behaviour` (path -> word) says.

    `requests` lists what was asked for, as (path, Range header or None).
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.behaviour, self.requests = {}, {}, []

    def handle_error(self, *_):
        """A client that hangs up on a wrong file is what some tests are about."""

    def address(self, path=""):
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.lstrip("/")
        asked = self.headers["Range"]
        self.server.requests.append((path, asked))
        behaviour = self.server.behaviour.get(path)
        content = self.server.files.get(path)
        if content is None:
            return self.answer(404, b"no such file")
        if behaviour == "web page":
            return self.answer(200, b"<html>moved</html>", {"Content-Type": "text/html"})
        if behaviour == "undeclared length":
            return self.answer(200, content, {"Content-Length": None})
        if behaviour == "gzip encoding":
            return self.answer(200, content, {"Content-Encoding": "gzip"})
        if behaviour == "dropped":
            return self.answer(200, content, sent=len(content) // 2)
        if behaviour == "busy":
            return self.answer(503, b"")
        if behaviour and behaviour.startswith("redirect "):
            return self.answer(302, b"", {"Location": behaviour.removeprefix("redirect ")})
        if asked and behaviour != "no ranges":
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if start >= len(content):
                return self.answer(416, b"")
            if behaviour == "wrong range":
                start = 0
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            sent = len(content) // 5 if behaviour == "dropped soon" else None
            return self.answer(206, content[start:], {"Content-Range": span}, sent)
        if behaviour == "dropped soon":
            return self.answer(200, content, sent=len(content) // 5)
        return self.answer(200, content)

    def answer(self, status, content, headers=None, sent=None):
        headers = {"Content-Length": len(content)} | (headers or {})
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:sent])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
