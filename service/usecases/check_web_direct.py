"""Check a web direct purchase against the open opportunities of its account (OPP-7)."""

from dataclasses import replace

from service.domain.duties.values import is_closed
from service.domain.web_direct import OpenOpportunity, WebDirect, WebDirectCheck, check_web_direct
from service.store.database import Readable
from service.usecases.find_duties import duties_of_account


def check_purchase(database: Readable, account_id: str, purchase: WebDirect) -> WebDirectCheck:
    """What is to be done about a purchase of an account, beside whose stated opportunities those on record count.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    stated = [each.stated.opportunity for each in duties_of_account(database, account_id)]
    known = [
        OpenOpportunity(each.opportunity_id, each.title, is_recorded=True)
        for each in stated
        if each.opportunity_id is not None and not is_closed(each)
    ]
    return check_web_direct(replace(purchase, recorded=known))
