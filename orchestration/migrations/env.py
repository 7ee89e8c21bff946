"""Alembic's entry point: the connection comes from `orchestration.migrate`, the SQL from the files beside each revision."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version", version_table_schema="public")
with context.begin_transaction():
    context.run_migrations()
