"""Everything there is to say of one account of a file, found by its id or its name."""

from collections.abc import Iterator
from difflib import get_close_matches

from rich.console import Console

from service.crm.payloads import quoted
from service.crm.readings import BadValueError
from service.crm.salesforce_id import salesforce_id
from service.domain.decision import Decision
from service.domain.report import LABEL_WIDTH, report
from service.domain.rows import RejectedRow, Row
from service.entrypoints.cli.findings import fault_lines
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.cli.tables_in import UnusableInputError

_NAMES_SHOWN = 5


def find_account(rows: Iterator[Row], account: str) -> list[Row]:
    """The rows of the account with this id or this name, in whatever case; several may share a name.

    Raises:
        UnusableInputError: there is none. The message lists the names that are near.
    """
    wanted = account.strip().casefold()
    wanted_id = _full_id(account.strip())
    found: list[Row] = []
    others: list[str] = []
    for row in rows:
        account_id, name = _identity(row)
        if account_id in {wanted_id, account.strip()} or (name or "").casefold() == wanted:
            found.append(row)
        else:
            others.append(name or account_id or "")
    if not found:
        near = _near(wanted, others)
        hint = f" Near it: {', '.join(quoted(name) for name in near)}" if near else ""
        raise UnusableInputError(f"No account has the id or name {quoted(account)}.{hint}")
    return found


def print_account(console: Console, decided: Decision | RejectedRow, row_noun: str) -> None:
    """Print the report of a decided account, or why it was rejected."""
    if isinstance(decided, RejectedRow):
        name = decided.name or decided.account_id or ""
        lines = [f"{name} -> rejected", *(f"  {line}" for line in fault_lines(row_noun, decided))]
    else:
        lines = report(decided, decided.policy).split("\n")
    for number, line in enumerate(lines):
        print_wrapped(console, line, indent=LABEL_WIDTH, style="" if number else "bold")


def _identity(row: Row) -> tuple[str | None, str | None]:
    if isinstance(row, RejectedRow):
        return row.account_id, row.name
    return row.facts.account.id, row.facts.account.name


def _full_id(text: str) -> str:
    try:
        return salesforce_id(text)
    except BadValueError:
        return text


def _near(wanted: str, names: list[str]) -> list[str]:
    by_folded = {name.casefold(): name for name in names if name}
    containing = [name for folded, name in by_folded.items() if wanted and wanted in folded]
    close = [by_folded[folded] for folded in get_close_matches(wanted, by_folded, n=_NAMES_SHOWN)]
    return list(dict.fromkeys([*containing, *close]))[:_NAMES_SHOWN]
