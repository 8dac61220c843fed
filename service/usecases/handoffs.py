"""Hand a won account over: start the handoff, and take its steps (HAND-1 to HAND-7)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from uuid import UUID

from service.domain.calendar import day_of
from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import (
    HandoffExistsError,
    HandoffUnderWayError,
    NotFirstOrderError,
    NotYetError,
    UnknownAccountError,
)
from service.domain.handoff.checklist import Side
from service.domain.handoff.checks import check, take
from service.domain.handoff.evidence import ContactMode
from service.domain.handoff.receiver import due_on, email_will_do, receiver_of, won_facts
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import Handoff, HandoffStatus, HandoffTerms, started
from service.domain.handoff.steps import Abandoned, Answered, Escalated, HandoffReopened, Step, Ticked
from service.domain.moves import before
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.triggers import EscalationAnswer, HandoffTrigger, Opportunity, Stage
from service.store.recording import Asked, Standing, StartHandoff, Submission, TakeStep


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom a caller acts in a handoff: its team's side, or, as an administrator, both."""

    team: Team | None
    for_both: bool

    def sides(self, handoff: Handoff) -> frozenset[Side]:
        """The sides of a handoff that the caller acts for (HAND-6)."""
        if self.for_both:
            return frozenset(Side)
        if self.team is None:
            return frozenset()
        # MMKAFO is both where it keeps the account.
        teams = {Side.FIRST_ORDER: Team.MMKAFO, Side.RECEIVING: handoff.receiver}
        return frozenset(side for side, team in teams.items() if team is self.team)


def prepare_handoff(
    account_id: str,
    won: Opportunity,
    in_question: str | None,
    team_as_prospect: Team | None,
    handoff_id: UUID,
    today: date,
) -> Callable[[Standing], StartHandoff]:
    """How to start a handoff, with the decision who receives the account, how and by when.

    ``in_question`` says why the receiver is, where that is so.

    The CRM may have made a customer of the account before it tells of the opportunity, so that routing has given it to
    another team meanwhile: who owned it as a prospect, ``team_as_prospect``, counts as well, until it was handed over.

    Raises:
        NotYetError: the opportunity is closed on a day to come.
    """
    if won.closed_on > today:
        raise NotYetError("/closed_on", won.closed_on, today)

    def start(standing: Standing) -> StartHandoff:
        policy = standing.policies.on(won.closed_on, "/closed_on")
        stood = _standing_of(account_id, standing)
        for other in standing.handoffs:
            if other.handoff.terms.opportunity_id == won.opportunity_id:
                raise HandoffExistsError(won.opportunity_id, other.handoff.terms.id)
            if not other.handoff.is_closed:
                raise HandoffUnderWayError(account_id)
        handed_over = any(other.handoff.handed_over_to is not None for other in standing.handoffs)
        is_customer = stood.decision.facts.account.customer is True
        before_it_bought = team_as_prospect if is_customer and not handed_over else None
        if Team.MMKAFO not in {stood.decision.team, before_it_bought}:
            raise NotFirstOrderError(account_id, stood.decision.team)
        handover = HandoffTrigger(
            **won.as_fields,
            before=before(stood.decision),
            stage=Stage.WON,
            handoff_id=handoff_id,
            as_of=today,
            in_question=in_question,
        )
        decision = _decided(stood, standing, handover, policy, standing.effective_day(won.closed_on, today))
        return StartHandoff(decision=decision, handoff=started(_terms(decision, handover, policy)))

    return start


