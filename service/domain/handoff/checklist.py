"""The checklist of a First Order handoff: what each side does, in order, and what shows it (HAND-4, HAND-5)."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from service.domain import fy23_citations as cite
from service.domain.clauses import Citation
from service.domain.handoff.evidence import (
    AccountActivity,
    ChatterPosted,
    ContactScheduled,
    Evidence,
    GrowthBeforeRenewal,
    GrowthOpportunity,
    HandoffContact,
    Introduced,
    LicenseInstalled,
    MaterialEditable,
    NamedAeFound,
    TaggedNotesRead,
    TamDetermined,
)


class Side(StrEnum):
    """Who an item belongs to: the team that hands the account over, or the one that receives it."""

    FIRST_ORDER = "first_order"
    RECEIVING = "receiving"


RULES = {Side.FIRST_ORDER: "HAND-4", Side.RECEIVING: "HAND-5"}
"""The rule that each side's items stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to be done, with its evidence. ``needs_receiver``: not before it is known who receives the account."""

    name: str
    title: str
    citation: Citation
    evidence: type[Evidence]
    needs_receiver: bool = True

    @property
    def side(self) -> Side:
        """The side that it belongs to."""
        return next(side for side, items in CHECKLISTS.items() if self in items)

    @property
    def number(self) -> int:
        """Its number on that side's list."""
        return CHECKLISTS[self.side].index(self) + 1

    @property
    def rule(self) -> str:
        """The rule that asks for it."""
        return RULES[self.side]


CHECKLISTS = {
    Side.FIRST_ORDER: (
        Item(
            name="find-named-ae",
            title="Find out which AE takes the account over",
            citation=cite.FIND_NAMED_AE,
            evidence=NamedAeFound,
        ),
        Item(
            name="license-installed",
            title="See the license received and installed by the customer",
            citation=cite.LICENSE_INSTALLED,
            evidence=LicenseInstalled,
            needs_receiver=False,
        ),
        Item(
            name="chatter-posted",
            title="Ask in Chatter for account and renewal opportunity to be put in the new AE's name",
            citation=cite.CHATTER_POSTED,
            evidence=ChatterPosted,
        ),
        Item(
            name="account-activity",
            title="Log the account summary, with all six parts",
            citation=cite.ACCOUNT_ACTIVITY,
            evidence=AccountActivity,
            needs_receiver=False,
        ),
        Item(
            name="handoff-contact",
            title="Hold the handoff call, or send the handoff email where one is allowed",
            citation=cite.HANDOFF_CONTACT,
            evidence=HandoffContact,
        ),
        Item(
            name="material-editable",
            title="Let everyone edit the material made for the account",
            citation=cite.MATERIAL_EDITABLE,
            evidence=MaterialEditable,
            needs_receiver=False,
        ),
    ),
    Side.RECEIVING: (
        Item(
            name="contact-scheduled",
            title="Schedule the handoff call or email together with the First Order AE",
            citation=cite.CONTACT_SCHEDULED,
            evidence=ContactScheduled,
        ),
        Item(
            name="introduced",
            title="Introduce yourself in reply to the handoff email or invitation",
            citation=cite.INTRODUCED,
            evidence=Introduced,
        ),
        Item(
            name="growth-opportunity",
            title="Read the First Order AE's notes, and open the growth opportunity that they suggest",
            citation=cite.GROWTH_OPPORTUNITY,
            evidence=GrowthOpportunity,
        ),
        Item(
            name="tagged-notes-read",
            title="Read every note tagged (ii)",
            citation=cite.TAGGED_NOTES_READ,
            evidence=TaggedNotesRead,
        ),
        Item(
            name="tam-determined",
            title="Determine whether a TAM is appropriate, and request one if so",
            citation=cite.TAM_DETERMINED,
            evidence=TamDetermined,
        ),
        Item(
            name="growth-before-renewal",
            title="Open an opportunity for growth before the first renewal, or say why none is expected",
            citation=cite.GROWTH_BEFORE_RENEWAL,
            evidence=GrowthBeforeRenewal,
        ),
    ),
}
"""The items of each side, in order."""
ITEMS = tuple(chain.from_iterable(CHECKLISTS.values()))
"""Every item, in order."""
ITEMS_BY_NAME = {item.name: item for item in ITEMS}


def parse_evidence(item: Item, data: bytes | str) -> Evidence:
    """Read the evidence of an item from JSON.

    Raises:
        ValidationError: it lacks what the item asks for, or contradicts itself.
    """
    return item.evidence.model_validate_json(data)


def evidence_to_json(evidence: Evidence) -> str:
    """Write evidence as JSON: amounts as text to the cent, and without what was left out."""
    return evidence.model_dump_json(exclude_none=True)
