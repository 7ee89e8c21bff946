"""Members of accounts and the logins behind them, invitations, tokens by mail, scopes of keys, attempts of all processes."""

from orchestration.migrate import run_sql_beside

revision = "0180"
down_revision = "0160"


def upgrade() -> None:
    run_sql_beside(__file__)
