"""What a decision says beside its outcome: advice, which a person may follow, and actions, which a person must."""

from enum import StrEnum


class NoticeCode(StrEnum):
    """The kinds of advice and action. The code is stable; ``explain`` has the words."""

    UNFAMILIAR_REGION = "unfamiliar_region"
    SOURCES_DISAGREE = "sources_disagree"
    CRM_SEGMENT_DIFFERS = "crm_segment_differs"
    LINKEDIN_CONTRADICTS = "linkedin_contradicts"
    VERIFY_WITH_LINKEDIN = "verify_with_linkedin"
    OUTSIDE_GUIDELINE = "outside_guideline"
    POST_TO_CHATTER = "post_to_chatter"
    FIND_THIRD_PARTY = "find_third_party"
    AWAIT_THE_VP = "await_the_vp"
    ASK_SALES_OPERATIONS = "ask_sales_operations"
    DISCOVER = "discover"
    DISCOVERED_SIZE_DIFFERS = "discovered_size_differs"
    CHANGE_THE_OWNER = "change_the_owner"
    ESCALATE_THE_HANDOFF = "escalate_the_handoff"
    HAND_OVER_IN_TIME = "hand_over_in_time"
    HANDOFF_IS_LATE = "handoff_is_late"
    CALL_THE_CUSTOMER = "call_the_customer"
