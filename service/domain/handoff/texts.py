"""The texts that a person pastes for a handoff, made of its facts and nothing else (HAND-4): a gap is said to be one.

The Chatter post and the activity are for colleagues. The email is for the customer, so it is silent about teams,
amounts and expectations.
"""

from decimal import Decimal

from service.domain.handoff.addressees import Addressees, as_stated
from service.domain.handoff.evidence import AccountActivity, ContactMode
from service.domain.handoff.state import Handoff, HandoffStatus
from service.domain.terms import Team
from service.domain.wording import TEAM_NAMES

NOT_KNOWN = "(not known)"
NOT_FILLED_IN = "not filled in yet"
_PARTS = (
    "Use case, and why GitLab was chosen",
    "Key contacts",
    "Net ARR expected over the next 12 months",
    "Next order expected by",
    "Net ARR estimated for the next opportunity",
    "What these three expectations rest on",
)
_AE_TITLES = {Team.MMKAN: "Named AE", Team.MM_TERRITORY: "Territory AE"}


def chatter_post(handoff: Handoff, whom: Addressees | None = None) -> str:
    """The post that asks for account and renewal to be put in the new AE's name, and whom it goes to (item 3)."""
    terms, whom = handoff.terms, whom or as_stated(handoff)
    account = f"{terms.account_name or NOT_KNOWN} ({terms.account_id})"
    won = f"Opportunity {terms.opportunity_id} was closed won on {terms.closed_on} by {whom.first_order_ae}."
    if handoff.status is HandoffStatus.KEPT:
        stays = f"The account stays with {TEAM_NAMES[Team.MMKAFO]}; no change is asked for."
        return "\n".join([f"First order of {account}", "", won, stays])
    receiver = _receiver(handoff)
    named_ae = whom.named_ae or NOT_KNOWN
    title = "new AE" if receiver is None else _AE_TITLES.get(receiver, "new AE")
    team = NOT_KNOWN if receiver is None else TEAM_NAMES[receiver]
    to = (
        f"{title} {named_ae}",
        _named("their ASM", whom.named_asm),
        _named("the First Order ASM", whom.first_order_asm),
        "Sales-Support",
        _named("the Mid-Market Global Director", whom.global_director),
    )
    return "\n".join(
        [
            f"Handoff of {account} to {team}",
            f"To: {', '.join(to)}",
            "",
            won,
            f"Please put the account and its renewal opportunity in the name of the {title}: {named_ae}.",
        ]
    )


def account_activity(handoff: Handoff) -> str:
    """The account summary: its one right name, and the six parts as far as they are filled in (item 4)."""
    summary = handoff.evidence(AccountActivity)
    said = (NOT_FILLED_IN,) * len(_PARTS) if summary is None else _said(summary)
    parts = [f"{part}: {text}" for part, text in zip(_PARTS, said, strict=True)]
    return "\n".join([handoff.terms.activity_name, "", *parts])


def customer_email(handoff: Handoff, whom: Addressees | None = None) -> str:
    """The email that introduces the new AE to the customer, and asks for a call where one is needed (item 5, HAND-2).

    It stays a draft as long as it has gaps. Where the account stays with MMKAFO it introduces nobody.
    """
    terms, whom = handoff.terms, whom or as_stated(handoff)
    summary = handoff.evidence(AccountActivity)
    return "\n".join(
        [
            f"To: {NOT_KNOWN if summary is None else ', '.join(summary.key_contacts)}",
            f"Subject: Who looks after {terms.account_name or NOT_KNOWN} at GitLab",
            "",
            f"Thank you for the first order, agreed on {terms.closed_on}.",
            *_whom_to_turn_to(handoff, whom),
            "",
            whom.first_order_ae,
        ]
    )


def _named(title: str, name: str | None) -> str:
    return title if name is None else f"{title} {name}"


def _whom_to_turn_to(handoff: Handoff, whom: Addressees) -> list[str]:
    if handoff.status is HandoffStatus.KEPT:
        return ["You can go on turning to me."]
    named_ae = whom.named_ae or NOT_KNOWN
    introduced = f"From here on, {named_ae} looks after your account, and reads this too."
    if handoff.terms.mode is ContactMode.CALL:
        return [introduced, f"May the three of us meet in a call by {handoff.terms.due_on}? Which day suits you?"]
    return [introduced, f"{named_ae} will answer this email to say hello. Is there anything you would like to ask?"]


def _receiver(handoff: Handoff) -> Team | None:
    # While it is in question, the receiver of before is not the one to name.
    return None if handoff.status is HandoffStatus.ESCALATED else handoff.receiver


def _said(summary: AccountActivity) -> tuple[str, ...]:
    return (
        summary.why_gitlab,
        ", ".join(summary.key_contacts),
        _usd(summary.expected_net_arr_next_12_months),
        summary.next_order_by.isoformat(),
        _usd(summary.next_opportunity_net_arr),
        summary.why_believed,
    )


def _usd(amount: Decimal) -> str:
    return f"{amount:,.2f} USD"
