"""The platforms that statistics come from as data, and what joins a host's episode to the feed's where the host names no GUID."""

from orchestration.migrate import run_sql_beside

revision = "0075"
down_revision = "0070"


def upgrade() -> None:
    run_sql_beside(__file__)
