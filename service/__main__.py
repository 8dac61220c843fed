"""The command line: ``python -m service``, or ``chalkline``."""

import errno
import os
import sys
import threading
from types import ModuleType

_UNUSABLE, _INTERRUPTED, _NOBODY_READS = 2, 130, 141
"""Exit codes: the last two as shells give them for SIGINT and SIGPIPE."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def main() -> None:
    """Run the command line. What stands in its way is said in a sentence, with exit code 2."""
    try:
        _run()
    except SystemExit as leaving:
        _leave_if_not_taken(leaving.__context__ if isinstance(leaving.__context__, BrokenPipeError) else _not_taken())
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
        if isinstance(error, OSError):
            # What is not buffered is lost at once, and is no longer there to be tried again.
            _leave_if_not_taken(_not_taken() or (error if error.errno in _NO_ROOM and not error.filename else None))
        said = _wiring().obstacles(error)
        if not said:
            raise
        sys.stderr.write("\n".join(said) + "\n")
        sys.exit(_UNUSABLE)


def _not_taken() -> OSError | None:
    """Why what was printed has not been taken; None where all of it has."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _leave_if_not_taken(lost: OSError | None) -> None:
    """End as a program does whose reader has gone: without a word; and where there is no room, with a sentence."""
    if lost is None:
        return
    # What is left in the buffer would be written, and complained of, by the interpreter itself.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(lost, BrokenPipeError):
        sys.exit(_NOBODY_READS)
    sys.stderr.write(f"chalkline: the output cannot be written: {lost.strerror}.\n")
    sys.exit(_UNUSABLE)


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
