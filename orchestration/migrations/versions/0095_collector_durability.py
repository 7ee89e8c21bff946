"""Durability and admission of the collector: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0095"
down_revision = "0090"


def upgrade() -> None:
    run_sql_beside(__file__)
