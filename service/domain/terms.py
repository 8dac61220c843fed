"""The terms of the handbook: segments, teams, motions, sources and regions.

What a decision says beside its outcome is advice, which a person may follow, and actions, which a person must.
"""

from enum import StrEnum
from typing import Self


class Segment(StrEnum):
    """The size segment of an account (SEG-1)."""

    SMB = "SMB"
    MM = "MM"
    LARGE = "LARGE"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        spelled_out = {"Mid-Market": "MM", "Large": "LARGE"}
        return cls(spelled_out[value]) if isinstance(value, str) and value in spelled_out else None


class Team(StrEnum):
    """A team that can own an account."""

    SMB = "SMB"
    MM_TERRITORY = "MM_TERRITORY"
    MMKAFO = "MMKAFO"
    MMKAN = "MMKAN"
    OUTSIDE_COMMERCIAL = "OUTSIDE_COMMERCIAL"


class Motion(StrEnum):
    """How the account comes."""

    EXISTING = "existing"
    INBOUND_MQL = "inbound_mql"
    OUTBOUND = "outbound"


class Source(StrEnum):
    """Who counted the employees. The first three are the primary sources, in the order of SEG-2."""

    DATAFOX = "datafox"
    ZOOMINFO = "zoominfo"
    LINKEDIN = "linkedin"
    THIRD_PARTY = "third_party"


class Basis(StrEnum):
    """What the segment rests on: the source that led, the VP's decision (SEG-5), or the CRM's mark (SEG-9)."""

    DATAFOX = "datafox"
    ZOOMINFO = "zoominfo"
    LINKEDIN = "linkedin"
    VP = "vp"
    CRM = "crm"


FAMILIAR_REGIONS = ("NORAM", "EMEA", "LATAM", "APAC")


class OpportunityKind(StrEnum):
    """What an opportunity is about."""

    NEW_BUSINESS = "new_business"
    GROWTH = "growth"
    RENEWAL = "renewal"


class LeadKind(StrEnum):
    """How a lead came: all but an inquiry are MQLs."""

    TRIAL_REQUEST = "trial_request"
    CONTACT_REQUEST = "contact_request"
    OTHER_MQL = "other_mql"
    INQUIRY = "inquiry"


class NoticeCode(StrEnum):
    """The kinds of advice and action. The code is stable; ``explain`` has the words."""

    UNFAMILIAR_REGION = "unfamiliar_region"
    SOURCES_DISAGREE = "sources_disagree"
    CRM_SEGMENT_DIFFERS = "crm_segment_differs"
    LINKEDIN_CONTRADICTS = "linkedin_contradicts"
    VERIFY_WITH_LINKEDIN = "verify_with_linkedin"
    LOOK_AT_DATAFOX = "look_at_datafox"
    OUTSIDE_GUIDELINE = "outside_guideline"
    POST_TO_CHATTER = "post_to_chatter"
    FIND_THIRD_PARTY = "find_third_party"
    AWAIT_THE_VP = "await_the_vp"
    ASK_SALES_OPERATIONS = "ask_sales_operations"
    DISCOVER = "discover"
    START_OR_FINISH_HANDOFF = "start_or_finish_handoff"
    DISCOVERED_SIZE_DIFFERS = "discovered_size_differs"
    OUTSIDE_THE_REGIONS = "outside_the_regions"
    CHANGE_THE_OWNER = "change_the_owner"
    ESCALATE_THE_HANDOFF = "escalate_the_handoff"
    HAND_OVER_IN_TIME = "hand_over_in_time"
    HANDOFF_IS_LATE = "handoff_is_late"
    CALL_THE_CUSTOMER = "call_the_customer"
