"""An application on a server of its own, in a thread beside the tests."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from service.server import server_options


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Run an application on a server of its own, as the service itself does, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, **server_options(app)))
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],), name="server")
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
