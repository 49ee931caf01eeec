"""A Dask cluster whose workers, or whose scheduler, are killed: one message, in bounded time."""

import subprocess
import sys
import time

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import workers

PORT = 18786
ADDRESS = f"tcp://127.0.0.1:{PORT}"
DASK = [sys.executable, "-m", "dask"]


def started(*words):
    return subprocess.Popen([*DASK, *words], stdout=-3, stderr=-3)


def lost(victim):
    """Kill a part of a cluster while a task runs; give the message and the seconds it took."""
    scheduler = started("scheduler", "--host", "127.0.0.1", "--port", str(PORT), "--no-dashboard")
    worker = started("worker", ADDRESS, "--nthreads", "1", "--no-nanny", "--no-dashboard")
    try:
        wait_for_workers()
        with workers.pool(2, 0, ADDRESS) as each:
            for _ in each(time.sleep, [0.1, 600]):
                {"workers": worker, "scheduler": scheduler}[victim].kill()
                began = time.monotonic()
    except InputError as error:
        return str(error), time.monotonic() - began
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()
    raise AssertionError(f"nothing was said of lost {victim}")


def wait_for_workers():
    from distributed import Client

    with Client(ADDRESS, timeout=60) as client:
        client.wait_for_workers(1, timeout=60)


def main():
    """Lose both kinds."""
    most = 2 * workers.LOOKS * (workers.LOOK_S + workers.TIMEOUT_S)
    for victim in ("workers", "scheduler"):
        message, seconds = lost(victim)
        assert seconds < most, f"{victim}: {seconds:.0f} s"
        print(f"All {victim} killed: told after {seconds:.0f} s, in {len(message)} characters.")


if __name__ == "__main__":
    main()
