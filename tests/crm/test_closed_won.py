from datetime import date
from decimal import Decimal

import pytest

from service.crm.closed_won import ClosedWon, closed_won
from service.crm.facts_patch import Patch, facts_patch
from service.crm.mapping import read_mapping
from tests.crm.mapped import USUAL, USUAL_TEXT

ACCOUNT = "0018a00001XyZaBAAV"
WON = {
    "Id": "0068a00000AbCdEAAV",
    "AccountId": "0018a00001XyZaB",
    "StageName": "Closed Won",
    "CloseDate": "2022-03-15",
    "Amount": "1.25E7",
    "ARR_Net__c": 12_000.5,
    "Order_Type_Test__c": "1. New - First Order",
}


def patch(**changed: object) -> Patch:
    return facts_patch({**WON, **changed}, USUAL.opportunity.record)


def won(**changed: object) -> ClosedWon | None:
    return closed_won("0068a00000AbCdEAAV", patch(**changed).stated, USUAL.opportunity)


def test_a_won_opportunity_is_read_with_all_that_a_handoff_asks_for() -> None:
    assert patch().faults == ()
    assert won() == ClosedWon(
        opportunity_id="0068a00000AbCdEAAV",
        account_id=ACCOUNT,
        closed_on=date(2022, 3, 15),
        amount=Decimal(12_500_000),
        net_arr=Decimal("12000.5"),
        is_first_order=True,
    )


@pytest.mark.parametrize("stage", ["Closed Lost", "0-Pending Acceptance", "Closed Won?", None])
def test_an_opportunity_in_any_other_stage_is_not_won(stage: str | None) -> None:
    assert won(StageName=stage) is None


@pytest.mark.parametrize(
    ("order_type", "first"), [("2. New - Connected", False), (None, None), ("1. new - first order", True)]
)
def test_whether_it_is_a_first_order_is_said_by_its_type(order_type: str | None, first: bool | None) -> None:  # noqa: FBT001 - a table's column
    opportunity = won(Order_Type_Test__c=order_type)
    assert opportunity is not None
    assert opportunity.is_first_order is first


def test_what_no_event_has_stated_is_unknown() -> None:
    assert closed_won("006", {"stage": "Closed Won"}, USUAL.opportunity) == ClosedWon(
        opportunity_id="006", account_id=None, closed_on=None, amount=None, net_arr=None, is_first_order=None
    )


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("Amount", "12,000", '"12,000" is not an amount; write it as 12000.50'),
        ("Amount", "NaN", '"NaN" is not an amount; write it as 12000.50'),
        ("Amount", "-", '"-" is not an amount; write it as 12000.50'),
        ("Amount", "٣", '"٣" is not an amount; write it as 12000.50'),
        ("Amount", "1E99", "is more than any order comes to (100,000,000,000)"),
        ("CloseDate", "15.03.2022", '"15.03.2022" is not a day; write it as 2022-03-15'),
        ("StageName", "a\nb", '"a\\nb" is not one line of at most 255 characters'),
        ("AccountId", "0018a00001xyzabAAV", "is not an id"),
    ],
)
def test_a_value_that_cannot_be_read_makes_its_fact_unknown_with_a_remark(field: str, value: str, says: str) -> None:
    read = patch(**{field: value})
    (remark,) = read.remarks
    assert remark.field == field
    assert says in remark.reason
    unknown = [name for name, stated in read.stated.items() if stated is None]
    assert (unknown, read.faults) == ([USUAL.opportunity.record.facts[field].name], ())


@pytest.mark.parametrize("currency", ["EUR", "eur", "US Dollar"])
def test_amounts_in_another_currency_than_usd_are_unknown_with_a_remark(currency: str) -> None:
    (remark,) = patch(CurrencyIsoCode=currency).remarks
    assert (remark.field, remark.reason) == ("CurrencyIsoCode", "is not USD, so the amounts are taken as unknown")
    found = won(CurrencyIsoCode=currency)
    assert found is not None
    assert (found.amount, found.net_arr, found.closed_on) == (None, None, date(2022, 3, 15))


@pytest.mark.parametrize("currency", ["USD", "usd", None, ""])
def test_amounts_in_usd_or_without_a_currency_are_dollars(currency: str | None) -> None:
    assert patch(CurrencyIsoCode=currency).remarks == ()
    assert won(CurrencyIsoCode=currency) == won()


def test_a_mapping_of_before_currencies_were_named_takes_no_euros_for_dollars() -> None:
    older = read_mapping(USUAL_TEXT.replace('currency = "CurrencyIsoCode"\n', "")).opportunity
    stated = facts_patch({**WON, "CurrencyIsoCode": "EUR"}, older.record).stated
    found = closed_won("0068a00000AbCdEAAV", stated, older)
    assert found is not None
    assert found.amount is None


@pytest.mark.parametrize(("text", "amount"), [("12000.0", "12000"), ("-5.50", "-5.5"), (0, "0"), ("1000", "1000")])
def test_an_amount_is_kept_as_a_decimal_number(text: object, amount: str) -> None:
    assert patch(Amount=text).stated["amount"] == amount
