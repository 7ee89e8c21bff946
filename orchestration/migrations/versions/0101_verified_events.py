"""Signed events, hashes of all live epochs, and a site's signing keys: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0101"
down_revision = "0100"


def upgrade() -> None:
    run_sql_beside(__file__)
