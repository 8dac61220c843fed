"""Every column that can hold a text is redacted with its account, or said here to hold nothing that names one."""

from datetime import date
from typing import Any, get_args

import orjson
import pytest
from sqlmodel import SQLModel

from service.crm.duty_facts import DUTY_FACTS
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.duties.values import known_values
from service.domain.facts import Facts
from service.domain.handoff.steps import Step
from service.domain.ranks import GivenRank
from service.domain.redaction import ADDRESSES, REDACTED, REDACTED_ADDRESS, WORDS, is_redacted, redact
from service.domain.sales_bounds import SalesBounds
from service.store.redacting import PARTS
from service.usecases.check_web_direct import Purchase
from tests.ledger.test_contents import texts_of

WITH_THEM = {"payloads": {"body"}, "idempotency_keys": {"body"}, "acts": {"body"}}
"""What is redacted in ways of its own."""
NAMES_NOBODY = {
    *("id", "kind", "status", "segment", "team", "rule", "type", "role", "outcome", "digest", "hash", "source"),
    *("account_id", "opportunity_id", "lead_id", "record_id", "after_account_id", "subject", "subject_id"),
    *("request_id", "event_key", "record_kind", "content_type", "policy_id", "program", "trail", "facet", "mark"),
    *("missing_facts", "advice", "actions", "leading_source", "team_before", "region", "told_by", "move", "waits_for"),
    *("left_out", "resolved_segment", "counts_fingerprint", "receiver", "crm_user_id", "fingerprint", "reference"),
    *("key", "key_hash", "hint", "scopes", "secret", "previous_secret", "earlier_secrets", "kinds", "teams", "fields"),
    *(
        "types",
        "target",
        "issuer",
        "after",
        "until",
        "found_by",
        "findings",
        "progress",
        "outcomes",
        "wanted",
        "noticed",
    ),
    *("accepted", "told", "sending", "post_id", "parameters", "entry", "salts", "hashes"),
}
"""Columns of identifiers, of words of the service's own, of digests, and of what is of no account."""
OF_SELLERS = {
    *("actor", "requested_by", "confirmed_by", "settled_by", "resolved_by", "opened_by", "started_by", "said_by"),
    *("drafted_by", "published_by", "created_by", "revoked_by", "recorded_by", "account_executive", "owner_id"),
    *("first_order_ae", "named_ae", "person", "person_id", "manager_id", "sdr", "caller", "regions"),
}
"""Columns that say who of sales, or of those who run the service, did something."""
OF_NO_ACCOUNT = {
    *("api_keys", "subscribers", "console_sessions", "person_subjects", "person_periods", "policy_drafts"),
    *("redactions", "ledger_checkpoints", "ledger_cosignatures"),
}
"""Tables in which other texts are of keys, subscribers, people and policies."""


def _columns() -> set[tuple[str, str]]:
    return {
        (table, name)
        for row in SQLModel.__subclasses__()
        if (table := str(getattr(row, "__tablename__", ""))) in SQLModel.metadata.tables
        for name, field in row.model_fields.items()
        if {str, bytes} & {field.annotation, *get_args(field.annotation)}
    }


def test_every_column_that_can_hold_a_text_is_redacted_or_said_to_name_nobody() -> None:
    redacted = {(str(part.table.__tablename__), name) for part in PARTS for name in part.columns}
    redacted |= {(table, name) for table, names in WITH_THEM.items() for name in names}

    left = {each for each in _columns() - redacted if each[0] not in OF_NO_ACCOUNT}

    assert {name for _, name in left} <= NAMES_NOBODY | OF_SELLERS
    assert redacted <= _columns()


