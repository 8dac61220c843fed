"""Every column that can hold a text is redacted with its account, or said here to hold nothing that names one."""

from typing import Any, get_args

import pytest
from sqlmodel import SQLModel

from service.domain.duties.opportunity import OpportunityFacts
from service.domain.facts import Facts
from service.domain.handoff.steps import Step
from service.domain.ranks import GivenRank
from service.domain.redaction import ADDRESSES, REDACTED, REDACTED_ADDRESS, WORDS, is_redacted, redact
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
    *("types", "target", "issuer", "after", "found_by", "findings", "progress", "outcomes", "wanted", "noticed"),
    *("accepted", "told", "sending", "post_id", "parameters", "entry", "salts", "hashes", "root", "note", "line"),
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
    *("redactions",),
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
