"""Kinds of column that the databases do not have alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, TypeDecorator
from sqlmodel import Field


class UtcInstant(TypeDecorator[datetime]):
    """An instant with its time zone, UTC, on both databases (SQLite keeps none by itself)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite's own text form has no room for a zone."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        del dialect
        return value if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def instant(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's Field is typed so
    """A column of instants."""
    return Field(sa_type=UtcInstant, **options)
