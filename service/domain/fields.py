"""The kinds of field that facts and requests are made of: each strict, and safe to store, print and export."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from service.domain.account_ids import checked_id, checked_user_id, full_id
from service.domain.fy23_citations import NEVER_ASK_THE_CUSTOMER

# Everything that a database, a terminal or a spreadsheet would choke on; lone surrogates never pass the JSON parser.
CONTROL = r"\x00-\x1f\x7f"
CONTROL_BUT_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
# The two blanks of which regular expressions differ: with them, the published patterns say the same to every reader.
BLANK = r"\s\x85\ufeff"
_CENT = Decimal("0.01")
LARGEST_COUNT = 100_000_000
"""More people than any employer has; a larger number is a slip of the keyboard."""

Line = Annotated[str, Field(min_length=1, max_length=255, pattern=rf"^[^{CONTROL}]*[^{BLANK}{CONTROL}][^{CONTROL}]*$")]
"""One line of text with something in it."""
Prose = Annotated[
    str,
    Field(
        min_length=1, max_length=4000, pattern=rf"^[^{CONTROL_BUT_LINES}]*[^{BLANK}{CONTROL}][^{CONTROL_BUT_LINES}]*$"
    ),
]
"""Text of several lines with something in it."""
FEWEST_OF_A_REASON = 10


def _says_something(text: str) -> str:
    if len(" ".join(text.split())) < FEWEST_OF_A_REASON:
        raise PydanticCustomError("too_little", "Say it in at least 10 characters, not counting blanks around words")
    return text


Reason = Annotated[Prose, Field(min_length=FEWEST_OF_A_REASON), AfterValidator(_says_something)]
"""Why something is decided, or disputed, in more than a word: blanks that fill it up do not count."""
ACCOUNT_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$"
"""What an account's id looks like."""
CrmId = Annotated[str, Field(pattern=ACCOUNT_ID, json_schema_extra={"maxLength": 64})]
"""What names a record of a CRM."""
AS_RECORDED: Final = "as recorded"
"""The context to read in what was recorded: an earlier release took ids that do not fit their case."""


def _account_id(text: str, info: ValidationInfo) -> str:
    return full_id(text) if info.context is AS_RECORDED else checked_id(text)


AccountId = Annotated[CrmId, AfterValidator(_account_id)]
"""An account's id that somebody states: one of Salesforce in its form of 18 characters, whichever was given."""
RecordedId = Annotated[str, AfterValidator(full_id)]
"""An account's id as it is on record, in the form that it is answered with."""
CrmUserId = Annotated[CrmId, AfterValidator(checked_user_id)]
"""The CRM's id of a user: one of Salesforce in its form of 18 characters, whichever was given."""
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
WebAddress = Annotated[str, Field(max_length=2000, pattern=rf"^https?://[^{BLANK}{CONTROL}]+$")]
"""Where something can be seen on the web."""


def _to_the_cent(amount: Decimal) -> Decimal:
    # One spelling for each amount: 5E+3 and -0 are amounts too.
    return abs(amount).quantize(_CENT)


Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=13, decimal_places=2),
    AfterValidator(_to_the_cent),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^\d{1,11}(\.\d{1,2})?$", "maxLength": 14},
            ]
        },
        mode="validation",
    ),
]
"""US dollars, to the cent: few enough digits that a JSON number holds each of them exactly."""


def _day(value: object) -> object:
    # Left to itself, Pydantic reads digits in text as a timestamp: "20220224" would be a day of 1970.
    if not isinstance(value, str):
        return value
    try:
        if len(value) == len("YYYY-MM-DD") and value[4] == value[7] == "-":
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date_form", "A day is written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day)]
"""A day, written YYYY-MM-DD and no other way."""


_CUSTOMER = re.compile("customers?|prospects?")
_WAYS_OF_ASKING = re.compile(
    "a|an|and|ask|asked|asking|at|by|call|ceo|cfo|contact|conversation|cto|email|from|given|hr|in|interview|itself|mail|"
    "meeting|of|on|or|our|per|phone|provided|reported|s|said|says|self|stated|supplied|survey|the|themselves|to|told|via|"
    "with"
)


def never_the_customer(value: object) -> object:
    """Refuse the customer or prospect as the one who counted, always (SEG-6).

    Raises:
        PydanticCustomError: as a validator of a field does, with the rule's citation.
    """
    # A firm may be called Customer Insights, so the customer is one only where nothing else is named.
    words = re.findall(r"[^\W\d_]+", value.lower()) if isinstance(value, str) else []
    others = [word for word in words if not _CUSTOMER.fullmatch(word)]
    if len(others) < len(words) and all(map(_WAYS_OF_ASKING.fullmatch, others)):
        raise PydanticCustomError(
            "customer_supplied_count",
            "Never ask the customer or prospect for the size of the company: a count of theirs is refused (SEG-6; "
            "handbook: {heading}, {item})",
            {"heading": NEVER_ASK_THE_CUSTOMER.heading, "item": NEVER_ASK_THE_CUSTOMER.item},
        )
    return value


class Frozen(BaseModel):
    """A value: strict, immutable, and refusing fields that it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)
