"""How migrations reach the database: over the connection that ``service.store.migrations`` hands in."""

from sqlmodel import SQLModel

from alembic import context
from service.store.tables import applications as application_tables
from service.store.tables import console as console_tables
from service.store.tables import counts as count_tables
from service.store.tables import decisions as tables
from service.store.tables import events as event_tables
from service.store.tables import leads as lead_tables
from service.store.tables import ledger as ledger_tables
from service.store.tables import people as people_tables
from service.store.tables import policies as policy_tables
from service.store.tables import reviews as review_tables
from service.store.tables import sales_records as sales_tables

DECLARING = (
    *(tables, application_tables, console_tables, count_tables),
    *(event_tables, lead_tables, ledger_tables, people_tables),
    *(policy_tables, review_tables, sales_tables),
)
"""The modules that declare the tables: imported, their tables are in the metadata."""

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
