"""Opportunities of Salesforce: what can be stated of one, and whether it is won and a first order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from service.crm import readings
from service.crm.duty_facts import DUTY_FACTS
from service.crm.facts_by_name import NamedFact
from service.crm.facts_patch import USD, JsonValue, plain_number
from service.crm.payloads import quoted
from service.crm.readings import BadValueError, ReadText
from service.crm.record_mapping import RecordMapping

_LARGEST_AMOUNT: Final = Decimal(10) ** 11
_CODE: Final = re.compile(r"[A-Za-z]{3}")


def money(text: str) -> str:
    """An amount of money as a plain decimal number."""
    plain = plain_number(text)
    if not plain.removeprefix("-").replace(".", "", 1).isdecimal() or not plain.isascii():
        raise BadValueError(f"{quoted(text)} is not an amount; write it as 12000.50")
    if abs(Decimal(plain)) >= _LARGEST_AMOUNT:
        raise BadValueError(f"{quoted(text)} is more than any order comes to ({_LARGEST_AMOUNT:,})")
    return plain


def currency(text: str) -> str:
    """The code of a currency; XXX, which is none, for whatever else: its amounts are not taken for dollars."""
    return text.upper() if _CODE.fullmatch(text) else "XXX"


def _facts(**read: ReadText) -> dict[str, NamedFact]:
    return {name: NamedFact(name, ("opportunity", name), reading) for name, reading in read.items()}


OPPORTUNITY_FACTS: Final = _facts(
    account_id=readings.account_id,
    stage=readings.picked,
    closed_on=readings.day,
    amount=money,
    net_arr=money,
    currency=currency,
    order_type=readings.picked,
    first_order_ae=readings.picked,
    total_users=readings.whole_number,
    immediate_potential=money,
    **DUTY_FACTS,
)
"""What an opportunity's fields can state, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityMapping:
    """The fields of an opportunity, the stages that say it is won, and the types of a first order, case-folded."""

    record: RecordMapping
    closed_won: frozenset[str]
    first_order: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWon:
    """An opportunity that is won. What no event has stated yet is None, and so are amounts that are not in USD."""

    opportunity_id: str
    account_id: str | None
    closed_on: date | None
    amount: Decimal | None
    net_arr: Decimal | None
    is_first_order: bool | None
    first_order_ae: str | None = None
    total_users: int | None = None
    immediate_potential: Decimal | None = None


def closed_won(opportunity_id: str, stated: Mapping[str, JsonValue], mapping: OpportunityMapping) -> ClosedWon | None:
    """The opportunity if its stage says that it is won, from what one event or all of them together state."""
    texts = {name: str(value) for name, value in stated.items() if value is not None}
    if texts.get("stage", "").casefold() not in mapping.closed_won:
        return None
    if foreign_currency(stated) is not None:
        texts = {name: text for name, text in texts.items() if OPPORTUNITY_FACTS[name].read is not money}
    closed_on, order_type = texts.get("closed_on"), texts.get("order_type")
    return ClosedWon(
        opportunity_id=opportunity_id,
        account_id=texts.get("account_id"),
        closed_on=None if closed_on is None else date.fromisoformat(closed_on),
        amount=_amount(texts.get("amount")),
        net_arr=_amount(texts.get("net_arr")),
        first_order_ae=texts.get("first_order_ae"),
        total_users=None if texts.get("total_users") is None else int(texts["total_users"]),
        immediate_potential=_amount(texts.get("immediate_potential")),
        is_first_order=None if order_type is None else order_type.casefold() in mapping.first_order,
    )


def foreign_currency(stated: Mapping[str, JsonValue]) -> str | None:
    """The currency that the amounts of an opportunity are in, where it is known not to be USD."""
    known = stated.get("currency")
    return None if known is None or known == USD else str(known)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
