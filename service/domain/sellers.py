"""Who is meant by a name, an email or an id: whoever it is, one person, however somebody spells it."""

from collections import defaultdict
from datetime import date

from service.domain.account_ids import SHORT, full_user_id
from service.domain.people import Period, Periods, SeveralPeopleError, find_person, people_on, same_person


class Sellers:
    """The people on record, asked who is meant: of those of a day, or else of all who were ever on record."""

    def __init__(self, periods: Periods, day: date) -> None:
        self._day = day
        self._people = people_on(day, periods)
        self._owners = {each.crm_user_id: person_id for person_id, each in self._people.items() if each.crm_user_id}
        self._called = defaultdict[str, list[tuple[str, Period]]](list)
        self._names = defaultdict[str, set[str]](set)
        for (person_id, _), period in periods.items():
            for name in _names_of(person_id, period):
                self._called[same_person(name)].append((person_id, period))
                self._names[same_person(person_id)].add(name)
        self._found: dict[tuple[str, date], str] = {}

    def find(self, named: str, pointer: str, on: date | None = None) -> str | None:
        """The id of who is meant, of the people of ``on``, or else of another day; None where nobody is.

        Raises:
            SeveralPeopleError: several are; ``pointer`` is the field that says so.
        """
        called = self._called.get(same_person(named), ())
        for person_id, _ in called:  # an id is one in any case
            if same_person(person_id) == same_person(named):
                return person_id
        then = {person_id: period for person_id, period in called if period.holds_on(on or self._day)}
        return find_person(named, then, pointer) or find_person(named, dict(called), pointer)

    def meant(self, named: str, pointer: str = "/account_executive", on: date | None = None) -> str:
        """Whose work is meant, by the one who does it: a person's id, or the name where nobody has it.

        Raises:
            SeveralPeopleError: several people have the name; ``pointer`` is the field that says so.
        """
        return same_person(self.find(named, pointer, on) or named)

    def whose(self, recorded: str, on: date | None = None) -> str:
        """Whose work a record is: what was kept as a name may be a person's by now."""
        key = (recorded, on or self._day)
        if key not in self._found:  # a long book has few names, and there may be many people
            try:
                self._found[key] = self.meant(recorded, on=on)
            except SeveralPeopleError:
                self._found[key] = same_person(recorded)
        return self._found[key]

    def may_be(self, recorded: str, person: str) -> bool:
        """Whether a record may be of whoever is meant: on some day they were called so."""
        return same_person(recorded) in {person, *map(same_person, self._names.get(person, ()))}

    def names(self, person: str) -> set[str]:
        """All that the records of whoever is meant may be kept under, and those of nobody else."""
        return {person, *(same_person(name) for name in self._names.get(person, ()) if self.whose(name) == person)}

    def owner(self, owner_id: str | None) -> str | None:
        """The id of the person who has a user of the CRM on the day; None where nobody is known to."""
        return None if owner_id is None else self._owners.get(owner_id)

    def name(self, person: str) -> str | None:
        """The name, on the day, of whoever is meant; None where nobody is known."""
        return next((each.name for key, each in self._people.items() if same_person(key) == person), None)

    def called(self, person_id: str) -> str:
        """The name of a person of the day, with the id."""
        return f"{self._people[person_id].name} ({person_id})"


NOBODY = Sellers({}, date.min)
"""Where nobody is on record: whoever spells a name alike means one person."""


def _names_of(person_id: str, period: Period) -> set[str]:
    user = period.crm_user_id
    short = user[:SHORT] if user is not None and full_user_id(user[:SHORT]) == user else None
    return {each for each in (person_id, user, short, period.email, period.name) if each}
