"""Settings, from environment variables with the prefix ``CHALKLINE_``."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.delivery.addresses import Allowance
from service.delivery.identities import check_issuer
from service.delivery.salesforce import FIELD_NAME
from service.delivery.witnesses import MOST_WITNESSES, check_witnesses
from service.domain.access import Access
from service.domain.terms import Team
from service.setting_names import LINKED_ADDRESS, PREFIX, check_names
from service.store.urls import check_url

_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class Settings(BaseSettings):
    """Everything that can be set. Read once, when a command starts."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(
        "sqlite:///data/chalkline.db",
        description="Where decisions are kept: sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME.",
    )
    time_zone: ZoneInfo = Field(
        ZoneInfo("UTC"),
        description="The organisation's time zone, as an IANA name such as America/Los_Angeles: what day is today, and "
        "what day a moment falls on that a CRM or a table states.",
    )
    host: str = Field("127.0.0.1", description="The address that the service listens on.")
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        description="The port that the service listens on; 0 takes a free one. An address (tcp://...) is passed over: "
        "Kubernetes sets it where a service is named chalkline.",
    )
    bootstrap_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Becomes a key with every scope when no key exists yet. "
        "Without it, the first start makes one and prints it once.",
    )
    field_mapping: Path | None = Field(
        None,
        description="A TOML file that says which fields of the CRMs state which facts; see docs/how/salesforce.md.",
    )
    salesforce_organization_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$",
        description="The organisation whose Outbound Messages are taken; without it, those of any are.",
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        (), description="Secrets of the senders of signed events (Standard Webhooks), as a JSON list; several rotate."
    )
    hubspot_client_secrets: tuple[Annotated[SecretStr, Field(min_length=8)], ...] = Field(
        (), description="Client secrets of the HubSpot app, as a JSON list; several rotate."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+$",
        description="Scheme and host by which HubSpot and browsers reach the service, where a proxy stands before it.",
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="The path under which a proxy shows the service, such as /chalkline; links and locations carry it. "
        "The proxy may take it out of the path of a request or leave it in.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    max_body_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        description="The largest request body of any operation; a larger one is refused with 413. Most take less: what "
        "their schema can need, as openapi.yaml says.",
    )
    body_seconds: float = Field(
        20, gt=0, description="How long a request body may take to arrive; a slower one is refused with 408."
    )
    max_exports: int = Field(
        8, ge=1, description="How many exports of decisions are streamed at once; more are refused with 429."
    )
    max_exports_of_a_key: int = Field(4, ge=1, description="The same of one API key.")
    max_requests_a_minute_of_a_key: int = Field(
        0,
        ge=0,
        description="How many requests an API key may make at once, and as many a minute from then on; more are "
        "refused with 429. Each process counts its own. 0 sets no bound.",
    )
    key_cache_seconds: float = Field(
        2, ge=0, description="How long a checked API key is believed, and so the longest that a revoked one works."
    )
    stop_grace_seconds: float = Field(
        0,
        ge=0,
        description="How long the service, told to stop (SIGTERM), goes on with /readyz answering 503, so that nothing "
        "sends it more by the time that it takes no more.",
    )
    database_seconds: float = Field(
        10, ge=0.1, description="How long the database may keep a request waiting before it is answered with 503."
    )
    telemetry: bool = Field(
        default=False,
        description="Send OpenTelemetry traces to where the OTEL_ variables say; needs the extra named telemetry.",
    )

    payload_retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="How many days what CRMs sent is kept, byte for byte. What an event needs that waits or is "
        "rejected is kept on, and of the rest the digest. Without it, everything is kept.",
    )
    idempotency_retention_hours: int = Field(
        168,
        ge=168,
        le=876_000,
        description="How many hours the answer to an Idempotency-Key is kept, which the same request gets again: seven "
        "days at the least, which clients may count on.",
    )
    delivery_retention_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="How many days deliveries are kept, with their attempts, once they were delivered or given up; "
        "0 keeps them for good.",
    )
    worker: bool = Field(
        default=True,
        description="Deliver to subscribers and carry out changeovers within `chalkline serve`; false leaves that to "
        "`chalkline worker`.",
    )
    publishing_needs_second_key: bool = Field(
        default=False,
        description="A policy draft is published with another key than it was drafted with, over the API alone.",
    )
    ledger_key: SecretStr | None = Field(
        None, description="The key that signs the ledger, a line that begins with PRIVATE+KEY. A second line signs too."
    )
    ledger_key_file: Path | None = Field(
        None,
        description="A file with that key, made where there is none and nothing was ever sealed. With neither setting "
        "it is beside a SQLite database, under its name and .ledger-key; with PostgreSQL nothing is sealed.",
    )
    ledger_origin: str | None = Field(
        None,
        pattern=r"^[!-*,-~]+$",
        description="The name that the ledger gets with its key, as example.org/chalkline.",
    )
    ledger_open: bool = Field(
        default=False,
        description="Anybody reads the ledger's checkpoint and tiles without a key, with the entries as they were "
        "sealed; see docs/how/ledger.md.",
    )
    ledger_witnesses: Annotated[dict[str, str], AfterValidator(check_witnesses)] = Field(
        {},
        max_length=MOST_WITNESSES,
        description="Who cosigns checkpoints of the ledger, as a JSON object: by the URL that a witness takes them at, "
        "its public key (C2SP tlog-witness).",
    )
    ledger_checkpoint_file: Path | None = Field(None, description="A file that has the ledger's newest checkpoint.")
    ledger_checkpoint_minutes: int = Field(
        60,
        ge=0,
        le=525_600,
        description="Minutes, at the least, between two checkpoints that subscribers are told who ask for "
        "ledger.checkpoint; 0 tells none.",
    )
    secret_keys: tuple[SecretStr, ...] = Field(
        (),
        description="Keys that signing secrets of subscribers are encrypted with in the database, as a JSON list: the "
        "first encrypts, all decrypt. Each is a Fernet key: 32 bytes in base64 for URLs, 44 characters.",
    )
    delivery_allowed_networks: tuple[str, ...] = Field(
        (),
        description="Networks that deliveries may go to although they are not public, as a JSON list: "
        '["10.1.0.0/16"]. Names without a dot are then accepted too.',
    )
    delivery_allow_http: bool = Field(
        default=False, description="Deliver to http:// as well as https://, which only a network of one's own deserves."
    )
    salesforce_instance_url: str | None = Field(
        None,
        description="Where a Salesforce organization is that owners and reasons are written back to, such as "
        "https://acme.my.salesforce.com. Without it, nothing is written back.",
    )
    salesforce_client_id: str | None = Field(
        None, description="The consumer key of the connected app, which has the client credentials flow enabled."
    )
    salesforce_client_secret: SecretStr | None = Field(None, description="The consumer secret of the connected app.")
    salesforce_team_field: str = Field(
        "Account_Owner_Team__c",
        pattern=FIELD_NAME,
        description="The field of a Salesforce account that the owning team is written to.",
    )
    salesforce_team_values: dict[Team, Annotated[str, Field(min_length=1)]] = Field(
        {},
        description="What that field calls each team, as a JSON object of all five, where it is not by their codes.",
    )
    salesforce_reason_field: str = Field(
        "Chalkline_Reason__c",
        pattern=FIELD_NAME,
        description="The field of a Salesforce account that the reason is written to.",
    )
    salesforce_chatter: bool = Field(
        default=False,
        description="Post to Chatter, on the account, what the handbook wants said there; takes the write-back to be "
        "set up. See docs/how/salesforce.md.",
    )

    oidc_issuer: Annotated[str, AfterValidator(check_issuer)] | None = Field(
        None, description="The issuer of the OpenID Connect provider that people sign in to the console with, if any."
    )
    oidc_client_id: str | None = Field(None, min_length=1, description="The provider's client id of this service.")
    oidc_client_secret: SecretStr | None = Field(None, min_length=8, description="Its client secret.")
    oidc_scope: Annotated[str, Field(pattern=r"^openid( [!-~]+)*$")] = Field(
        "openid profile email", description="What it is asked for; some tell groups only where groups is among it."
    )
    oidc_groups_claim: str = Field("groups", min_length=1, description="The claim that has the groups of somebody.")
    oidc_groups: dict[str, Access] = Field(
        {},
        description='What groups allow, in JSON: `{"kafo": {"scopes": ["read", "handoff"], "team": "MMKAFO"}}`.',
    )

    @field_validator("database_url")
    @classmethod
    def _a_database_that_we_know(cls, value: str) -> str:
        check_url(value)
        return value

    @field_validator("port", mode="before")
    @classmethod
    def _no_service_link(cls, value: object) -> object:
        return cls.model_fields["port"].default if isinstance(value, str) and LINKED_ADDRESS.match(value) else value

    @field_validator("secret_keys")
    @classmethod
    def _fernet_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(_FERNET_KEY.fullmatch(key.get_secret_value()) for key in value):
            raise ValueError("each is 32 bytes in base64 for URLs: 43 letters, digits, hyphens or underscores, and =")
        return value

    @field_validator("delivery_allowed_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Allowance.of(value)
        return value

    @field_validator("salesforce_team_values")
    @classmethod
    def _every_team(cls, value: dict[Team, str]) -> dict[Team, str]:
        if value and (lacking := [team for team in Team if team not in value]):
            raise ValueError(f"it lacks {', '.join(lacking)}; name what Salesforce calls every team")
        return value

    @model_validator(mode="after")
    def _all_of_single_sign_on_or_nothing(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret, self.oidc_groups)
        if any(given) != all(given):
            raise ValueError("single sign-on takes an issuer, a client id, a client secret and what groups allow")
        return self

    @model_validator(mode="after")
    def _all_of_salesforce_or_nothing(self) -> Self:
        given = (self.salesforce_instance_url, self.salesforce_client_id, self.salesforce_client_secret)
        if any(given) and not all(given):
            raise ValueError("writing back to Salesforce takes an instance URL, a client id and a client secret")
        if self.salesforce_chatter and not all(given):
            raise ValueError("posting to Chatter takes the write-back's instance URL, client id and client secret")
        secure = self.salesforce_instance_url is None or self.salesforce_instance_url.startswith("https://")
        if given[0] and not secure and not self.delivery_allow_http:
            raise ValueError("the instance URL of Salesforce begins with https://, unless deliveries may go to http://")
        return self


def read_settings(*, host: str | None = None, port: int | None = None) -> Settings:
    """The settings of the environment, but for what is stated here. What is named like a setting and is none is said.

    Raises:
        UnknownSettingError: see ``check_names``.
        ValidationError, SettingsError: a value cannot be meant.
    """
    for sentence in check_names(os.environ, [name.upper() for name in Settings.model_fields]):
        sys.stderr.write(f"{sentence}.\n")
    stated: dict[str, Any] = {"host": host, "port": port}
    return Settings(**{name: value for name, value in stated.items() if value is not None})
