"""The console's routes, in the order in which a request is held to them."""

from service.entrypoints.console import (
    account,
    accounts,
    check_table,
    decisions,
    first_key,
    glossary,
    home,
    nowhere,
    sign_in,
    static,
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
    glossary.router,
    nowhere.router,  # whatever no other one answers
)
