"""``chalkline bulk classify`` with its arguments, and then the largest resident memory, in MiB, on standard error."""

import resource
import sys

from service import wiring
from service.entrypoints.cli.app import create_cli

if __name__ == "__main__":
    sys.argv[1:1] = ["bulk", "classify"]
    try:
        create_cli(wiring.tools())()
    finally:
        sys.stderr.write(f"\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")
