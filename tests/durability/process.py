"""The service as a process that can be killed and started again on the same address."""

import http.client
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from service.__main__ import main
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, free_port

AUTHORIZED = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}
_START_SECONDS = 30


class ServiceProcess:
    """``python -m service serve`` over a database."""

    def __init__(self, database_url: str, **environment: str) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = os.environ | {
            "CHALKLINE_DATABASE_URL": database_url,
            "CHALKLINE_PORT": str(self._port),
            "CHALKLINE_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service", "serve"],
            cwd=REPOSITORY,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
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
        self._process.wait(10)

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


_WORKERS = multiprocessing.get_context("forkserver")
_WORKERS.set_forkserver_preload(["service.server"])


class WorkerProcess:
    """``chalkline worker`` over a database, delivering to the loopback.

    It is forked from a process that has imported the service and done nothing else, so that it is soon at work.
    """

    def __init__(self, database_url: str) -> None:
        self._process = _WORKERS.Process(target=_work, args=(database_url,))
        self._process.start()

    def kill(self) -> None:
        """End it with SIGKILL: without a word."""
        self._process.kill()
        self._process.join(10)

    def stop(self, seconds: float) -> int | None:
        """Tell it to stop, and wait for its end; gives its exit code."""
        self._process.terminate()
        self._process.join(seconds)
        return self._process.exitcode


def _work(database_url: str) -> None:
    os.environ["CHALKLINE_DATABASE_URL"] = database_url
    os.environ["CHALKLINE_DELIVERY_ALLOWED_NETWORKS"] = '["127.0.0.0/8"]'
    os.environ["CHALKLINE_DELIVERY_ALLOW_HTTP"] = "true"
    os.environ["CHALKLINE_LOG_LEVEL"] = "warning"
    sys.argv = ["chalkline", "worker"]
    main()
