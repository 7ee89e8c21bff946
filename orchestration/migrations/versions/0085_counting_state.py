"""What counting keeps between builds, and what tenants choose of its rules: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0085"
down_revision = "0080"


def upgrade() -> None:
    run_sql_beside(__file__)
