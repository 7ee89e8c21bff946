"""Which published conversions a build re-opened, and why: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0141"
down_revision = "0140"


def upgrade() -> None:
    run_sql_beside(__file__)
