"""The page of a handoff: both checklists with what shows each item, its week, its other steps, and its texts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from service.domain.handoff.checklist import CHECKLISTS, ITEMS, Item, Side
from service.domain.handoff.evidence import Evidence
from service.domain.handoff.state import Handoff, HandoffStatus
from service.domain.handoff.texts import account_activity, chatter_post, customer_email
from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.fields import ONCE, FieldView, Typed, elsewhere, fields_of, label_of
from service.entrypoints.console.handoff_forms import FORMS, TICK, UNTICK, Form, open_to
from service.entrypoints.console.handoff_words import (
    HANDOFF_STATUSES,
    SIDES,
    receiver_words,
    stands_in_words,
    step_told,
    tick_said,
    week_of,
)
from service.entrypoints.console.handoffs import PATH
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.store.handoffs import find_handoff
from service.usecases.handoffs import Acting
from service.usecases.people import addressed

router = APIRouter(route_class=PageRoute, include_in_schema=False)
HandoffId = Annotated[UUID, Path(description="The handoff's identifier.")]


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent and not taken: which one, what was typed, and what is wrong."""

    name: str = ""
    typed: Typed = field(default_factory=dict)
    problem: ProblemError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """A form of the page. ``once`` is what tells it from every other one."""

    name: str
    title: str
    says: str
    button: str
    action: str
    once: str
    fields: list[FieldView]
    wrong: list[str]
    ticks: list[tuple[str, str, bool]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """It was sent and not taken."""
        return bool(self.wrong or any(each.error for each in self.fields))


@router.get(PATH + "/{handoff_id}")
def get_handoff(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], handoff_id: HandoffId
) -> Response:
    """A handoff."""
    return show_handoff(request, visitor, handoff_id, Sent())


def show_handoff(request: Request, visitor: Visitor, handoff_id: UUID, sent: Sent) -> Response:
    """A handoff; with the form that was sent and not taken, if any."""
    context = context_of(request)
    recorded = known(find_handoff(context.database.engine, handoff_id), "handoff", handoff_id)
    handoff, today = recorded.handoff, context.today()
    terms, path = handoff.terms, f"{PATH}/{segment(handoff_id)}"
    making = _Making(path, handoff, sent, context.new_id)
    sides = Acting(visitor.team, for_both=Scope.ADMIN in visitor.scopes).sides(handoff)
    name = terms.account_name or terms.account_id
    whom = addressed(context.database, handoff, today)
    view: dict[str, object] = {
        "path": path,
        "name": name,
        "account_id": terms.account_id,
        "account_path": f"/console/accounts/{segment(terms.account_id)}",
        "status": HANDOFF_STATUSES[handoff.status],
        "stands": stands_in_words(handoff, today),
        "facts": _facts(handoff),
        "week": week_of(handoff, today),
        "due": on_day(terms.due_on),
        "in_touch": None if handoff.two_way_on is None else on_day(handoff.two_way_on),
        "in_time": handoff.in_time,
        "sides": [
            {
                "title": title,
                "items": [
                    making.item(each, visitor, is_mine=side in sides, zone=context.zone) for each in CHECKLISTS[side]
                ],
                "is_mine": side in sides and Scope.HANDOFF in visitor.scopes,
                "for": _acts_for(side, handoff),
            }
            for side, title in SIDES.items()
        ],
        "forms_open": [making.form(each) for each in FORMS if open_to(each, handoff, visitor, sides)],
        "steps": [step_told(each, context.zone) for each in reversed(recorded.steps)],
        "started": at_instant(recorded.started_at, context.zone),
        "started_by": recorded.started_by,
        "decisions": [f"/console/decisions/{segment(each)}" for each in recorded.decision_ids],
        "texts": [
            ("Post for Chatter", "chatter", chatter_post(handoff, whom)),
            ("Account activity", "activity", account_activity(handoff)),
            ("Email to the customer", "email", customer_email(handoff, whom)),
        ],
    }
    view["wrong"] = making.wrong_with_none()
    return page(request, "handoff.html", f"Handoff of {name}", view)


def _acts_for(side: Side, handoff: Handoff) -> str:
    return "Key Accounts First Order" if side is Side.FIRST_ORDER else receiver_words(handoff.receiver)


