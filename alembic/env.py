"""How migrations reach the database: over the connection that ``service.store.migrations`` hands in."""

from importlib import import_module
from pkgutil import iter_modules

from sqlmodel import SQLModel

from alembic import context
from service.store import tables

for module in iter_modules(tables.__path__):  # imported, what they declare is in the metadata
    import_module(f"{tables.__name__}.{module.name}")

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
