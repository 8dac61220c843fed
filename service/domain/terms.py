"""The terms of the handbook: segments, teams, motions, sources and regions."""

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
