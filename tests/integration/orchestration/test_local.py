from pathlib import Path

import psycopg
import pytest

from orchestration.local import ServerError, _start, ensure_server, is_running, layout, remove_server, stop_server

FAST = {"fsync": "off"}


@pytest.fixture
def home(tmp_path: Path):  # type: ignore[no-untyped-def]
    yield tmp_path
    remove_server(tmp_path)


def test_the_server_keeps_its_data_over_a_restart_and_wants_its_password(home: Path) -> None:
    url = ensure_server(home, "kept", FAST)
    with psycopg.connect(url) as connection:
        connection.execute("create table t as select 42 as answer")
    assert ensure_server(home, "kept", FAST) == url
    stop_server(home)
    assert not is_running(layout(home))
    with psycopg.connect(ensure_server(home, "kept", FAST)) as connection:
        assert connection.execute("select answer from t").fetchone() == (42,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace("postgres:", "postgres:wrong"))
    assert (home / "server.json").stat().st_mode & 0o077 == 0


def test_a_server_that_cannot_start_shows_the_end_of_its_log(home: Path) -> None:
    ensure_server(home, "postgres", FAST)
    stop_server(home)
    with pytest.raises(ServerError, match="shared_buffers"):
        _start(layout(home), 0, {"shared_buffers": "'nonsense'"})
