"""Samples of policy drafts and of the lab, for the published document."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from service.domain.decision import Status
from service.domain.drafts import PolicyDraft, Publication, RecordedDraft
from service.domain.lab.backtest import Again, Change, Sample
from service.domain.lab.backtest_counts import Counting
from service.domain.lab.cells import Span
from service.domain.lab.compare import Comparison, Difference, Region
from service.domain.lab.lint import Finding, LintCode
from service.domain.lab.verdicts import Verdict
from service.domain.policies import BUILT_IN
from service.domain.terms import Segment, Team
from service.entrypoints.api.openapi.document import SAMPLE_RECORDED, sample
from service.entrypoints.views.backtests import backtest_body
from service.entrypoints.views.comparisons import comparison_body
from service.entrypoints.views.policies import draft_body, lint_body

_FIRST = BUILT_IN.published[0]
_REASON = "Accounts of 500 to 599 employees were too small for First Order in the trial quarter."
_DRAFT = PolicyDraft(
    id=UUID("0198c0de-0000-7000-a000-000000000007"),
    based_on=_FIRST,
    parameters=replace(_FIRST.parameters, first_order_min_employees=600),
    effective_from=date(2022, 8, 1),
    effective_until=None,
    reason=_REASON,
    drafted_by="sample-operations",
    drafted_at=datetime(2022, 7, 12, 9, 30, tzinfo=UTC),
)
SAMPLE_DRAFTING = {
    "policy_id": _FIRST.id,
    "parameters": {"first_order_min_employees": 600},
    "effective_from": "2022-08-01",
    "reason": _REASON,
}
SAMPLE_DRAFT = sample(draft_body(RecordedDraft(_DRAFT, None)))


SAMPLE_PUBLISHED = sample(
    draft_body(
        RecordedDraft(
            _DRAFT,
            Publication(
                version=2, published_by="sample-manager", published_at=datetime(2022, 7, 20, 9, 30, tzinfo=UTC)
            ),
        )
    )
)


_WITNESS = SAMPLE_RECORDED.decision.facts
_MOVED = Region(
    {"leading_employees": (Span(500, 599),)},
    (
        Difference(
            Verdict(Segment.MM, Team.MMKAFO, Status.FINAL, "ROUTE-4"),
            Verdict(Segment.MM, Team.MM_TERRITORY, Status.FINAL, "ROUTE-4"),
            replace(_WITNESS, account=_WITNESS.account.model_copy(update={"crm_created_on": date(2022, 5, 2)})),
        ),
    ),
)
SAMPLE_COMPARISON = sample(comparison_body(Comparison((_MOVED,), (_MOVED,), (), {}), _FIRST, _DRAFT.policy))
_COUNTING = Counting()
_COUNTING.add(
    Again(None, Change(_MOVED.differences[0].before, _MOVED.differences[0].after), flips="ROUTE-4/test:TF"),
    1,
    (Sample(SAMPLE_RECORDED.id, SAMPLE_RECORDED.account_id),),
)
SAMPLE_BACKTEST = sample(backtest_body(_COUNTING.result(), _FIRST, _DRAFT.policy))
_IDLE = Finding(
    LintCode.IDLE_PARAMETER,
    "note",
    ("november_cleanup_from",),
    "No question changes with the parameter november_cleanup_from.",
)
SAMPLE_LINT = sample(lint_body(_FIRST, (_IDLE,)))
