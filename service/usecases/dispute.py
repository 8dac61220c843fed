"""Dispute an account's segment: a review is asked for, beside the decision that stands meanwhile (SEG-5)."""

from datetime import date

from service.domain.disputes import Dispute
from service.domain.errors import DisputeOpenError, UnknownAccountError
from service.domain.review_queue import Review
from service.domain.reviews import ReviewStatus, ReviewType
from service.store.recording import Asked, PutDispute, Standing, Submission
from service.usecases.resolve_review import outcomes


def propose_dispute(account_id: str, dispute: Dispute, today: date, asked: Asked) -> Submission[Review]:
    """A dispute to be recorded, of the account as it then stands: one of an account is open at a time.

    It is the review that it opens, which blocks nothing and is closed by its resolution alone.
    """

    def decide_on(standing: Standing) -> PutDispute:
        stands, account = standing.previous, standing.account
        if stands is None or account is None:
            raise UnknownAccountError(account_id)
        for known, status in standing.disputes.items():
            if status is ReviewStatus.OPEN:
                raise DisputeOpenError(account_id, known)
        led = outcomes(stands, account.move, standing.handoffs, standing.policies, today)
        return PutDispute(
            lambda new_id: Review(
                id=new_id,
                kind=ReviewType.DISPUTE,
                account_id=account_id,
                dispute=dispute,
                blocking=False,
                status=ReviewStatus.OPEN,
                opened_at=standing.at,
                opened_by_decision_id=stands.id,
                decision=stands,
                standing=stands,
                outcomes=led,
            )
        )

    return Submission(account_id=account_id, asked=asked, decide=decide_on, whole=True, of_dispute=True)
