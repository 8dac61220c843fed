"""Who the people of a handoff are, by name, for the texts that are pasted: as far as it is said who sells."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.handoff.state import Handoff
from service.domain.people import Period, Role, SeveralPeopleError, find_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressees:
    """The names that texts address: of an AE as stated, where nobody of that name is known; else None is not known."""

    first_order_ae: str
    first_order_asm: str | None = None
    named_ae: str | None = None
    named_asm: str | None = None
    global_director: str | None = None


def as_stated(handoff: Handoff) -> Addressees:
    """The AEs by the names that were stated, and nobody else."""
    return Addressees(first_order_ae=handoff.terms.first_order_ae, named_ae=handoff.named_ae)


def addressees(handoff: Handoff, people: Mapping[str, Period]) -> Addressees:
    """Who is addressed, by the people of a day.

    An ASM is the first one above the AE. The director is named where there is one alone.
    """
    seller, receiver = handoff.terms.first_order_ae, handoff.named_ae
    directors = [person.name for person in people.values() if person.role is Role.GLOBAL_DIRECTOR]
    return Addressees(
        first_order_ae=_name(seller, people) or seller,
        first_order_asm=_asm_of(seller, people),
        named_ae=None if receiver is None else _name(receiver, people) or receiver,
        named_asm=None if receiver is None else _asm_of(receiver, people),
        global_director=directors[0] if len(directors) == 1 else None,
    )


def _found(named: str, people: Mapping[str, Period]) -> str | None:
    try:
        return find_person(named, people)
    except SeveralPeopleError:
        return None


def _name(named: str, people: Mapping[str, Period]) -> str | None:
    person_id = _found(named, people)
    return None if person_id is None else people[person_id].name


def _asm_of(named: str, people: Mapping[str, Period]) -> str | None:
    person_id, passed = _found(named, people), set[str]()
    while person_id is not None and person_id in people and person_id not in passed:
        passed.add(person_id)
        person_id = people[person_id].manager_id
        above = None if person_id is None else people.get(person_id)
        if above is not None and above.role is Role.ASM:
            return above.name
    return None
