"""Who sells: what holds of people from one day to another, whom they report to, and who is meant by a name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias
from unicodedata import normalize

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from service.domain.account_ids import checked_user_id
from service.domain.errors import DomainError
from service.domain.fields import BLANK, CONTROL, CrmId, CrmUserId, Day, Frozen, Line
from service.domain.terms import Team

PersonId: TypeAlias = CrmId
Email = Annotated[str, Field(max_length=254, pattern=rf"^[^@{BLANK}{CONTROL}]+@[^@{BLANK}{CONTROL}]+$")]
Key: TypeAlias = tuple[str, date]
"""What names a period: whose it is, and its first day."""


class Role(StrEnum):
    """What somebody does in sales."""

    SDR = "sdr"
    AE = "ae"
    ASM = "asm"
    REGIONAL_DIRECTOR = "regional_director"
    VP = "vp"
    GLOBAL_DIRECTOR = "global_director"


class Period(Frozen):
    """What holds of a person for a time. A period that ends on its first day holds never: so it is taken back."""

    name: Line = Field(description="The name, as texts use it.")
    email: Email | None = Field(None, description="The address of work.")
    role: Role = Field(description="The role.")
    team: Team | None = Field(None, description="The sales team; absent for who is of none.")
    regions: Annotated[tuple[Line, ...], Field(max_length=16)] = Field((), description="The regions that it is for.")
    manager_id: PersonId | None = Field(None, description="The person that this one reports to.")
    crm_user_id: CrmUserId | None = Field(None, description="The CRM's id of its user, which owns accounts there.")
    active_from: Day = Field(description="The first day.")
    active_until: Day | None = Field(
        None, description="The first day on which it holds no more; absent is open, `active_from` takes it back."
    )

    @field_validator("active_until")
    @classmethod
    def _no_end_before_it_begins(cls, until: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("active_from")
        if until is not None and begins is not None and until < begins:
            raise PydanticCustomError("period", "It ends before it begins")
        return until

    @property
    def end(self) -> date:
        """The first day on which it holds no more; the last that there is where it is open."""
        return self.active_until or date.max

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.active_from <= day < self.end

    def meets(self, other: "Period") -> bool:
        """Whether there is a day on which both hold."""
        return max(self.active_from, other.active_from) < min(self.end, other.end)

    def words(self) -> str:
        """From when until when, in words."""
        return f"from {self.active_from}" + ("" if self.active_until is None else f" until {self.active_until}")


Periods: TypeAlias = Mapping[Key, Period]
"""What stands of everybody."""


class OverlappingPeriodError(DomainError):
    """A person, or a user of the CRM, would be two at a time: end the one period before the other begins."""

    code = "overlapping_period"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class OtherSpellingError(DomainError):
    """An id is another's in other case, and in whatever case it is one person's: use the id that is on record."""

    code = "invalid_request"
    pointer = ""

    def __init__(self, person_id: str, other: str) -> None:
        super().__init__(f"{person_id} is on record as {other}, and an id is one person's in whatever case")


class ManagerCircleError(DomainError):
    """A person would report to themselves, directly or through others: name another manager."""

    code = "manager_circle"
    pointer = "/manager_id"

    def __init__(self, person_id: str, manager_id: str, on: date) -> None:
        super().__init__(f"{manager_id} is or reports to {person_id} on {on}: a circle of managers")


class SeveralPeopleError(DomainError):
    """Several people fit what was said: name one by their id."""

    code = "several_people"

    def __init__(self, pointer: str, named: str, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        super().__init__(f"Several people are {named}: {', '.join(self.ids)}; name one by their id")
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Refusal:
    """A period that cannot stand beside the others, and why not."""

    key: Key
    error: DomainError


def refusals(standing: Periods, said: Iterable[Key]) -> Iterator[Refusal]:
    """Those of the periods said, of all that would stand, which cannot: no two of a person or a CRM user on one day.

    And no circle of managers on any, and no two ids that differ in case alone, as an id is one person's in any. A
    manager of whom nothing is said yet is taken as stated.
    """
    of_person, of_user = defaultdict[str, list[Key]](list), defaultdict[str, list[Key]](list)
    spelled = defaultdict[str, set[str]](set)
    for key, period in standing.items():
        of_person[key[0]].append(key)
        if period.active_from < period.end:
            spelled[same_person(key[0])].add(key[0])
        if period.crm_user_id is not None:
            of_user[period.crm_user_id].append(key)
    for key in said:
        period = standing[key]
        own = [each for each in of_person[key[0]] if each != key and standing[each].meets(period)]
        user = period.crm_user_id
        others = [each for each in of_user[user] if each[0] != key[0] and standing[each].meets(period)] if user else []
        alike = sorted(spelled[same_person(key[0])] - {key[0]}) if period.active_from < period.end else []
        if alike:
            yield Refusal(key, OtherSpellingError(key[0], alike[0]))
        elif own:
            other = standing[own[0]]
            pointer = "/active_from" if other.active_from < period.active_from else "/active_until"
            detail = f"{key[0]} has a period {other.words()}, which this one {period.words()} overlaps"
            yield Refusal(key, OverlappingPeriodError(pointer, detail))
        elif others:
            detail = f"{user} is the CRM user of {others[0][0]} {standing[others[0]].words()}"
            yield Refusal(key, OverlappingPeriodError("/crm_user_id", detail))
        elif (day := _day_of_circle(key[0], period, standing, of_person)) is not None:
            yield Refusal(key, ManagerCircleError(key[0], str(period.manager_id), day))


def _day_of_circle(
    person_id: str, period: Period, standing: Periods, of_person: Mapping[str, list[Key]]
) -> date | None:
    """A day of a period on which its manager is the person, or reports to them through others."""
    waiting = [(period.manager_id, period.active_from, period.end)]
    seen = set(waiting)
    while waiting:
        manager_id, begins, ends = waiting.pop()
        if manager_id is None or begins >= ends:
            continue
        if manager_id == person_id:
            return begins
        for key in of_person.get(manager_id, ()):
            of_manager = standing[key]
            higher = (of_manager.manager_id, max(begins, of_manager.active_from), min(ends, of_manager.end))
            if higher not in seen:  # of circles that others stand in, an end is found too
                seen.add(higher)
                waiting.append(higher)
    return None


def people_on(day: date, standing: Periods) -> dict[str, Period]:
    """The people of a day, by their ids."""
    return {person_id: period for (person_id, _), period in standing.items() if period.holds_on(day)}


def reports_of(person_id: str, people: Mapping[str, Period]) -> set[str]:
    """A person, with all who report to them, directly or through others."""
    found, news = {person_id}, {person_id}
    while news:
        news = {each for each, period in people.items() if period.manager_id in news} - found
        found |= news
    return found


def name_of(named: str, people: Mapping[str, Period]) -> str | None:
    """The name of whoever is meant, of the people of a day; None where nobody is, or several are."""
    try:
        person_id = find_person(named, people)
    except SeveralPeopleError:
        return None
    return None if person_id is None else people[person_id].name


def find_person(named: str, people: Mapping[str, Period], pointer: str = "") -> str | None:
    """The id of who is meant, of the people of a day: by id, CRM user id, email, or else by a name.

    None where nobody is: what was said is kept as text then.

    Raises:
        SeveralPeopleError: several are; ``pointer`` is the field that says so.
    """
    if named in people:
        return named
    ways: tuple[tuple[Callable[[str], str], Callable[[Period], str | None]], ...] = (
        (checked_user_id, lambda period: period.crm_user_id),
        (same_person, lambda period: period.email and same_person(period.email)),
        (same_person, lambda period: same_person(period.name)),
    )
    for read, said in ways:
        try:
            wanted = read(named)
        except PydanticCustomError:  # it only looks like an id
            continue
        found = sorted(person_id for person_id, period in people.items() if said(period) == wanted)
        if len(found) > 1:
            raise SeveralPeopleError(pointer, named, found)
        if found:
            return found[0]
    return None


def person_with_email(email: str, people: Mapping[str, Period]) -> str | None:
    """The id of the one person of a day who has an email; None where nobody has it, or several have."""
    wanted = same_person(email)
    found = [person_id for person_id, of in people.items() if of.email and same_person(of.email) == wanted]
    return found[0] if len(found) == 1 else None


def same_person(name: str) -> str:
    """The name of a person as it counts: spelled otherwise, in case, blanks and how accents are put, it is the same."""
    return normalize("NFC", " ".join(name.split()).casefold())
