"""What the command line works with, and what is said of what stands in its way."""

import re
import secrets
from functools import cache
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service import wiring
from service.crm.record_mapping import UnusableMappingError
from service.crm.signed.standard_webhooks import UnusableSecretError
from service.delivery.encryption import LostKeyError
from service.domain.keys import UnusableKeyError
from service.entrypoints.cli.app import loading
from service.entrypoints.cli.context import CliContext
from service.examination import examine
from service.setting_names import PREFIX, UnknownSettingError
from service.settings import read_settings
from service.store.errors import StoreError

_NO_JSON = re.compile(r'parsing value for field "(\w+)"')


def context() -> CliContext:
    """What the commands work with. The settings are read once, when a command first needs them."""
    settings = cache(read_settings)
    return CliContext(
        serve=lambda host, port: _server().serve(read_settings(host=host or None, port=port)),
        worker=lambda: _server().run_worker(settings()),
        migrate=lambda: wiring.migrated(settings()),
        database_url=lambda: settings().database_url,
        database=lambda: wiring.opened_database(settings()),
        examine=lambda: examine(settings()),
        policies=lambda: wiring.published_policies(settings()),
        publishing_needs_second_key=lambda: settings().publishing_needs_second_key,
        key_office=wiring.key_office,
        openapi=lambda as_json: _server().openapi_document(settings(), as_json=as_json),
        now=wiring.now,
        zone=lambda: settings().time_zone,
        new_id=wiring.new_id,
        random_bytes=secrets.token_bytes,
        mapping=lambda: wiring.mapping(settings()),
        mapping_in=lambda file: wiring.mapping(settings(), file),
    )


def obstacles(error: Exception) -> list[str]:
    """What stands in a command's way, in sentences for the person who started it; none where it is a fault of ours."""
    match error:
        case (
            StoreError()
            | UnusableMappingError()
            | UnusableSecretError()
            | LostKeyError()
            | UnknownSettingError()
            | wiring.CannotListenError()
        ):
            return [f"{error}."]
        case SettingsError() if (named := _NO_JSON.search(str(error))) is not None:
            return [f"{PREFIX}{named[1]}".upper() + ": is not written as JSON."]
        case SettingsError():
            return [f"{error}."]
        case OSError(filename=str() | Path() as name, strerror=str() as said):
            return [f"{name}: {said}."]
        case UnusableKeyError():
            return [f"{PREFIX}BOOTSTRAP_KEY can never work as a key: {error}."]
        case ValidationError(title="Settings"):
            found = error.errors(include_input=False, include_url=False)
            faults = ((each["loc"][:1], each["msg"].removeprefix("Value error, ")) for each in found)
            return [": ".join([*(f"{PREFIX}{name}".upper() for name in names), why]) for names, why in faults]
        case _:
            return []


def _server() -> ModuleType:
    with loading():
        from service import server  # noqa: PLC0415 - FastAPI takes longer to load than most commands take to run

    return server
