"""The console's routes, in the order in which a request is held to them."""

from service.entrypoints.console import (
    account,
    account_acts,
    accounts,
    decisions,
    dispute,
    first_key,
    glossary,
    handoff,
    handoff_steps,
    handoffs,
    home,
    nowhere,
    packet,
    review,
    reviews,
    sign_in,
    single_sign_on,
    static,
)

ROUTERS = (
    static.router,
    sign_in.router,
    single_sign_on.router,
    single_sign_on.back,
    first_key.router,
    home.router,
    accounts.router,
    account.router,
    decisions.router,
    glossary.router,
    account_acts.router,
    packet.router,
    dispute.router,
    handoffs.router,
    handoff.router,
    handoff_steps.router,
    reviews.router,
    review.router,
    nowhere.router,  # whatever no other one answers
)
