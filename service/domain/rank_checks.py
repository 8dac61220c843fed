"""What the handbook asks of an account's rank, rule by rule, and what is refused (RANK-1 to RANK-5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain import rank_citations as cite
from service.domain.clauses import Citation, Outcome
from service.domain.errors import DomainError
from service.domain.explain import ExplainedClause
from service.domain.ranges import Range
from service.domain.ranks import GivenRank, Held, Rank
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_steps import top_places_step
from service.domain.sellers import Sellers
from service.domain.terms import Segment
from service.domain.wording import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a rule asks of a rank. ``met`` is not asked where it does not apply; None is unknown in both.

    ``lacks`` says what is to be done where it is not met, in the field at ``pointer``.
    """

    rule: str
    title: str
    text: str
    applies: Outcome
    met: Outcome
    facts: Mapping[str, Any]
    citation: Citation
    pointer: str
    lacks: str

    @property
    def outcome(self) -> Outcome:
        """Whether the rule is kept: also where it asks nothing."""
        return True if self.applies is False else self.met


class RankIncompleteError(DomainError):
    """The rank lacks what the handbook asks for (RANK-1, RANK-2, RANK-5): add it."""

    code = "rank_incomplete"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class NotTheOwnerError(DomainError):
    """The account is another's, who alone gives it its rank (RANK-4)."""

    code = "not_the_owner"
    pointer = "/account_executive"

    def __init__(self, account_id: str, owner: str) -> None:
        super().__init__(f"Account {account_id} is owned by {owner}, and nobody else gives it a rank (RANK-4)")


class TopTenFullError(DomainError):
    """As many SMB accounts of the account executive as may have rank 1 (RANK-3): give one of them another first."""

    code = "top_ten_full"
    pointer = "/rank"

    def __init__(self, account_executive: str, taken: Sequence[str], places: int) -> None:
        self.taken, self.places = tuple(taken), places
        super().__init__(
            f"{account_executive} has {quantity(len(taken), 'SMB account')} of rank 1, and may have {places} (RANK-3): "
            f"{', '.join(taken)}. Give one of them another rank first"
        )


def checks_of(
    given: GivenRank, held: Held, others: int, sellers: Sellers, today: date, bounds: SalesBounds
) -> list[Check]:
    """What the rules ask of a rank as its account stands now, RANK-1 to RANK-5 in their order.

    ``others`` counts the places that other accounts of its account executive have. Without a segment RANK-1 to RANK-3
    are unknown.
    """
    segment, rank = held.segment, held.rank
    facts = {"segment": segment, "rank": rank}
    is_smb = None if segment is None else segment is Segment.SMB
    users, note = given.potential_users, given.note
    upper = _when(is_smb, holds=rank in {Rank.ONE, Rank.ONE_AND_A_HALF})
    lower = _when(is_smb, holds=rank in {Rank.TWO, Rank.THREE})
    listed = _when(is_smb, holds=rank is Rank.ONE and not held.is_stale(sellers, today))
    owner = sellers.owner(held.owner_id)
    lacking = _lacking(given)
    top_places = top_places_step(bounds)
    return [
        Check(
            rule="RANK-1",
            title="Potential users",
            text="An SMB account of rank 1 or 1.5 has the number of its potential users",
            applies=upper,
            met=_met(upper, holds=users is not None),
            facts=facts | {"potential_users": str(users) if isinstance(users, Range) else users},
            citation=cite.POTENTIAL_USERS,
            pointer="/potential_users",
            lacks=f"An SMB account of rank {rank} needs the number of its potential users",
        ),
        Check(
            rule="RANK-2",
            title="Note",
            text="An SMB account of rank 2 or 3 has a note that says why",
            applies=lower,
            met=_met(lower, holds=note is not None),
            facts=facts | {"note": note is not None},
            citation=cite.NOTE,
            pointer="/note",
            lacks=f"An SMB account of rank {rank} needs a note that says why",
        ),
        Check(
            rule="RANK-3",
            title="Top places",
            text=top_places.title,
            applies=listed,
            met=_met(listed, holds=top_places.ask({"other_places": others}, []) is True),
            facts=facts | {"other_places": others},
            citation=top_places.citation,
            pointer="/rank",
            lacks="Every place is taken",
        ),
        Check(
            rule="RANK-4",
            title="Current",
            text="The rank is the present owner's, given or re-affirmed in this fiscal year",
            applies=True,
            met=held.is_owners(sellers) if held.is_of_the_year(today) else False,
            facts={"account_executive": given.account_executive, "owner": owner, "ranked_on": held.ranked_on},
            citation=cite.CURRENT,
            pointer="/account_executive",
            lacks=" ".join(held.why_stale(sellers, today)),
        ),
        Check(
            rule="RANK-5",
            title="Reasons",
            text="The rank has a reason and its sources; an unchanged one has a note that says why",
            applies=True,
            met=not lacking,
            facts={"reason": bool(given.reason or note), "sources": len(given.sources), "previous": given.previous},
            citation=cite.REASONS,
            pointer=lacking[0][0] if lacking else "",
            lacks=lacking[0][1] if lacking else "",
        ),
    ]


def refuse_unmet(
    checks: Sequence[Check],
    given: GivenRank,
    held: Held,
    taken: Sequence[str],
    sellers: Sellers,
    places: int,
    *,
    has_place: bool = False,
) -> None:
    """See that a rank may be recorded; ``taken`` names the other accounts that have one of the ``places``.

    Who ``has_place`` already keeps it, also where there are fewer of them by now.

    Raises:
        NotTheOwnerError: its account has another owner.
        RankIncompleteError: it lacks something.
        TopTenFullError: there is no place left.
    """
    owner = sellers.owner(held.owner_id)
    if owner is not None and held.is_owners(sellers) is False:
        raise NotTheOwnerError(held.account_id, sellers.called(owner))
    unmet = [each for each in checks if each.met is False]
    for each in unmet:
        if each.rule != "RANK-3":
            raise RankIncompleteError(each.pointer, f"{each.lacks} ({each.rule})")
    if unmet and not has_place:
        raise TopTenFullError(given.account_executive, taken, places)


def explained(checks: Sequence[Check]) -> Iterator[ExplainedClause]:
    """What the rules ask, clause by clause."""
    for each in checks:
        name = each.title.lower().replace(" ", "_")
        yield ExplainedClause(
            each.rule, name, each.title, each.text, each.outcome, dict(each.facts), each.citation, children=[]
        )


def _when(is_smb: Outcome, *, holds: bool) -> Outcome:
    return holds if is_smb else is_smb


def _met(applies: Outcome, *, holds: bool) -> Outcome:
    return holds if applies else None


def _lacking(given: GivenRank) -> list[tuple[str, str]]:
    """What RANK-5 asks for and is not there, by its field."""
    lacking = []
    if not given.sources:
        lacking.append(("/sources", "A rank needs its sources, one at least"))
    if given.is_reaffirmed and given.note is None:
        lacking.append(("/note", f"The account has rank {given.rank} already: a note says that it stays, and why"))
    elif given.reason is None and given.note is None:
        lacking.append(("/reason", "A rank needs a reason, or a note that says why"))
    return lacking
