"""The service with no page, and with nothing of the console in memory: ``python -m bench.without_console serve``."""

import sys
from types import ModuleType

_CONSOLE = "service.entrypoints.console.app"


def main() -> None:
    bare = ModuleType(_CONSOLE)
    vars(bare)["ROUTERS"] = ()
    sys.modules[_CONSOLE] = bare
    from service.__main__ import main as serve  # noqa: PLC0415 - after what it would import

    serve()


if __name__ == "__main__":
    main()
