"""The platform's own prefix requests: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0100"
down_revision = "0097"


def upgrade() -> None:
    run_sql_beside(__file__)
