"""How migrations reach the database: over the connection that ``service.store.migrations`` hands in."""

from sqlmodel import SQLModel

from alembic import context
from service.store import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
assert tables  # noqa: S101 - imported for the tables that it declares
with context.begin_transaction():
    context.run_migrations()
