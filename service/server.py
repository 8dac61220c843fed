"""What runs until it is told to stop: the service and its worker."""

import asyncio
import gc
import signal
import sys
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from service import wiring
from service.application import app, background
from service.entrypoints.worker.background import work
from service.logs import configure_logs
from service.settings import Settings


def serve(host: str | None, port: int | None) -> None:
    """Serve the HTTP API until told to stop."""
    settings = Settings()
    configure_logs(settings.log_level)
    share_the_interpreter()
    wiring.migrated(settings)
    application = app(settings)
    host, port = host or settings.host, settings.port if port is None else port
    _introduce(settings, f"http://{host}:{port}")
    listen(application, host, port)


def run_worker() -> None:
    """Do what goes on in the background, apart from any service, until told to stop."""
    settings = Settings()
    configure_logs(settings.log_level)
    share_the_interpreter()
    wiring.migrated(settings)
    registry = CollectorRegistry()
    opened = wiring.database(settings, registry)

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        _say("The worker delivers to subscribers and carries out changeovers")
        await work(opened, background(settings, opened, registry), stop)

    asyncio.run(until_told())


def listen(application: FastAPI, host: str, port: int) -> None:
    """Answer requests to the application until told to stop."""
    gc.collect()
    gc.freeze()  # what is made by now stays: a collection that walked through it would hold up every request
    uvicorn.run(
        application,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


def share_the_interpreter() -> None:
    """Let every thread take its turn soon, several times for each request.

    What answers must not wait for what computes, nor the thread that writes to SQLite after each of its system calls.
    """
    sys.setswitchinterval(0.0001)


def _introduce(settings: Settings, address: str) -> None:
    with wiring.opened_database() as opened:
        wanted = None if settings.bootstrap_key is None else settings.bootstrap_key.get_secret_value()
        issued = wiring.key_office(opened).bootstrap(wanted)
    if issued is not None and wanted is None:
        _say(_FIRST_START.format(key=issued.key, address=address))
    else:
        _say(f"Chalkline on {address}; the API is described at {address}/docs")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


_FIRST_START = """
This is the first start. Your API key, with every scope, shown now and never again:

  {key}

Classify a first account with it:

  curl -sS {address}/v1/classifications -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{"account": {{"id": "sample-1", "region": "EMEA", "crm_created_on": "2021-06-01", "customer": false,
         "first_order_available": true, "max_family_employees": 640}},
         "employee_counts": [{{"source": "datafox", "employees": 640}}]}}'

The API is described at {address}/docs
"""


def openapi_document(*, as_json: bool) -> str:
    """Build the OpenAPI document, for which no database is needed, and write it."""
    from service.entrypoints.api.openapi.document import build_document, write_document  # noqa: PLC0415 - not to serve

    return write_document(build_document(app(Settings()).routes, version("chalkline")), as_json=as_json)
