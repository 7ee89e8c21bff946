"""Survey answers weigh in a tenant's own models."""

from orchestration.migrate import run_sql_beside

revision = "0241"
down_revision = "0240"


def upgrade() -> None:
    run_sql_beside(__file__)
