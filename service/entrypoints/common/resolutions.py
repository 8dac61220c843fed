"""The VP's answer to a review, as every entry point takes it."""

from pydantic import Field

from service.domain.fields import Frozen, Prose
from service.domain.terms import Segment


class ResolutionRequest(Frozen):
    """The segment that the VP of Commercial Sales decides, and why (SEG-5)."""

    segment: Segment = Field(description="SMB, MM or LARGE; it may go against the recommendation.")
    reason: Prose = Field(description="Why.")
