"""The command line: ``python -m service``, or ``chalkline``."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("Nothing can be run yet.")


if __name__ == "__main__":
    main()
