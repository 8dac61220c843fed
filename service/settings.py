"""Settings, from environment variables with the prefix ``CHALKLINE_``."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set. Read once, when a command starts."""

    model_config = SettingsConfigDict(env_prefix="CHALKLINE_", frozen=True, extra="ignore")

    database_url: str = Field(
        "sqlite:///data/chalkline.db",
        description="Where decisions are kept: sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME.",
    )
    host: str = Field("127.0.0.1", description="The address that the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port that the service listens on; 0 takes a free one.")
    bootstrap_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Becomes a key with every scope when no key exists yet. "
        "Without it, the first start makes one and prints it once.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    max_body_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="The largest request body; a larger one is refused with 413."
    )
    body_seconds: float = Field(
        20, gt=0, description="How long a request body may take to arrive; a slower one is refused with 408."
    )
    key_cache_seconds: float = Field(
        2, ge=0, description="How long a checked API key is believed, and so the longest that a revoked one works."
    )
    database_seconds: float = Field(
        10,
        ge=0.1,
        description="How long the database may keep a request waiting before it is answered with 503.",
    )
    telemetry: bool = Field(
        default=False,
        description="Send OpenTelemetry traces to where the OTEL_ variables say; needs the extra named telemetry.",
    )

    @field_validator("database_url")
    @classmethod
    def _a_database_that_we_know(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value
