"""An event about an opportunity: a First Order that is closed won starts its handoff."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.crm.closed_won import ClosedWon, OpportunityMapping, closed_won, foreign_currency
from service.crm.facts_patch import JsonValue
from service.crm.known_record import KnownRecord, RecordChange, merge
from service.domain.terms import Team
from service.domain.triggers import Opportunity
from service.store.recording import SettleEvent, Standing, StartHandoff
from service.usecases.event_settlements import UndecidableEventError, settle
from service.usecases.handoffs import prepare_handoff

_NEEDED = ("account_id", "closed_on", "amount", "first_order_ae")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityEvent:
    """A change of an opportunity, with the account that it is of as far as is foreseen, and that one's former team.

    ``handoff_id`` is that of the handoff which it may start; of an account that the CRM has deleted none does.
    """

    change: RecordChange
    account_id: str | None
    team_as_prospect: Team | None
    mapping: OpportunityMapping
    handoff_id: UUID
    today: date
    again: bool
    is_of_a_deleted: bool = False

    def settle(self, standing: Standing) -> SettleEvent:
        """What the event makes of its opportunity."""
        return settle(
            self.change,
            standing,
            lambda before: merge(before, self.change),
            lambda after: self._started(after, standing),
            again=self.again,
        )

    def _started(self, known: KnownRecord, standing: Standing) -> StartHandoff | None:
        won = None if self.change.record_id is None else first_order_won(known, self.mapping)
        handed_over = any(each.handoff.terms.opportunity_id == self.change.about for each in standing.handoffs)
        if won is None or handed_over:
            return None
        if won.account_id is None or won.closed_on is None or won.amount is None or won.first_order_ae is None:
            missing = (name for name in _NEEDED if getattr(won, name) is None)
            raise UndecidableEventError(*((name, _why_unknown(name, known)) for name in missing))
        if won.account_id != self.account_id:
            said = "The opportunity has come to another account meanwhile"
            raise UndecidableEventError(("account_id", said), waits_for=won.account_id)
        if self.is_of_a_deleted:
            raise UndecidableEventError(("account_id", "is that of an account that the CRM has deleted"))
        opportunity = Opportunity(
            opportunity_id=won.opportunity_id,
            closed_on=won.closed_on,
            first_order_ae=won.first_order_ae,
            initial_amount=won.amount,
            immediate_potential=won.immediate_potential,
            total_users=won.total_users,
            net_arr=won.net_arr,
        )
        start = prepare_handoff(won.account_id, opportunity, None, self.team_as_prospect, self.handoff_id, self.today)
        return start(standing)


def _why_unknown(name: str, known: KnownRecord) -> str:
    currency = foreign_currency(_stated(known))
    if name == "amount" and currency is not None:
        return f"is not known of the opportunity in USD: it is in {currency}"
    return "is not known of the opportunity"


def first_order_won(known: KnownRecord, mapping: OpportunityMapping) -> ClosedWon | None:
    """The opportunity, if all that is known of it says that it is a First Order and closed won."""
    if known.deleted is not None:
        return None
    won = closed_won(known.record_id, _stated(known), mapping)
    return won if won is not None and won.is_first_order else None


def _stated(known: KnownRecord) -> dict[str, JsonValue]:
    return {name: stated.value for name, stated in known.fields.items()}
