"""Redact an account: which parts of what is recorded of it name it, or were written about it in words.

Numbers, days, teams, identifiers of the CRM, and who of sales did something stay: commissions rest on them.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson

from service.domain.duties.values import CHANNEL_MANAGED, DATED
from service.domain.errors import DomainError

REDACTED = "[redacted]"
"""What stands in the place of a text."""
REDACTED_ADDRESS = "https://redacted.invalid/"
"""What stands in the place of an address of the web: that there is one may matter, and where it leads does not."""
WORDS = frozenset(
    {
        *("name", "title", "key_contacts", "materials", "sources"),
        *("reason", "gap", "evidence", "in_question", "note", "next_steps", "why_gitlab", "why_believed"),
        *("none_expected", "text", "detail", "summary", "message"),
        *("why_do_anything", "why_now", "close_plan", "command_plan"),
        *("chatter_post", "account_activity", "customer_email"),
    }
)
"""Members whose texts name the account, or were written about it. So is one that ends like that: ``account_name``."""
ADDRESSES = frozenset({"url"})
"""Members that are addresses, in the same way."""
REMARKS = frozenset({"problem", "remarks"})
"""Members that are lists of pairs: what a sentence is about, and the sentence."""
COUNTS = "employee_counts."
"""How members begin that have the counts of a source as JSON in a text: of records as they are known."""

_LEFT = {"title": re.compile(re.escape(CHANNEL_MANAGED), re.IGNORECASE), "next_steps": DATED}
"""What duties ask of a text (OPP-2, OPP-5), and so is left of it: once, lest it be longer than it may."""


def redact(told: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON with these members redacted, however deep they stand; what it is made of stays the same."""
    if isinstance(told, list):
        return [redact(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: _redact_member(name, value) for name, value in told.items()}


def redact_text(written: str) -> str:
    """The same of JSON as it is kept; as it is where nothing of it is redacted."""
    told = orjson.loads(written)
    redacted = redact(told)
    return written if redacted == told else orjson.dumps(redacted).decode()


def redact_sentences(written: str) -> str:
    """Pairs of what a sentence is about and the sentence, as JSON, with the sentences redacted."""
    return orjson.dumps(_redact_sentences(orjson.loads(written))).decode()


def redact_words(written: str) -> str:
    """What stands in the place of a text; of none, or of blanks alone, nothing does."""
    return REDACTED if written.strip() else written


def is_redacted(told: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether something of it, which is JSON, or a text that has JSON in it, was redacted."""
    if isinstance(told, str):
        return REDACTED in told or REDACTED_ADDRESS in told
    if isinstance(told, dict):
        return any(map(is_redacted, told.values()))
    return isinstance(told, list) and any(map(is_redacted, told))


def _redact_member(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    last = name.rpartition("_")[2]
    if name in _LEFT and isinstance(value, str):
        return _redact_but(value, _LEFT[name])
    if name in WORDS or last in WORDS:
        return _redact_words(value)
    if last in ADDRESSES:
        return REDACTED_ADDRESS if isinstance(value, str) and value else value
    if name.startswith(COUNTS) and isinstance(value, str):
        return redact_text(value)
    return _redact_sentences(value) if name in REMARKS else redact(value)


def _redact_but(written: str, left: re.Pattern[str]) -> str:
    found = left.search(written)
    if found is not None:
        return f"{REDACTED} {found.group()}"
    # That next steps are several is as good as a day.
    return f"{REDACTED}\n{REDACTED}" if "\n" in written.strip() else redact_words(written)


def _redact_words(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Texts are redacted; what is said of each of several things in words of its own, all of it."""
    if isinstance(value, str):
        return redact_words(value)
    if isinstance(value, list):
        return [REDACTED] if value and isinstance(value[0], str) else redact(value)
    if isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
        return {name: {item: _redact_words(said) for item, said in each.items()} for name, each in value.items()}
    return redact(value)


def _redact_sentences(pairs: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(pairs, list):
        return redact(pairs)
    return [[each[0], REDACTED] if isinstance(each, list) else redact(each) for each in pairs]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Of what a CRM sent, ``records`` go and ``needed`` ones stay; what tells of both loses the ``names``."""

    records: Collection[str]
    needed: Collection[str]
    names: Collection[str]


class NoRedactionError(DomainError):
    """No redaction of the account was asked for: POST /v1/accounts/{id}/redaction asks for one."""

    code = "not_found"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"No redaction of {account_id} was asked for")


class OwnRedactionError(DomainError):
    """Whoever asked for a redaction does not confirm it: another key has to."""

    code = "second_person_needed"

    def __init__(self, by: str) -> None:
        super().__init__(f"The redaction was asked for by {by}: another key has to confirm it")
