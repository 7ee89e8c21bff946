"""Keys of writes, so that a request that is sent twice is done once."""

from orchestration.migrate import run_sql_beside

revision = "0210"
down_revision = "0220"


def upgrade() -> None:
    run_sql_beside(__file__)
