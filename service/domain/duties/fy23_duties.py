"""The policy of opportunity duties, fiscal year 2023: OPP-1 to OPP-5 and OPP-8, in the order in which they are told.

The handbook's section on the custom deck leads where Required 7 words two of its requirements otherwise.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from service.domain.clauses import Citation, Clause, Expression, Quantity, all_of, any_of
from service.domain.duties import citations as cite
from service.domain.duties import terms as fact
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program import Duty, DutyParameters, DutyProgram, ReminderRule
from service.domain.duties.terms import DutyCode, shown
from service.domain.parts import Given, Step
from service.domain.terms import Segment

FY23_DUTIES = DutyParameters()
DUTIES = "fy23-duties"
"""The name of the policy, whose revisions state the bounds of other sales work too."""
_STARTS = date(2022, 2, 1)


def fy23_duties(
    parameters: DutyParameters = FY23_DUTIES,
    *,
    version: int = 1,
    effective_from: date = _STARTS,
    effective_until: date | None = None,
) -> DutyPolicy:
    """Build the policy from its parameters. In force from its first day until a later revision is published."""
    return DutyPolicy(
        id=DUTIES,
        version=version,
        title="Opportunity duties and other sales work, fiscal year 2023",
        effective_from=effective_from,
        effective_until=effective_until,
        program=fy23_duties_program(parameters),
    )


@lru_cache
def fy23_duties_program(p: DutyParameters = FY23_DUTIES) -> DutyProgram:
    """How the duties are read."""
    return DutyProgram(
        parameters=p,
        open=Step("OPP", "open", "The opportunity is open", ~fact.closed.holds, cite.OPEN),
        commercial=Step(
            "OPP", "segment", "SMB or Mid-Market", fact.segment.is_in(Segment.SMB, Segment.MM), cite.COMMERCIAL
        ),
        duties=(
            _custom_deck(p),
            *_command_plan(p),
            _consult(p),
            _deal_review(p),
            _red_green_review(p),
            _next_steps(p),
        ),
    )


def _custom_deck(p: DutyParameters) -> Duty:
    applies = _above(fact.amount, p.smb_deck_above, p.mm_deck_above)
    items = (
        Clause("link", "The deck is linked in its field", fact.deck_linked.holds, cite.DECK_LINK),
        *_items(
            DutyCode.CUSTOM_DECK,
            ("customer_look", "It looks like the customer's own", cite.DECK_LOOK),
            ("agreed_agenda", "The agenda is agreed", cite.DECK_AGENDA),
            ("calculated_roi", "The return is calculated beside the next best choice", cite.DECK_ROI),
            ("two_options", "There are two plans to choose from", cite.DECK_OPTIONS),
            ("single_application", "A slide shows the single application", cite.DECK_PITCH),
            ("customer_feedback", "The customer's words on that slide are captured", cite.DECK_FEEDBACK),
        ),
    )
    return Duty(
        DutyCode.CUSTOM_DECK,
        Step("OPP-1", "custom_deck", "Its Amount calls for a custom deck", applies, cite.DECK),
        Step("OPP-1", "custom_deck_met", "The deck is linked and has what it needs", all_of(*items), cite.DECK_LINK),
    )


def _command_plan(p: DutyParameters) -> tuple[Duty, ...]:
    by_amount = _above(fact.amount, p.smb_overview_above, p.mm_overview_above)
    by_net_arr = _above(fact.net_arr, p.smb_plan_above, p.mm_plan_above)
    overview, plan = DutyCode.OPPORTUNITY_OVERVIEW, DutyCode.FULL_COMMAND_PLAN
    whys = _items(
        overview,
        ("why_do_anything", "Why the customer acts at all", cite.OVERVIEW),
        ("why_gitlab", "Why it chooses GitLab", cite.OVERVIEW),
        ("why_now", "Why it acts now", cite.OVERVIEW),
        ("close_plan", "The close plan", cite.OVERVIEW),
    )
    whole = _items(plan, ("command_plan", "Every field of the command plan", cite.TO_FIND_OUT))
    return (
        Duty(
            overview,
            _unless_excepted("overview", "Its Amount calls for overview and close plan", by_amount, cite.OVERVIEW),
            Step("OPP-2", "overview_met", "Overview and close plan are filled in", all_of(*whys), cite.OVERVIEW),
            (_untitled(by_amount),),
        ),
        Duty(
            plan,
            _unless_excepted("full_plan", "Its Net ARR calls for the full command plan", by_net_arr, cite.FULL_PLAN),
            Step("OPP-2", "full_plan_met", "The command plan is filled in", all_of(*whole), cite.TO_FIND_OUT),
            (_untitled(by_net_arr),),
        ),
    )


def _unless_excepted(part: str, title: str, calls: Expression, citation: Citation) -> Step:
    excepted = fact.channel_managed.holds & fact.titled_channel_managed.holds
    clauses = (
        Clause("bound", title, calls, citation),
        ~Clause("excepted", "A channel partner manages it, and its title says so", excepted, cite.CHANNEL_MANAGED),
    )
    return Step("OPP-2", part, title, all_of(*clauses), citation)


def _untitled(calls: Expression) -> ReminderRule:
    return ReminderRule(
        "add_channel_managed",
        "A channel partner manages it: put Channel-Managed into its title, and this duty falls away.",
        Given(all_of(calls, fact.channel_managed.holds, ~fact.titled_channel_managed.holds)),
        cite.CHANNEL_MANAGED,
        required=True,
    )


def _consult(p: DutyParameters) -> Duty:
    code = DutyCode.OPPORTUNITY_CONSULT
    return Duty(
        code,
        Step(
            "OPP-3",
            "consult",
            "Its Net ARR calls for an opportunity consult",
            _from(fact.net_arr, p.smb_consult_from, p.mm_consult_from),
            cite.CONSULT,
        ),
        _held("OPP-3", "consult_met", code, "The consult was held", cite.CONSULT),
    )


def _deal_review(p: DutyParameters) -> Duty:
    code, months = DutyCode.DEAL_REVIEW, fact.months_to_close
    applies = all_of(
        _from(fact.net_arr, p.smb_deal_review_from, p.mm_deal_review_from),
        months >= 0,
        months <= p.deal_review_months_ahead,
    )
    return Duty(
        code,
        Step("OPP-4", "deal_review", "Its Net ARR and forecast call for a deal review", applies, cite.DEAL_REVIEW),
        _held("OPP-4", "deal_review_met", code, "The deal review was held", cite.DEAL_REVIEW),
    )


def _red_green_review(p: DutyParameters) -> Duty:
    by_forecast = all_of(fact.months_to_close >= 0, fact.months_to_close <= 0)
    could = any_of(
        fact.could_close.is_known & fact.could_close.holds,
        ~fact.could_close.is_known & by_forecast,
    )
    applies = all_of(_from(fact.net_arr, p.smb_red_green_from, p.mm_red_green_from), could)
    return Duty(
        DutyCode.RED_GREEN_REVIEW,
        Step("OPP-5", "red_green", "It could close, and its Net ARR calls for red or green", applies, cite.RED_GREEN),
        Step("OPP-5", "red_green_met", "Every question has its answer", all_of(*_questions()), cite.IN_ORDER),
    )


def _questions() -> Iterator[Clause]:
    """The questions of the meeting: an answer counts where every one before it does."""
    code = DutyCode.RED_GREEN_REVIEW
    before: list[Expression] = []
    for item, title, citation in (
        ("red_or_green", "Red or green", cite.COLOUR),
        ("why_do_anything", "Why the customer acts at all", cite.WHY_ANYTHING),
        ("why_gitlab", "Why it chooses GitLab", cite.WHY_GITLAB),
        ("why_now", "Why it acts now", cite.WHY_NOW),
        ("closest_relationship", "How high the closest contact stands", cite.RELATIONSHIP),
        ("help_with_timing", "How that contact helps to learn the time", cite.HELP_TIMING),
        ("help_with_access", "How that contact helps to reach who knows", cite.HELP_ACCESS),
        ("next_step", "What the account executive does next", cite.NEXT_STEP),
    ):
        before.append(shown(code, item).holds)
        yield Clause(item, title, all_of(*before), citation)
    first = fact.first_meeting.holds
    lookback = any_of(~first, shown(code, "lookback").holds)
    yield Clause("lookback", "At the first meeting of a period: actual beside commitment", lookback, cite.LOOKBACK)


def _next_steps(p: DutyParameters) -> Duty:
    code, days = DutyCode.NEXT_STEPS, fact.days_to_next_step
    items = (
        Clause("next_steps", "There are next steps", fact.next_steps.holds, cite.STEPS_CURRENT),
        Clause("next_steps_owner", "Somebody owns them", fact.next_steps_owner.holds, cite.STEPS_CURRENT),
        Clause("next_step_on", "Their day is not past", days >= 0, cite.STEPS_CURRENT),
        Clause(
            "spelled_out",
            "What lies far ahead is spelled out",
            any_of(days <= p.next_step_days, shown(code, "spelled_out").holds),
            cite.STEPS_FAR,
        ),
    )
    dated = ReminderRule(
        "days_or_history",
        "The next steps hold a day or a history: leave in them what is done next, and nothing else.",
        Given(fact.next_steps_dated.holds),
        cite.STEPS_ALONE,
    )
    return Duty(
        code,
        Step("OPP-8", "next_steps", "An open opportunity has next steps", ~fact.closed.holds, cite.STEPS_CURRENT),
        Step("OPP-8", "next_steps_met", "They are there, owned and not past", all_of(*items), cite.STEPS_CURRENT),
        (dated,),
    )


def _above(measured: Quantity, smb: int, mid_market: int) -> Expression:
    """Beyond the bound of its segment: the bound itself is not above it."""
    return any_of(
        fact.segment.is_in(Segment.SMB) & (measured > smb),
        fact.segment.is_in(Segment.MM) & (measured > mid_market),
    )


def _from(measured: Quantity, smb: int, mid_market: int) -> Expression:
    """At the bound of its segment, or beyond it."""
    return any_of(
        fact.segment.is_in(Segment.SMB) & (measured >= smb),
        fact.segment.is_in(Segment.MM) & (measured >= mid_market),
    )


def _items(code: DutyCode, *items: tuple[str, str, Citation]) -> tuple[Clause, ...]:
    return tuple(Clause(item, title, shown(code, item).holds, citation) for item, title, citation in items)


def _held(rule: str, part: str, code: DutyCode, title: str, citation: Citation) -> Step:
    return Step(rule, part, title, all_of(*_items(code, ("held", title, citation))), citation)