class _Making:
    """Makes the forms of a page: each carries what tells it from the others, and one that was not taken what it had."""

    def __init__(self, path: str, handoff: Handoff, sent: Sent, new_id: Callable[[], UUID]) -> None:
        self._path, self._handoff, self._sent, self._new_id = path, handoff, sent, new_id
        self._made: set[str] = set()

    def wrong_with_none(self) -> list[str]:
        """What is wrong with a form that the page has not, or no longer; asked once all others are made."""
        return [] if self._sent.name in self._made else elsewhere(self._sent.problem, ())

    def item(self, item: Item, visitor: Visitor, *, is_mine: bool, zone: Any) -> dict[str, object]:  # noqa: ANN401 - a time zone
        """An item, with the form that ticks it, or that takes its tick away."""
        handoff, tick = self._handoff, self._handoff.ticks.get(item.name)
        waits = handoff.status is HandoffStatus.ESCALATED and item.needs_receiver
        may = is_mine and Scope.HANDOFF in visitor.scopes and not handoff.is_closed
        form = None
        if may and tick is not None:
            form = self.form(UNTICK, item)
        elif may and not waits:
            form = self.form(TICK, item)
        return {
            "name": item.name,
            "number": item.number,
            "title": item.title,
            "rule": item.rule,
            "place": f"{item.citation.heading}, {item.citation.item}",
            "gist": item.citation.gist,
            "required": handoff.is_required(item),
            "waits": waits and tick is None,
            "by": None if tick is None else tick.by,
            "at": None if tick is None else at_instant(tick.at, zone),
            "evidence": [] if tick is None else evidence_told(tick.evidence),
            "form": form,
        }

    def form(self, form: Form, item: Item | None = None) -> FormView:
        """A form of the page, with what was typed into it."""
        name = form.name if item is None else f"{item.name}.{form.name}"
        is_sent = self._sent.name == name
        self._made.add(name)
        typed, problem = (self._sent.typed, self._sent.problem) if is_sent else ({}, None)
        prefix = f"{name}."
        if item is not None and form.name == "tick":
            typed = {f"{prefix}name": self._handoff.terms.activity_name} | dict(typed)
        model = form.model or (item.evidence if item is not None and form.name == "tick" else None)
        fields = [] if model is None else fields_of(model, typed, problem, without=("items",), prefix=prefix)
        ticks = [
            (f"{prefix}items.{each.name}", each.title, f"{prefix}items.{each.name}" in typed)
            for each in ITEMS
            if form.name == "reopening" and each.name in self._handoff.ticks
        ]
        return FormView(
            name=name,
            title=form.title,
            says=tick_said(self._handoff, item.name) if item is not None and form.name == "tick" else form.says,
            button=form.button,
            action=self._path + (form.path if item is None else form.path.format(item=item.name)),
            once=(typed.get(ONCE) if is_sent else None) or str(self._new_id()),
            fields=fields,
            wrong=elsewhere(problem, fields),
            ticks=ticks,
        )


def evidence_told(evidence: Evidence) -> list[tuple[str, str]]:
    """What shows that an item is done, field by field."""
    values = ((name, getattr(evidence, name)) for name in type(evidence).model_fields)
    return [(label_of(name), _value(value)) for name, value in values if value is not None]


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return on_day(value).text
        case Decimal():
            return f"{value:,} US dollars"
        case tuple():
            return "; ".join(map(str, value)) or "none"
        case _:
            return str(value)


def _facts(handoff: Handoff) -> list[tuple[str, str]]:
    terms = handoff.terms
    told = {
        "Receives it": receiver_words(handoff.receiver),
        "From": terms.first_order_ae,
        "To": handoff.named_ae or "not known",
        "Opportunity": terms.opportunity_id,
        "Closed": on_day(terms.closed_on).text,
        "Initial amount": _value(terms.initial_amount),
        "Immediate potential": "not known" if terms.immediate_potential is None else _value(terms.immediate_potential),
        "Total users": "not known" if terms.total_users is None else f"{terms.total_users:,}",
        "nARR": "not known" if terms.net_arr is None else _value(terms.net_arr),
    }
    return list(told.items())
