"""An account at a host may be asked to be read at once."""

from orchestration.migrate import predecessor, run_sql_beside

revision = "0126"
down_revision = predecessor(__file__)


def upgrade() -> None:
    run_sql_beside(__file__)
