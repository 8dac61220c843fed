"""Who told what is known of a record: events of the CRM, or people with a decision that they asked for."""

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES, THIRD_PARTIES, Place
from service.crm.known_record import SAID, KnownRecord
from service.crm.said_facts import COUNTS_OF
from service.crm.statements import KnownValue
from service.domain.origins import Origin, OriginKind, Origins, grouped
from service.domain.terms import Source

_ABOUT_COUNTS = ("gap", "observed_on", "url")


def who_told(known: KnownRecord, third_parties: Origin | None) -> Origins:
    """Who told each fact, by its plain name, and that it is unknown.

    Where nobody told of third parties they stand as they did, by whoever told of them then.
    """
    fields = known.fields
    told = {THIRD_PARTIES: third_parties} if third_parties is not None else {}
    for source, name in COUNTS_OF.items():
        if name in known.said:
            about = [f"{source}_{each}" for each in _ABOUT_COUNTS]
            facts = [THIRD_PARTIES] if source is Source.THIRD_PARTY else about
            told |= dict.fromkeys(facts, _teller(fields[name]))
    told |= {_plain(fact.place): _teller(fields[name]) for name, fact in FACTS_BY_NAME.items() if name in fields}
    return grouped((fact, origin) for fact, origin in told.items() if fact != PLAIN_NAMES[ID_PLACE])


def _plain(place: Place) -> str:
    return THIRD_PARTIES if Source.THIRD_PARTY.value in place else PLAIN_NAMES[place]


def _teller(stated: KnownValue) -> Origin:
    key = stated.order.key
    if key.startswith(SAID):
        return Origin(OriginKind.DECISION, key.removeprefix(SAID))
    return Origin(OriginKind.EVENT, key)
