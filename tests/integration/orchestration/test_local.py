from pathlib import Path

import psycopg
import pytest

from orchestration import local_binaries
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


def test_data_without_their_password_are_told_of_and_left_alone(home: Path) -> None:
    """As root they lie outside the project: whoever deletes its folder and clones it anew finds them there."""
    ensure_server(home, "postgres", FAST)
    stop_server(home)
    (home / "server.json").unlink()
    with pytest.raises(ServerError, match="hostread reset"):
        ensure_server(home, "postgres", FAST)
    assert (layout(home).data / "PG_VERSION").exists()
    remove_server(home)
    assert ensure_server(home, "postgres", FAST)


def test_new_data_are_made_by_the_newest_packaged_server_and_old_data_stay_with_their_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer major would refuse the older one's files: an upgrade of the package would lock every user out of their data."""
    installed = local_binaries.installations()
    assert max(installed) >= 18
    oldest = min(installed)
    with monkeypatch.context() as before_the_upgrade:
        before_the_upgrade.setattr(local_binaries, "installations", lambda: {oldest: installed[oldest]})
        with psycopg.connect(ensure_server(home, "kept", FAST)) as connection:
            assert connection.info.server_version // 10000 == oldest
        stop_server(home)
    with psycopg.connect(ensure_server(home, "kept", FAST)) as connection:
        assert connection.info.server_version // 10000 == oldest


def test_the_newest_packaged_server_is_used_for_tests_and_new_data(server_url: str) -> None:
    with psycopg.connect(server_url) as connection:
        assert connection.info.server_version // 10000 == max(local_binaries.installations())


def test_data_of_a_major_that_is_not_installed_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("99\n")
    with pytest.raises(ServerError, match=r"found data of PostgreSQL 99 .*, expected one of 16, 18: install the version"):
        local_binaries.binaries_for(tmp_path)
