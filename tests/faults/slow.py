"""MLflow's own server behind a proxy that takes its time, or answers no more."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from faults import stand_in

SECONDS = 1.0
DRAWS = 80
MOST_REQUESTS = 3 * DRAWS + 30
LEAST_AT_ONCE = 4
HANGS_FROM, TIMEOUT_S = 40, 4


class Proxy(BaseHTTPRequestHandler):
    """Sends a request on after a while, or never."""

    protocol_version = "HTTP/1.1"
    target, seconds, hangs_from = "", 0.0, None
    asked, at_once, most_at_once = 0, 0, 0
    lock = threading.Lock()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.lock:
            Proxy.asked += 1
            Proxy.at_once += 1
            Proxy.most_at_once = max(self.at_once, self.most_at_once)
            hangs = self.hangs_from is not None and self.asked > self.hangs_from
        if hangs:
            time.sleep(3600)
        time.sleep(self.seconds)
        with self.lock:
            Proxy.at_once -= 1
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        came = requests.request(self.command, self.target + self.path, headers=headers, data=body)
        self.send_response(came.status_code)
        self.send_header("Content-Type", came.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(came.content)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(came.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def server(folder):
    """MLflow's server, and a proxy before it; gives both addresses."""
    port = free_port()
    words = ["server", "--backend-store-uri", f"sqlite:///{folder}/server.db", "--workers", "1"]
    words += ["--artifacts-destination", f"{folder}/artifacts", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *words], stdout=-3, stderr=-3, start_new_session=True
    )
    Proxy.target = f"http://127.0.0.1:{port}"
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        wait_for(Proxy.target)
        yield Proxy.target, f"http://127.0.0.1:{proxy.server_port}"
    finally:
        proxy.shutdown()
        with contextlib.suppress(ProcessLookupError):
            subprocess.run(["kill", "--", f"-{process.pid}"], check=False)
        process.wait()


def wait_for(address, most_s=120):
    end = time.monotonic() + most_s
    while time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{address}/health", timeout=10).ok:
                return
        time.sleep(0.5)
    raise AssertionError("MLflow's server has not begun")


def log(folder, address, **how):
    """Run the stage; give its code, what it printed and the seconds and requests it took."""
    began, Proxy.asked = time.monotonic(), 0
    code, printed = stand_in.run(folder, address, DRAWS, NO_PROXY="127.0.0.1", **how)
    return code, printed, time.monotonic() - began, Proxy.asked


def main():
    """Log through a slow proxy, and through one that answers some requests and then none."""
    with tempfile.TemporaryDirectory() as folder, server(folder) as (direct, address):
        Proxy.seconds = SECONDS
        code, printed, slow, asked = log(folder, address)
        assert (code, printed) == (0, ""), printed
        stand_in.check_logged(direct, DRAWS)
        assert asked < MOST_REQUESTS, asked
        assert Proxy.most_at_once >= LEAST_AT_ONCE, Proxy.most_at_once
        at_once = Proxy.most_at_once
    with tempfile.TemporaryDirectory() as folder, server(folder) as (direct, address):
        Proxy.seconds, Proxy.hangs_from = 0.0, HANGS_FROM
        code, printed, hanging, _ = log(folder, address, MLFLOW_HTTP_REQUEST_TIMEOUT=str(TIMEOUT_S))
        stand_in.check_warned(code, printed)
        assert Path(folder, stand_in.OUTPUT).exists()
        Proxy.hangs_from = None
        assert log(folder, address)[:2] == (0, "")
        stand_in.check_logged(direct, DRAWS)
    print(
        f"{DRAWS} replicates through a proxy that takes {SECONDS:.0f} s a request: {asked} "
        f"requests, up to {at_once} at once, in {slow:.0f} s. One that answers {HANGS_FROM} "
        f"requests and then none: the stage ended well after {hanging:.0f} s "
        f"(with {TIMEOUT_S} s a request instead of 60), with its output and one "
        "warning, and logged all when it ran again."
    )


if __name__ == "__main__":
    main()
