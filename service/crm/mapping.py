"""Which fields of the CRMs state which facts, in events and tables alike, as one TOML text says.

``field_mapping.toml`` is the default.
"""

import tomllib
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationError

from service.crm.closed_won import OPPORTUNITY_FACTS, OpportunityMapping
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.payloads import printable, quoted
from service.crm.record_mapping import RecordMapping, Section, UnusableMappingError, build_mapping
from service.domain.fields import Frozen

_NOT_USED: Final = "not_used"
_OF_A_REQUEST: Final = frozenset({"effective_on", "dedup_requested_by"})
_FACTS: Final = {name: fact for name, fact in FACTS_BY_NAME.items() if name not in _OF_A_REQUEST}
_Name = Annotated[str, Field(min_length=1)]
_Names = Annotated[tuple[_Name, ...], Field(strict=False)]
_SomeNames = Annotated[_Names, Field(min_length=1)]
_NameOrNames = Annotated[_Names, BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """All that is configured: ``account`` and ``opportunity`` are of Salesforce, ``company`` is of HubSpot, if any.

    ``account`` is that of tables as well. ``changed_at`` names the fields that say when a record last changed, and
    ``carried`` those that an Outbound Message sends whenever they have a value.
    """

    account: RecordMapping
    opportunity: OpportunityMapping
    company: RecordMapping
    changed_at: tuple[str, ...]
    carried: frozenset[str]

    @property
    def zone(self) -> tzinfo:
        """The time zone that moments are days of."""
        return self.account.zone


class _Values(Frozen):
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    not_ours: dict[str, _Names] = Field(default_factory=dict)


class _Opportunity(Frozen):
    account_id: _Name
    stage: _Name
    closed_on: _Name
    amount: _Name
    net_arr: _Name
    order_type: _Name
    # A mapping that does not name it is of before there was the name; amounts in euros are no dollars there either.
    currency: _Name = "CurrencyIsoCode"
    first_order_ae: _Name | None = None
    total_users: _Name | None = None
    immediate_potential: _Name | None = None
    title: _Name | None = None
    channel_managed: _Name | None = None
    deck_url: _Name | None = None
    next_steps: _Name | None = None
    next_step_on: _Name | None = None
    next_steps_owner: _Name | None = None
    why_do_anything: _Name | None = None
    why_gitlab: _Name | None = None
    why_now: _Name | None = None
    close_plan: _Name | None = None
    command_plan: _Name | None = None
    closed_won: _SomeNames
    first_order: _SomeNames


class _Salesforce(_Values):
    changed_at: _SomeNames
    outbound_message_carries: _Names = ()
    account: dict[str, _NameOrNames]
    opportunity: _Opportunity


class _HubSpot(_Values):
    company: dict[str, _NameOrNames]


class _Document(Frozen):
    salesforce: _Salesforce
    hubspot: _HubSpot = _HubSpot(company={})


def read_mapping(text: str, zone: tzinfo = UTC) -> FieldMapping:
    """The mapping that a TOML text describes, by which moments are days of a time zone.

    Raises:
        UnusableMappingError: it is not TOML, lacks a section, or names a section, fact or value that does not exist.
    """
    document = _document(text)
    salesforce, hubspot = document.salesforce, document.hubspot
    account = build_mapping(
        Section(
            name="salesforce.account",
            fields={fact: names for fact, names in salesforce.account.items() if fact != _NOT_USED},
            not_used=salesforce.account.get(_NOT_USED, ()),
            values=salesforce.values,
            not_ours=salesforce.not_ours,
        ),
        _FACTS,
        zone,
    )
    strangers = sorted(set(salesforce.outbound_message_carries) - account.facts.keys())
    if strangers:
        raise UnusableMappingError(
            f"salesforce.outbound_message_carries names {quoted(strangers[0])}, which states nothing of an account"
        )
    return FieldMapping(
        account=account,
        opportunity=_opportunity(salesforce.opportunity, zone),
        company=build_mapping(
            Section(name="hubspot.company", fields=hubspot.company, values=hubspot.values, not_ours=hubspot.not_ours),
            _FACTS,
            zone,
        ),
        changed_at=salesforce.changed_at,
        carried=frozenset(salesforce.outbound_message_carries),
    )


def _opportunity(written: _Opportunity, zone: tzinfo) -> OpportunityMapping:
    named = ((name, getattr(written, name)) for name in OPPORTUNITY_FACTS)
    fields = {name: (field,) for name, field in named if field is not None}
    return OpportunityMapping(
        record=build_mapping(Section(name="salesforce.opportunity", fields=fields), OPPORTUNITY_FACTS, zone),
        closed_won=frozenset(value.casefold() for value in written.closed_won),
        first_order=frozenset(value.casefold() for value in written.first_order),
    )


def _document(text: str) -> _Document:
    try:
        return _Document.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UnusableMappingError(f"The mapping is not TOML: {printable(str(error))}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = printable(".".join(map(str, fault["loc"])))
        match fault["type"]:
            case "extra_forbidden":
                said = "is not part of a mapping"
            case "missing":
                said = "is missing from the mapping"
            case _:
                said = f"is not as it should be: {printable(fault['msg'])}"
        raise UnusableMappingError(f"{place} {said}") from None
