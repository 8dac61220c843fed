"""The command line: ``python -m service``, or ``chalkline``."""

import sys
from types import ModuleType

from service.entrypoints.cli.app import create_cli


def main() -> None:
    """Run the command line. What stands in its way is said in a sentence, with exit code 2."""
    try:
        create_cli(lambda: _wiring().context())()
    except Exception as error:
        said = _wiring().obstacles(error)
        if not said:
            raise
        sys.stderr.write("\n".join(said) + "\n")
        sys.exit(2)


def _wiring() -> ModuleType:
    from service import cli_wiring  # noqa: PLC0415 - it loads a database's drivers, which `--help` can do without

    return cli_wiring


if __name__ == "__main__":
    main()
