"""Report a conduct matter: an AE who knowingly ignored a move, or had an account deduplicated (MOVE-4, ROUTE-5)."""

from datetime import date

from service.domain.conduct import ConductMatter, RecordedMatter
from service.domain.errors import NotYetError, UnknownAccountError
from service.domain.sellers import Sellers
from service.store.recording import Asked, Proposal, ReportConduct, Standing, Submission


def propose_conduct_report(
    account_id: str, matter: ConductMatter, sellers: Sellers, today: date, asked: Asked
) -> Submission[RecordedMatter]:
    """A matter to be recorded, about the account as it then stands. It decides nothing about the account.

    Where the incident was reported before, the first report stays the one on record.

    Raises:
        NotYetError: it is of a day to come.
        SeveralPeopleError: several of the ``sellers`` are meant.
    """
    if matter.occurred_on > today:
        raise NotYetError("/occurred_on", matter.occurred_on, today)
    sellers.meant(matter.account_executive, on=matter.occurred_on)

    def report(standing: Standing) -> Proposal[RecordedMatter]:
        standing.policies.on(matter.occurred_on, "/occurred_on")
        if standing.account is None:
            raise UnknownAccountError(account_id)
        return ReportConduct(matter)

    return Submission(account_id=account_id, asked=asked, decide=report, of_conduct=sellers)
