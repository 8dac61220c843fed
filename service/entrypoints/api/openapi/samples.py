"""Samples of discoveries, changeovers, conduct matters and handoffs, for the published document."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from service.domain.conduct import ConductMatter, MatterKind, RecordedMatter
from service.domain.decide import decide
from service.domain.decision import Kind
from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.evidence import ContactMode
from service.domain.handoff.state import HandoffTerms, fold
from service.domain.handoff.steps import Ticked
from service.domain.moves import before
from service.domain.policies import BUILT_IN
from service.domain.terms import Team
from service.domain.triggers import Discovery
from service.entrypoints.api.openapi.document import SAMPLE_RECORDED, sample
from service.entrypoints.views.decisions import recorded_body
from service.entrypoints.views.handoffs import handoff_body
from service.store.changeovers import ChangeoverStatus, RecordedChangeover
from service.store.recording import RecordedHandoff

_AT = datetime(2022, 6, 2, 9, 30, tzinfo=UTC)
_DISCOVERED_ON = date(2022, 4, 11)
_CLOSED_ON = date(2022, 6, 1)


def _discovery() -> object:
    stood = SAMPLE_RECORDED.decision
    trigger = Discovery(
        before=before(stood),
        discovered_by="Sample AE",
        employees=430,
        potential_users=60,
        evidence="Organisation chart in the annual report",
        discovered_on=_DISCOVERED_ON,
    )
    decision = decide(replace(stood.facts, trigger=trigger), BUILT_IN.on(_DISCOVERED_ON), _DISCOVERED_ON)
    recorded = replace(
        SAMPLE_RECORDED,
        id=UUID("0198c0de-0000-7000-a000-000000000003"),
        kind=Kind.DISCOVERY,
        decision=decision,
        previous_decision_id=SAMPLE_RECORDED.id,
    )
    return sample(recorded_body(recorded))


SAMPLE_DISCOVERY = _discovery()
SAMPLE_CHANGEOVER = RecordedChangeover(
    on=date(2022, 5, 1),
    status=ChangeoverStatus.DONE,
    requested_by="sample-operations",
    requested_at=_AT,
    request_id=SAMPLE_RECORDED.request_id,
    examined=1_200,
    unsettled=3,
    moved=41,
    after_account_id=None,
    finished_at=_AT,
)
SAMPLE_MATTER = RecordedMatter(
    id=UUID("0198c0de-0000-7000-a000-000000000004"),
    account_id=SAMPLE_RECORDED.account_id,
    decision_id=SAMPLE_RECORDED.id,
    matter=ConductMatter(
        kind=MatterKind.IGNORED_MOVE,
        account_executive="Sample AE",
        rule="MOVE-1",
        reason="The account was found to be small, and was worked on for six weeks all the same.",
        occurred_on=date(2022, 5, 20),
    ),
    actor="sample-manager",
    recorded_at=_AT,
)
_TERMS = HandoffTerms(
    id=UUID("0198c0de-0000-7000-a000-000000000005"),
    account_id=SAMPLE_RECORDED.account_id,
    account_name="Sample Manufacturing GmbH",
    opportunity_id="0068a00001AbCdEAAV",
    closed_on=_CLOSED_ON,
    first_order_ae="Sample First Order AE",
    named_ae="Sample Named AE",
    initial_amount=Decimal("18000.00"),
    immediate_potential=Decimal("1500.00"),
    total_users=240,
    net_arr=Decimal("18000.00"),
    tam_below=Decimal(50_000),
    mode=ContactMode.EMAIL,
    due_on=date(2022, 6, 8),
    receiver=Team.MMKAN,
)
_INSTALLED = b'{"received_on": "2022-06-02", "installed_on": "2022-06-02"}'
_STEPS = (
    Ticked(
        item="license-installed",
        evidence=parse_evidence(ITEMS_BY_NAME["license-installed"], _INSTALLED),
        by="sample-first-order-ae",
        at=_AT,
    ),
)
SAMPLE_HANDOFF = sample(
    handoff_body(
        RecordedHandoff(
            handoff=fold(_TERMS, _STEPS),
            steps=_STEPS,
            started_by="sample-first-order-ae",
            started_at=_AT,
            decision_ids=(UUID("0198c0de-0000-7000-a000-000000000006"),),
        ),
        _CLOSED_ON,
    )
)
