"""Applications of policies: which accounts stand under an older revision, and how far each is that was asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Engine, and_, or_, text
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from service.domain.decision import Kind
from service.domain.errors import ApplicationUnderWayError, DomainError, HandoffUnderWayError
from service.domain.policies import Policies
from service.domain.policy import Policy
from service.domain.terms import Team
from service.store.engine import open_session
from service.store.leases import take_first
from service.store.policy_cache import read_policies
from service.store.recorder.postgres_connection import lock_number
from service.store.rows import value_of
from service.store.tables.applications import ApplicationRow
from service.store.tables.decisions import AccountRow, DecisionRow

_SLICE = 2_000
"""Accounts that are decided before it is noted how far an application is."""
_MOST_LISTED = 1_000
_LOCK = lock_number("applications")


class ApplicationStatus(StrEnum):
    """Whether an application is still under way; a newer publication stops it."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Movement:
    """How many accounts go from one team to another."""

    team_before: Team | None
    team: Team | None
    count: int


class Anew(NamedTuple):
    """What deciding an account anew made of it: nothing, where it is ``unchanged``."""

    team_before: Team | None
    team: Team | None
    unchanged: bool


class Older(NamedTuple):
    """An account that stands under an older revision, with the columns of that decision; ``is_own``: or under this."""

    account_id: str
    is_own: bool
    decision_id: UUID
    facts: str
    told_by: str | None
    status: str
    segment: str | None
    team: str | None
    rule: str
    leading_source: str | None
    leading_employees: int | None
    missing_facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of the accounts looked at so far, up to one. ``refused`` are those that no rule covers.

    Those ``in_handoff`` keep their revision; the first thousand of them are ``handed_over`` by name.
    """

    after: str | None = None
    decided: int = 0
    unchanged: int = 0
    refused: int = 0
    in_handoff: int = 0
    moves: tuple[Movement, ...] = ()
    handed_over: tuple[str, ...] = ()

    def followed_by(self, accounts: Iterable[tuple[str, Anew | DomainError | None]]) -> "Applied":
        """The same with some accounts and what was made of each; None: it stands under the revision already."""
        looked_at = list(accounts)
        decided = [made for _, made in looked_at if isinstance(made, Anew)]
        handed_over = [account_id for account_id, made in looked_at if isinstance(made, HandoffUnderWayError)]
        refused = sum(isinstance(made, DomainError) for _, made in looked_at) - len(handed_over)
        moves = Counter({(each.team_before, each.team): each.count for each in self.moves})
        moves.update((each.team_before, each.team) for each in decided if each.team_before != each.team)
        return Applied(
            after=looked_at[-1][0] if looked_at else self.after,
            decided=self.decided + len(decided),
            unchanged=self.unchanged + sum(each.unchanged for each in decided),
            refused=self.refused + refused,
            in_handoff=self.in_handoff + len(handed_over),
            moves=tuple(Movement(*teams, count) for teams, count in moves.items()),
            handed_over=(*self.handed_over, *handed_over)[:_MOST_LISTED],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A revision that accounts under older ones are decided anew under; a dry run records none of it."""

    id: UUID
    policy_id: str
    policy_version: int
    effective_on: date
    dry_run: bool
    status: ApplicationStatus
    requested_by: str
    requested_at: datetime
    request_id: str
    progress: Applied
    finished_at: datetime | None


_PROGRESS = TypeAdapter(Applied)


