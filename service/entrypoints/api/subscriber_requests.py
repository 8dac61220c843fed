"""The bodies of requests about subscribers."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.delivery.addresses import LONGEST_URL
from service.domain.decision import Kind
from service.domain.fields import Frozen, Line
from service.domain.subscriptions import Interest, Target
from service.domain.terms import Team

DecisionField: TypeAlias = Literal[
    "id",
    "sequence",
    "kind",
    "account_id",
    "status",
    "segment",
    "team",
    "rule",
    "summary",
    "leading_source",
    "leading_employees",
    "smb_double_check",
    "explanation",
    "missing_facts",
    "advice",
    "actions",
    "policy",
    "effective_on",
    "facts",
    "actor",
    "source",
    "request_id",
    "previous_decision_id",
    "review_id",
    "handoff_id",
    "recorded_at",
]
"""What there is of a decision to choose from; a test holds it to the shape that the API answers."""


class SubscriptionRequest(Frozen):
    """Who is to get recorded decisions, which of them, and what of each."""

    name: Line = Field(description="What people call the subscriber.")
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] | None = Field(
        None, description="Where decisions are posted: https, to a public address. Absent for Salesforce."
    )
    kinds: Annotated[tuple[Kind, ...], Field(max_length=16)] = Field(
        (), description="The kinds of decision; empty is all."
    )
    teams: Annotated[tuple[Team, ...], Field(max_length=16)] = Field(
        (), description="The teams that a decision may name; empty is any, and none."
    )
    fields: Annotated[tuple[DecisionField, ...], Field(max_length=64)] = Field(
        (), description="The fields of a decision, beside `id` and `account_id`; empty is all."
    )
    target: Target = Field(
        Target.WEBHOOK, description="A webhook, or the accounts of the Salesforce organization that the settings name."
    )

    @model_validator(mode="after")
    def _of_its_target(self) -> Self:
        if self.target is Target.WEBHOOK and self.url is None:
            raise PydanticCustomError("target", "A webhook has a url")
        if self.target is Target.SALESFORCE and (self.url is not None or self.fields):
            raise PydanticCustomError("target", "Salesforce has neither a url nor fields here: the settings name them")
        return self

    def interest(self) -> Interest:
        """What the subscriber wants, each thing once."""
        return Interest(target=self.target, kinds=_once(self.kinds), teams=_once(self.teams), fields=_once(self.fields))


class RotationRequest(Frozen):
    """A new secret for a subscriber."""

    overlap_hours: int = Field(
        24, ge=0, le=24 * 30, description="How many hours messages are signed with the old secret too."
    )


def _once(stated: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(stated))
