"""See what a submission about an account would record, and record nothing."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from service.store.database import Database
from service.store.decisions import standing_decision, standing_state
from service.store.policies import current_policies
from service.store.recording import Proposal, Standing, Submission
from service.store.reviews import complete_move, reviews_of_account
from service.usecases.classify import handoffs_of

T = TypeVar("T")


def foresee(database: Database, submission: Submission[T], at: datetime) -> Proposal[T]:
    """What would be recorded of a whole account's submission, by what the record holds now. It is not about disputes.

    Raises:
        DomainError: the rules refuse it.
        StoreUnavailableError: the database cannot be reached.
    """
    engine, account_id = database.engine, submission.account_id
    account = standing_state(engine, account_id)
    if account is not None:
        account = replace(account, move=complete_move(engine, account_id, account.move))
    standing = Standing(
        at=at,
        policies=current_policies(engine),
        account=account,
        reviews=reviews_of_account(engine, account_id),
        previous=standing_decision(engine, account_id),
        handoffs=tuple(handoffs_of(database, account_id)),
    )
    return submission.decide(standing)
