"""What is known of one account, as a request to classify it."""

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE
from service.crm.known_record import KnownRecord
from service.crm.rows import RequestData, list_the_counts, put_fact

_PLACES = {name: place for place, name in enumerate(FACTS_BY_NAME)}


def to_request(known: KnownRecord) -> RequestData:
    """The data of a request to classify, in the form of JSON, with every fact that is known.

    Whether the facts contradict each other is found out by whoever takes the request. An account whose day of creation
    no event has stated looks like one that the CRM does not have yet.
    """
    request: RequestData = {"account": {}}
    for name in sorted(known.fields.keys() & _PLACES.keys(), key=_PLACES.__getitem__):
        if (value := known.fields[name].value) is not None:
            put_fact(request, FACTS_BY_NAME[name].place, value)
    put_fact(request, ID_PLACE, known.record_id)
    list_the_counts(request)
    return request
