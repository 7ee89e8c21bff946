"""The moment that a build speaks of, named or now: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0115"
down_revision = "0110"


def upgrade() -> None:
    run_sql_beside(__file__)
