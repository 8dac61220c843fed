"""The command line: ``python -m service``, or ``chalkline``."""

import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service import cli_wiring as running
from service.crm.record_mapping import UnusableMappingError
from service.crm.signed.standard_webhooks import UnusableSecretError
from service.entrypoints.cli.app import create_cli
from service.store.errors import StoreError


def main() -> None:
    """Run the command line. What stands in its way is said in a sentence, with exit code 2."""
    try:
        create_cli(running.tools())()
    except StoreError as error:
        sys.exit(_said(f"{error}."))
    except (UnusableMappingError, UnusableSecretError, SettingsError) as error:
        sys.exit(_said(f"{error}."))
    except ValidationError as error:
        if error.title != "Settings":
            raise
        for found in error.errors(include_input=False, include_url=False):
            _said(f"CHALKLINE_{str(found['loc'][0]).upper()}: {found['msg']}")
        sys.exit(2)


def _said(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 2


if __name__ == "__main__":
    main()