def propose_step(
    found: RecordedHandoff,
    step_at: Callable[[datetime], Step],
    acting: Acting,
    today: date,
    zone: tzinfo,
    asked: Asked,
) -> Submission[RecordedHandoff]:
    """A step of a handoff to be taken, with the decision that it leads to, if any.

    Completion hands the account over; an escalation, and its answer, are decisions too. ``step_at`` makes the step of
    the instant at which it is recorded, whose day is that of the time zone.
    """
    terms = found.handoff.terms

    def take_it(standing: Standing) -> TakeStep:
        policy = standing.policies.on(terms.closed_on)
        stood = _standing_of(terms.account_id, standing)
        (current,) = (each for each in standing.handoffs if each.handoff.terms.id == terms.id)
        step = step_at(standing.at)
        if isinstance(step, HandoffReopened) and any(not each.handoff.is_closed for each in standing.handoffs):
            check(current.handoff, step, frozenset(), today)
            raise HandoffUnderWayError(terms.account_id)
        after = take(current.handoff, step, acting.sides(current.handoff), today)
        handover = _handover(stood.decision, current, after, step, today, zone)
        on = standing.effective_day(today, today)
        decision = None if handover is None else _decided(stood, standing, handover, policy, on)
        return TakeStep(step=step, after=after, decision=decision)

    return Submission(account_id=terms.account_id, asked=asked, decide=take_it, whole=True)


def _handover(
    stood: Decision, current: RecordedHandoff, after: Handoff, step: Step, today: date, zone: tzinfo
) -> HandoffTrigger | None:
    """What a step decides about the account; None for one that only goes on with the checklist."""
    terms = after.terms
    handed_over_to = current.handoff.handed_over_to
    handover = HandoffTrigger(
        **terms.as_fields | {"named_ae": after.named_ae},
        before=before(stood),
        stage=Stage.ESCALATED,
        handoff_id=terms.id,
        as_of=today,
        # Reopened, it changes no owner; while the account was of another segment, that was nobody that it could hold.
        held_by=handed_over_to and (stood.team if stood.segment is Segment.MM else handed_over_to),
    )
    answers = [_answer(taken, zone) for taken in current.steps if isinstance(taken, Answered)]
    answer = answers[-1] if answers else None
    match step:
        case Escalated(reason=reason):
            return handover.model_copy(update={"in_question": reason})
        case Answered():
            return handover.model_copy(update={"stage": Stage.ANSWERED, "answer": _answer(step, zone)})
        case Ticked() if after.status is HandoffStatus.COMPLETED:
            # It is of the day on which both were in touch, but once it was reopened of the day that completes it anew.
            as_of = after.two_way_on if handed_over_to is None else today
            completed = {"stage": Stage.COMPLETED, "as_of": as_of, "answer": answer}
            return handover.model_copy(update=completed)
        case HandoffReopened(reason=reason):
            return handover.model_copy(update={"stage": Stage.REOPENED, "answer": answer, "reason": reason})
        case Abandoned(reason=reason):
            return handover.model_copy(update={"stage": Stage.ABANDONED, "answer": answer, "reason": reason})
        case _:
            return None


def _answer(step: Answered, zone: tzinfo) -> EscalationAnswer:
    answered_on = day_of(step.at, zone)
    return EscalationAnswer.model_validate(
        {"team": step.team, "reason": step.reason, "answered_by": step.by, "answered_on": answered_on}
    )


def _decided(
    stood: RecordedDecision, standing: Standing, handover: HandoffTrigger, policy: Policy, on: date
) -> Decision:
    move = None if standing.account is None else standing.account.move
    facts = replace(won_facts(stood.decision.facts, handover), move=move)
    return decide(facts, policy, on)


def _terms(decision: Decision, handover: HandoffTrigger, policy: Policy) -> HandoffTerms:
    account = decision.facts.account
    return HandoffTerms(
        **handover.as_fields,
        id=handover.handoff_id,
        account_id=account.id,
        account_name=account.name,
        tam_below=Decimal(policy.parameters.tam_below),
        mode=ContactMode.EMAIL if email_will_do(decision, policy) else ContactMode.CALL,
        due_on=due_on(handover, policy.parameters),
        receiver=receiver_of(decision, policy),
    )


def _standing_of(account_id: str, standing: Standing) -> RecordedDecision:
    if standing.previous is None:
        raise UnknownAccountError(account_id)
    return standing.previous
