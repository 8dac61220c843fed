"""What can go wrong in deciding: a name, a stable code and its facts. Entry points translate; no HTTP here."""

from datetime import date


class DomainError(Exception):
    """Something that the rules do not allow. ``code`` is stable; ``pointer`` names the field of a request at fault."""

    code: str
    pointer: str | None = None


class NoPolicyInForceError(DomainError):
    """No policy was in force on the day asked for: give a day from the first policy's start on."""

    code = "no_policy_in_force"
    pointer = "/effective_on"

    def __init__(self, on: date, first_from: date) -> None:
        super().__init__(f"No policy was in force on {on}; the first one starts on {first_from}")
        self.on = on
        self.first_from = first_from


class UnroutableAccountError(DomainError):
    """No routing rule covers the facts: the account is not in the CRM, and comes by no motion. State either."""

    code = "unroutable_account"
    pointer = "/account/crm_created_on"

    def __init__(self, account_id: str) -> None:
        super().__init__(
            "A Mid-Market account with motion existing is routed by the day on which it was created in the CRM "
            "(ROUTE-3, ROUTE-6): give crm_created_on, or motion inbound_mql or outbound for an account that the CRM "
            "does not have yet"
        )
        self.account_id = account_id
