"""What the command line works with."""

from types import ModuleType

from service import wiring
from service.entrypoints.cli.tools import Tools
from service.settings import Settings


def tools() -> Tools:
    """What the command line works with."""
    return Tools(
        serve=lambda host, port: _server().serve(host, port),
        worker=lambda: _server().run_worker(),
        migrate=lambda: wiring.migrated(Settings()),
        database=wiring.opened_database,
        policies=wiring.published_policies,
        publishing_needs_second_key=lambda: Settings().publishing_needs_second_key,
        key_office=wiring.key_office,
        openapi=lambda as_json: _server().openapi_document(as_json=as_json),
        now=wiring.now,
        today=wiring.today,
        new_id=wiring.new_id,
        mapping=lambda: wiring.mapping(Settings()),
    )


def _server() -> ModuleType:
    # The application takes longer to load than most commands take to run.
    from service import server  # noqa: PLC0415

    return server
