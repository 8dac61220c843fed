"""The command line: ``python -m service``, or ``chalkline``."""

from service.entrypoints.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="chalkline")


if __name__ == "__main__":
    main()