def request_application(  # noqa: PLR0913 - what there is to be noted of it
    session: Session,
    choose: Callable[[Policies], Policy],
    *,
    application_id: UUID,
    on: date,
    dry_run: bool,
    by: str,
    at: datetime,
    request_id: str,
    leased_until: datetime | None = None,
) -> Application:
    """Have the revision applied that is chosen of what is published; with a lease, by who asks for it.

    Raises:
        ApplicationUnderWayError: another is still under way.
        DomainError: there is nothing to choose.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    running = session.exec(select(ApplicationRow.id).where(_IS_RUNNING)).first()
    if running is not None:
        raise ApplicationUnderWayError(running)
    policy = choose(read_policies(session))
    row = ApplicationRow(
        id=application_id,
        policy_id=policy.id,
        policy_version=policy.version,
        effective_on=on,
        dry_run=dry_run,
        status=ApplicationStatus.RUNNING,
        requested_by=by,
        requested_at=at,
        request_id=request_id,
        progress=_PROGRESS.dump_json(Applied()).decode(),
        leased_until=leased_until,
        finished_at=None,
    )
    session.add(row)
    return _application(row)


def claim_application(
    engine: Engine, now: datetime, until: datetime, *, policy_id: str | None = None, dry_run: bool | None = None
) -> Application | None:
    """Take the application that nobody is at, until an instant by which more is noted; None where none such waits."""
    row, wanted = ApplicationRow, [_IS_RUNNING]
    if policy_id is not None:
        wanted.append(col(row.policy_id) == policy_id)
    if dry_run is not None:
        wanted.append(col(row.dry_run).is_(dry_run))
    return take_first(engine, row, and_(*wanted), col(row.id), (now, until), lambda _, found: _application(found))


def note_application(engine: Engine, application_id: UUID, progress: Applied, until: datetime) -> None:
    """Note how far an application is, and keep it until an instant."""
    with open_session(engine) as session:
        row = session.get_one(ApplicationRow, application_id)
        row.progress, row.leased_until = _PROGRESS.dump_json(progress).decode(), until
        session.commit()


def finish_application(engine: Engine, application_id: UUID, status: ApplicationStatus, at: datetime) -> Application:
    """Note how an application ended."""
    with open_session(engine) as session:
        row = session.get_one(ApplicationRow, application_id)
        row.status, row.finished_at, row.leased_until = status, at, None
        session.commit()
        return _application(row)


def find_application(engine: Engine, application_id: UUID) -> Application | None:
    """An application, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(ApplicationRow, application_id)
        return None if row is None else _application(row)


def accounts_to_decide(engine: Engine, of: Application, after: str | None) -> list[Older]:
    """The next accounts that stand under an older revision, in the order of their identifiers; some at a time.

    Those too that the application itself has decided, which are looked at again where a crash kept that from being
    noted.
    """
    found: list[Older] = []
    with open_session(engine) as session:
        while len(found) < _SLICE:
            page = list(session.execute(_page(of, after)))
            found += (Older(*row) for row in page if row.decision_id is not None)
            if len(page) < _SLICE:
                break
            after = page[-1].account_id
    return found[:_SLICE]


def _page(of: Application, after: str | None) -> Any:  # noqa: ANN401 - a query, whatever it is of
    """The next accounts, with the columns of ``Older``, which are NULL where it is none.

    Said so that PostgreSQL looks at no more decisions, where it has no statistics yet of those just recorded.
    """
    decision, account = DecisionRow, AccountRow
    page = columns_of(col(account.account_id), col(account.decision_id)).order_by(col(account.account_id))
    if after is not None:
        page = page.where(col(account.account_id) > after)
    of_page = page.limit(_SLICE).subquery()
    is_own = col(decision.policy_version) == of.policy_version
    own = and_(col(decision.kind) == Kind.APPLICATION, is_own, col(decision.request_id) == of.request_id)
    is_older = or_(col(decision.policy_version) < of.policy_version, own)
    told = (getattr(decision, column) for column in Older._fields[3:])
    wanted: list[Any] = [of_page.c.account_id, is_own, col(decision.id).label("decision_id"), *told]
    standing = and_(of_page.c.decision_id == col(decision.id), col(decision.policy_id) == of.policy_id, is_older)
    return columns_of(*wanted).select_from(of_page).outerjoin(decision, standing).order_by(of_page.c.account_id)


def is_full(found: Sequence[Older]) -> bool:
    """Whether there are so many accounts to decide that more may follow."""
    return len(found) == _SLICE


_IS_RUNNING = col(ApplicationRow.status) == ApplicationStatus.RUNNING


def _application(row: ApplicationRow) -> Application:
    return value_of(Application, row, progress=_PROGRESS.validate_json(row.progress))
