"""What customers say of us, what is wrong with them, and who may look after whom: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0200"
down_revision = "0241"


def upgrade() -> None:
    run_sql_beside(__file__)
