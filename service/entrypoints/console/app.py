"""The console's routes, in the order in which a request is held to them."""

from service.entrypoints.console import (
    account,
    accounts,
    applications,
    check_table,
    decisions,
    draft_forms,
    drafts,
    first_key,
    glossary,
    home,
    nowhere,
    policies,
    sign_in,
    static,
    trials,
    try_case,
)

ROUTERS = (
    static.router,
    sign_in.router,
    first_key.router,
    home.router,
    accounts.router,
    account.router,
    decisions.router,
    try_case.router,
    check_table.router,
    draft_forms.router,
    drafts.router,
    trials.router,
    applications.router,
    policies.router,
    glossary.router,
    nowhere.router,  # whatever no other one answers
)
