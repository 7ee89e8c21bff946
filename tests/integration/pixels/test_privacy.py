"""Keys rotate and are destroyed in time, and nothing is kept of what is no longer needed."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.pixels.household_keys import Epoch, plan, quarter_after, rotate
from assets.pixels.retention import expire_idempotency_keys, forget_user_agents

DAY = timedelta(days=1)


def keys(url: str) -> list[tuple[int, str, str]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(
            "select key_epoch, valid_from::text, valid_to::text from app.household_keys where tenant_id = 1 order by key_epoch"
        ).fetchall()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((2026, 1, 1), (2026, 4, 1)), ((2026, 3, 31), (2026, 4, 1)), ((2026, 4, 1), (2026, 7, 1)), ((2026, 12, 31), (2027, 1, 1)),
        ((2026, 9, 30), (2026, 10, 1)),
    ],
)  # fmt: skip
def test_quarters(at: tuple[int, int, int], expected: tuple[int, int, int]) -> None:
    assert quarter_after(datetime(*at, 23, 59, tzinfo=UTC)) == datetime(*expected, tzinfo=UTC)


def test_a_key_in_use_is_never_destroyed_and_a_missed_rotation_is_made_up_for() -> None:
    always = Epoch(1, datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
    at = datetime(2026, 2, 10, tzinfo=UTC)
    assert plan([always], at, 30 * DAY).next_starts_at is None
    assert plan([always], datetime(2026, 3, 25, tzinfo=UTC), 30 * DAY).next_starts_at == datetime(2026, 4, 1, tzinfo=UTC)
    missed = Epoch(2, datetime(2025, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
    change = plan([missed], at, 30 * DAY)
    assert change.next_starts_at == at + timedelta(minutes=10) and change.destroyed == ()
    assert plan([missed, Epoch(3, at + DAY, missed.valid_to)], at, 30 * DAY, is_asked=True).next_starts_at is None


def test_a_year_of_days_rotates_each_quarter_and_destroys_in_time(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('one', 'one')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 1, %s)", [b"k" * 32])
        connection.execute("insert into app.attribution_settings (tenant_id, exposure_window_s) values (1, 5184000)")
    for day in range(0, 365, 3):
        at = datetime(2026, 1, 1, 3, tzinfo=UTC) + day * DAY
        rotate(database_url, "test", at=at)
        again = rotate(database_url, "test", at=at)
        assert (again.made, again.destroyed) == (0, 0)
    assert keys(database_url) == [
        (3, "2026-07-01 00:00:00+00", "2026-10-01 00:00:00+00"),
        (4, "2026-10-01 00:00:00+00", "2027-01-01 00:00:00+00"),
        (5, "2027-01-01 00:00:00+00", "infinity"),
    ]
    with psycopg.connect(database_url) as connection:
        audited = dict(
            connection.execute("select action, count(*) from app.audit_log where subject_kind = 'household_key' group by 1")
        )  # type: ignore[arg-type]
    assert audited["create"] == 4 and audited["destroy"] == 2


def test_user_agents_are_forgotten_after_35_days(database_url: str) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with psycopg.connect(database_url) as connection:
        for number, age in enumerate((0, 34, 36, 400)):
            connection.execute(
                "insert into raw.collector_events "
                "(tenant_id, site_id, received_at, message_id, kind, body_sha256, run_id, user_agent) "
                "values (1, gen_random_uuid(), %s, %s, 'page', '\\x00', 'r', 'Firefox')",
                [now - age * DAY, f"m{number}"],
            )
    assert forget_user_agents(database_url, at=now).raw == 2
    assert forget_user_agents(database_url, at=now).raw == 0
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("select message_id from raw.collector_events where user_agent is not null order by 1").fetchall()
    assert kept == [("m0",), ("m1",)]


def test_keys_of_writes_are_swept_once_they_are_over_whoever_writes_no_more(database_url: str) -> None:
    """The fault: an account that stopped writing keeps its last answers, sealed secrets among them, for ever."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into app.tenants (slug, name, currency, timezone) "
            "values ('quiet', 'Quiet', 'USD', 'UTC'), ('still', 'Still', 'USD', 'UTC')"
        )
        connection.execute(
            "insert into app.idempotency_keys (tenant_id, actor_id, key_hash, request_hash, claim_id, expires_at) "
            "select t.tenant_id, gen_random_uuid(), sha256(n::text::bytea), sha256('r'), gen_random_uuid(), "
            "%s::timestamptz + n * interval '1 minute' from app.tenants as t cross join generate_series(-2, 2) as n",
            [now],
        )
        (tenants,) = connection.execute("select count(*) from app.tenants").fetchone() or (0,)
    assert tenants >= 2
    assert expire_idempotency_keys(database_url, at=now) == 2 * tenants
    assert expire_idempotency_keys(database_url, at=now) == 0
    with psycopg.connect(database_url) as connection:
        left = connection.execute("select tenant_id, min(expires_at) from app.idempotency_keys group by 1").fetchall()
    assert len(left) == tenants and {at for _, at in left} == {now}
