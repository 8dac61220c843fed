"""``chalkline bulk classify`` with its arguments, and then the largest resident memory, in MiB, on standard error."""

import sys
from pathlib import Path

from service import cli_wiring
from service.entrypoints.cli.app import create_cli

if __name__ == "__main__":
    sys.argv[1:1] = ["bulk", "classify"]
    try:
        create_cli(cli_wiring.context)()
    finally:
        # Not from getrusage, which counts the process that this one was forked from.
        status = Path("/proc/self/status").read_text()
        sys.stderr.write(f"\n{int(status.partition('VmHWM:')[2].split()[0]) / 1024}\n")
