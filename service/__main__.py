"""The command line: ``python -m service``, or ``chalkline``."""

import os
import sys
import threading
from types import ModuleType

_INTERRUPTED, _NOBODY_READS = 130, 141
"""Exit codes as shells give them for SIGINT and SIGPIPE."""


def main() -> None:
    """Run the command line. What stands in its way is said in a sentence, with exit code 2."""
    try:
        _run()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError) or not _told():
            _leave_unheard()
        if leaving.code == _INTERRUPTED:
            _wait_for_nobody()
        raise
    except KeyboardInterrupt:
        _wait_for_nobody()
        sys.exit(_INTERRUPTED)


def _run() -> None:
    try:
        # Loaded here, so that an interruption meanwhile ends as any other does.
        from service.entrypoints.cli.app import create_cli  # noqa: PLC0415 - as said

        create_cli(lambda: _wiring().context())()
    except Exception as error:
        said = _wiring().obstacles(error)
        if not said:
            raise
        sys.stderr.write("\n".join(said) + "\n")
        sys.exit(2)


def _told() -> bool:
    """Whether all that was printed has been taken."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    return True


def _leave_unheard() -> None:
    """End as a program does whose reader has gone: without a word."""
    # What is left in the buffer would be written, and complained of, by the interpreter itself.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_NOBODY_READS)


def _wait_for_nobody() -> None:
    """End here and now where a thread still waits for something, such as the end of an input."""
    if threading.active_count() > 1:
        sys.stderr.flush()
        os._exit(_INTERRUPTED)


def _wiring() -> ModuleType:
    from service import cli_wiring  # noqa: PLC0415 - it loads a database's drivers, which `--help` can do without

    return cli_wiring


if __name__ == "__main__":
    main()
