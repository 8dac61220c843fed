"""Everything there is to say of one account of a file, found by its id or its name."""

from collections.abc import Iterator
from difflib import get_close_matches

from rich.console import Console

from service.crm.quoting import quoted
from service.crm.readings import BadValueError
from service.crm.rows import FaultyRow
from service.crm.salesforce_id import salesforce_id
from service.domain.report import LABEL_WIDTH, report
from service.entrypoints.cli.files import UnusableInputError
from service.entrypoints.cli.findings import fault_lines
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.cli.outcomes import Decided, Outcome

_NAMES_SHOWN = 5


def those_of(outcomes: Iterator[Outcome], account: str) -> list[Outcome]:
    """The outcomes of the account with this id or this name, in whatever case; several may share a name.

    Raises:
        UnusableInputError: there is none. The message lists the names that are near.
    """
    wanted = account.strip().casefold()
    wanted_id = _full_id(account.strip())
    found: list[Outcome] = []
    others: list[str] = []
    for outcome in outcomes:
        account_id, name = _identity(outcome)
        if account_id in {wanted_id, account.strip()} or (name or "").casefold() == wanted:
            found.append(outcome)
        else:
            others.append(name or account_id or "")
    if not found:
        near = _near(wanted, others)
        hint = f" Near it: {', '.join(quoted(name) for name in near)}" if near else ""
        raise UnusableInputError(f"No account has the id or name {quoted(account)}.{hint}")
    return found


def print_account(console: Console, outcome: Outcome, row_noun: str) -> None:
    """Print the report of a decided account, or why it was rejected."""
    if isinstance(outcome, FaultyRow):
        name = outcome.name or outcome.account_id or ""
        lines = [f"{name} -> rejected", *(f"  {line}" for line in fault_lines(row_noun, outcome.faults))]
    else:
        lines = report(outcome.decision, outcome.policy).split("\n")
    for number, line in enumerate(lines):
        print_wrapped(console, line, indent=LABEL_WIDTH, style="" if number else "bold")


def _identity(outcome: Outcome) -> tuple[str | None, str | None]:
    match outcome:
        case Decided(decision):
            return decision.facts.account.id, decision.facts.account.name
        case FaultyRow(account_id=account_id, name=name):
            return account_id, name


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