@pytest.mark.parametrize("told", [Facts, Step, OpportunityFacts, GivenRank, Purchase])
def test_every_text_that_is_told_of_an_account_is_redacted_or_said_to_stay(told: Any) -> None:  # noqa: ANN401 - a type
    stays = {
        *("id", "account_id", "opportunity_id", "rule", "missing_facts", "region", "item", "items", "ticks", "stage"),
        *("by", "owner_id", "decided_by", "answered_by", "discovered_by", "first_order_ae", "named_ae"),
        *("account_executive", "previous_account_executive", "next_steps_owner"),
    }

    left = {name for name in texts_of(told) if not {name, name.rpartition("_")[2]} & (WORDS | ADDRESSES)}

    assert left <= stays


def test_every_text_that_a_crm_tells_of_an_opportunity_is_redacted_too() -> None:
    of_no_text = {"channel_managed", "next_step_on", "next_steps_owner"}

    assert {name for name in DUTY_FACTS if redact({name: "A word"}) == {name: "A word"}} == of_no_text


def test_what_is_made_of_texts_stays_so() -> None:
    told = {
        "account": {"id": "acc-1", "name": "Sample GmbH", "region": "EMEA"},
        "employee_counts": [{"source": "third_party", "name": "A survey", "url": "https://a.example", "employees": 9}],
        "title": "Sample GmbH, Channel-Managed",
        "next_steps": "Call Sample GmbH on 2022-06-20",
        "evidence": {"opportunity_overview": {"why_now": "A deadline", "why_us": None}},
        "key_contacts": ["One", "Another"],
        "problem": [["employees", "many is no number"], [None, "It failed"]],
        "reason": "",
    }

    redacted = redact(told)

    assert redacted == {
        "account": {"id": "acc-1", "name": REDACTED, "region": "EMEA"},
        "employee_counts": [{"source": "third_party", "name": REDACTED, "url": REDACTED_ADDRESS, "employees": 9}],
        "title": f"{REDACTED} Channel-Managed",
        "next_steps": f"{REDACTED} 2022-06-20",
        "evidence": {"opportunity_overview": {"why_now": REDACTED, "why_us": None}},
        "key_contacts": [REDACTED],
        "problem": [["employees", REDACTED], [None, REDACTED]],
        "reason": "",
    }
    assert redact(redacted) == redacted
    assert is_redacted(redacted)
    assert not is_redacted(told)


@pytest.mark.parametrize(
    ("told", "redacted"),
    [
        ({"next_steps": "Call them\nWrite to them"}, {"next_steps": f"{REDACTED}\n{REDACTED}"}),
        ({"next_steps": "1/1 " * 1000}, {"next_steps": f"{REDACTED} 1/1"}),
        ({"title": "Channel-Managed" * 17}, {"title": f"{REDACTED} Channel-Managed"}),
        ({"title": "", "deck_url": "", "next_steps": "  "}, {"title": "", "deck_url": "", "next_steps": "  "}),
        ({"evidence": {"next_steps": {"spelled_out": " \n"}}}, {"evidence": {"next_steps": {"spelled_out": " \n"}}}),
    ],
)
def test_what_duties_ask_of_a_text_stays_and_nothing_more(told: dict[str, Any], redacted: dict[str, Any]) -> None:
    assert redact(told) == redacted
    assert redact(redacted) == redacted
    before, after = (OpportunityFacts.model_validate(each) for each in (told, redacted))
    day, bounds = date(2022, 6, 8), SalesBounds()
    assert known_values(before, day, bounds) == known_values(after, day, bounds)


def test_what_is_known_of_a_record_is_redacted_within_its_texts_too() -> None:
    counts = [{"source": "datafox", "employees": 9, "url": "https://a.example", "gap": "A gap"}]
    told = {"employee_counts.datafox": orjson.dumps(counts).decode(), "why_now": "A deadline", "close_plan": "A call"}

    redacted = redact(told)

    assert (redacted["why_now"], redacted["close_plan"]) == (REDACTED, REDACTED)
    assert orjson.loads(redacted["employee_counts.datafox"]) == [
        {"source": "datafox", "employees": 9, "url": REDACTED_ADDRESS, "gap": REDACTED}
    ]
