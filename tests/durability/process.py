"""The service as a process that can be killed and started again on the same address."""

import http.client
import os
import signal
import time
from collections.abc import Callable

from tests.commands import Command
from tests.servers import BOOTSTRAP_KEY, free_port

AUTHORIZED = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}
_START_SECONDS = 30


class ServiceProcess:
    """``chalkline serve`` over a database."""

    def __init__(self, database_url: str, **environment: str) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = os.environ | {
            "CHALKLINE_DATABASE_URL": database_url,
            "CHALKLINE_PORT": str(self._port),
            "CHALKLINE_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
            **environment,
        }
        self._process: Command | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = Command("serve", environment=self._environment)
        running = self._process
        wait_until(lambda: running.poll() is not None or self.status("/healthz") == 200, _START_SECONDS)
        assert running.poll() is None, f"The service ended with {running.poll()}"

    def status(self, path: str) -> int:
        """The status that a path answers with; 0 where nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", path, headers=AUTHORIZED)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def kill(self) -> None:
        """End it with SIGKILL: without a word."""
        assert self._process is not None
        self._process.kill()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Wait for its end; gives its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self.kill()


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait for something to hold, and fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "It did not come about in time"
        time.sleep(0.03)


class WorkerProcess:
    """``chalkline worker`` over a database, delivering to the loopback."""

    def __init__(self, database_url: str, **more: str) -> None:
        settings = {
            "CHALKLINE_DATABASE_URL": database_url,
            "CHALKLINE_DELIVERY_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "CHALKLINE_DELIVERY_ALLOW_HTTP": "true",
            "CHALKLINE_LOG_LEVEL": "warning",
            **more,
        }
        self._process = Command("worker", environment=os.environ | settings)

    def kill(self) -> None:
        """End it with SIGKILL: without a word."""
        self._process.kill()

    def stop(self, seconds: float) -> int:
        """Tell it to stop, and wait for its end; gives its exit code."""
        return self._process.stop(seconds)
