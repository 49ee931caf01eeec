"""A page on this machine to draw on, and to see what a network takes the drawing for:

python -m glyph_transfer.own.draw my-task
"""

import logging
import socket
import sys
from typing import Annotated

import numpy as np
import typer
from werkzeug.serving import make_server

from glyph_transfer.errors import InputError
from glyph_transfer.images.sets import SIZE
from glyph_transfer.own import drawable, drawing
from glyph_transfer.stages import program

PORT = 8765


def main(
    task: Annotated[str, typer.Argument(help="its name, or a ready-made source's")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free")] = PORT,
) -> None:
    """Serve a page to draw on for TASK, or for the ready-made letters, until Ctrl-C."""
    tasks, faults = drawable.known()
    first = drawable.find(task, tasks, faults)
    for fault in faults.values():
        print(f"left out: {fault}", file=sys.stderr)
    with listen(port) as listening:
        port = listening.getsockname()[1]
        print(f"loading {first.name} ...", file=sys.stderr)
        first.likeliest(np.zeros((SIZE, SIZE), np.uint8), 1)  # the first answer traces the network
        app = drawing.application(tasks, first.name, port)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every answer
        # threads, for a browser opens connections that it leaves idle
        server = make_server(drawing.HOST, port, app, threaded=True, fd=listening.fileno())
        print(f"draw at http://{drawing.HOST}:{port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(file=sys.stderr)
        finally:
            server.server_close()


def listen(port: int) -> socket.socket:
    """Listen on a port of this machine alone, before anything is loaded.

    Raises:
        InputError: it cannot be had.
    """
    try:
        return socket.create_server((drawing.HOST, port))
    except OSError as error:
        raise InputError(
            f"port {port} cannot be had ({error.strerror}); name another, such as "
            f"{PORT + 1 if port == PORT else PORT}, or 0 for any that is free: `make draw PORT=0`, "
            "or --port 0"
        ) from error


if __name__ == "__main__":
    program.run(main)
