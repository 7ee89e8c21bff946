"""Mails of logins and invitations wait in a table: what was committed is mailed, whatever dies in between."""

from orchestration.migrate import run_sql_beside

revision = "0231"
down_revision = "0230"


def upgrade() -> None:
    run_sql_beside(__file__)
