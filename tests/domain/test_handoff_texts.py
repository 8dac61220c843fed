import re
from collections.abc import Callable

import pytest

from service.domain.handoff.evidence import AccountActivity, ContactMode
from service.domain.handoff.state import Handoff
from service.domain.handoff.texts import account_activity, chatter_post, customer_email
from service.domain.terms import Team
from tests.domain.handoffs import SUMMARY, after, answer, at_start, completed, escalate, tick, ticked

Text = Callable[[Handoff], str]
TEXTS: list[Text] = [chatter_post, account_activity, customer_email]


def known() -> Handoff:
    return ticked(at_start(), "find-named-ae", "account-activity")


def kept() -> Handoff:
    return after(known(), escalate(), answer(Team.MMKAFO))


def test_the_chatter_post_goes_to_all_five_and_asks_for_the_change_of_account_and_renewal() -> None:
    assert chatter_post(known()).splitlines() == [
        "Handoff of Acme GmbH (acc-1) to Key Accounts Named",
        "To: Named AE Nic Named, their ASM, the First Order ASM, Sales-Support, the Mid-Market Global Director",
        "",
        "Opportunity opp-1 was closed won on 2022-03-01 by Sam First.",
        "Please put the account and its renewal opportunity in the name of the Named AE: Nic Named.",
    ]


def test_the_chatter_post_names_a_territory_ae_where_territory_receives() -> None:
    text = chatter_post(at_start(receiver=Team.MM_TERRITORY, named_ae="Toni Territory"))

    assert "to Mid-Market Territory\nTo: Territory AE Toni Territory," in text
    assert "Named" not in text


def test_the_chatter_post_says_what_is_not_known() -> None:
    assert chatter_post(at_start(receiver=None, account_name=None, named_ae="Pat Early")).splitlines() == [
        "Handoff of (not known) (acc-1) to (not known)",
        "To: new AE (not known), their ASM, the First Order ASM, Sales-Support, the Mid-Market Global Director",
        "",
        "Opportunity opp-1 was closed won on 2022-03-01 by Sam First.",
        "Please put the account and its renewal opportunity in the name of the new AE: (not known).",
    ]


def test_no_text_names_a_receiver_who_is_in_question() -> None:
    asked = after(known(), escalate())

    for text in TEXTS:
        assert "Nic Named" not in text(asked)
        assert "Key Accounts Named" not in text(asked)
    assert "to Key Accounts Named" in chatter_post(after(asked, answer(Team.MMKAN)))


def test_the_chatter_post_asks_for_no_change_where_the_account_stays() -> None:
    assert chatter_post(kept()).splitlines() == [
        "First order of Acme GmbH (acc-1)",
        "",
        "Opportunity opp-1 was closed won on 2022-03-01 by Sam First.",
        "The account stays with Key Accounts First Order; no change is asked for.",
    ]


def test_the_account_activity_has_its_name_and_the_six_parts() -> None:
    assert account_activity(known()).splitlines() == [
        "(Sam First) FO Account Summary for Handoff",
        "",
        "Use case, and why GitLab was chosen: One tool for review and deployment",
        "Key contacts: Kim Contact, Lee Contact",
        "Net ARR expected over the next 12 months: 41,000.00 USD",
        "Next order expected by: 2022-09-30",
        "Net ARR estimated for the next opportunity: 12,000.50 USD",
        "What these three expectations rest on: Two more teams have asked",
    ]


def test_the_account_activity_says_which_parts_are_not_filled_in() -> None:
    name, blank, *parts = account_activity(at_start()).splitlines()

    assert (name, blank) == ("(Sam First) FO Account Summary for Handoff", "")
    assert [part.split(": ")[1] for part in parts] == ["not filled in yet"] * 6


def test_the_name_of_the_account_activity_is_the_one_that_its_item_accepts() -> None:
    handoff = at_start(first_order_ae="Alex Other")
    name = account_activity(handoff).splitlines()[0]
    summary = AccountActivity.model_validate(SUMMARY.model_dump() | {"name": name})

    assert "account-activity" in after(handoff, tick("account-activity", summary)).ticks


def test_the_email_for_a_call_introduces_the_new_ae_and_asks_for_a_day_in_time() -> None:
    assert customer_email(known()).splitlines() == [
        "To: Kim Contact, Lee Contact",
        "Subject: Who looks after Acme GmbH at GitLab",
        "",
        "Thank you for the first order, agreed on 2022-03-01.",
        "From here on, Nic Named looks after your account, and reads this too.",
        "May the three of us meet in a call by 2022-03-08? Which day suits you?",
        "",
        "Sam First",
    ]


def test_the_email_that_does_without_a_call_asks_for_none() -> None:
    text = customer_email(ticked(at_start(mode=ContactMode.EMAIL), "find-named-ae"))

    assert "Nic Named will answer this email to say hello." in text
    assert "call" not in text


def test_the_email_says_what_is_not_known() -> None:
    lines = customer_email(at_start(account_name=None)).splitlines()

    assert lines[:2] == ["To: (not known)", "Subject: Who looks after (not known) at GitLab"]
    assert "From here on, (not known) looks after your account, and reads this too." in lines


def test_the_email_introduces_nobody_where_the_account_stays() -> None:
    lines = customer_email(kept()).splitlines()

    assert lines[3:] == [
        "Thank you for the first order, agreed on 2022-03-01.",
        "You can go on turning to me.",
        "",
        "Sam First",
    ]


@pytest.mark.parametrize("mode", list(ContactMode))
def test_the_email_tells_the_customer_nothing_of_teams_amounts_or_expectations(mode: ContactMode) -> None:
    text = customer_email(ticked(at_start(mode=mode), "find-named-ae", "account-activity"))

    for inside in ("Key Accounts", "USD", "41", "12,000", SUMMARY.why_believed, SUMMARY.why_gitlab, "2022-09-30"):
        assert inside not in text


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_no_number_or_day_that_the_handoff_does_not_have(text: Text) -> None:
    had = {"12", "2022-03-01", "2022-03-08", "2022-09-30", "41,000.00", "12,000.50"}

    for handoff in (at_start(), at_start(receiver=None), known(), kept(), completed()):
        assert set(re.findall(r"\d[\d,.-]*\d", text(handoff))) <= had
        assert "None" not in text(handoff)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_speaks_of_its_own_handoff_and_of_no_other(text: Text) -> None:
    said = text(
        at_start(
            account_id="acc-2",
            account_name="Beta SA",
            opportunity_id="opp-2",
            first_order_ae="Alex Other",
            named_ae="Bo New",
        )
    )

    assert "Alex Other" in said
    assert not [fact for fact in ("acc-1", "Acme", "opp-1", "Sam", "Nic") if fact in said]
