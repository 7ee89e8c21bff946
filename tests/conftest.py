"""One embedded server per test worker, one migrated template, one database per test that asks for it.

A database made anew keeps its name: dbt parses the whole project again for a name that it has not seen, which costs seconds.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import psycopg
import pytest

# Before anything of the project is imported: no test sees the checkout's own state, and no two workers share theirs.
os.environ["HOSTREAD_HOME"] = tempfile.mkdtemp(prefix="hostread-test-")
if RUN := os.environ.get("PYTEST_XDIST_TESTRUNUID"):
    # But for dbt's project as it is parsed, which says nothing of a database: 8 s of CPU that one worker spends for all.
    PARSED = Path(tempfile.gettempdir(), f"hostread-parsed-{RUN}")
    PARSED.mkdir(exist_ok=True)
    Path(os.environ["HOSTREAD_HOME"], "dbt").mkdir()
    Path(os.environ["HOSTREAD_HOME"], "dbt", "parsed").symlink_to(PARSED)

from orchestration import build, dbt_command, mart_tables
from orchestration.local import ensure_server, layout, remove_server
from orchestration.migrate import migrate

# A busy machine is no fault of the code: no example has to end within Hypothesis' 200 ms.
hypothesis.settings.register_profile("hostread", deadline=None)
hypothesis.settings.load_profile("hostread")
# Nor is it one that an answer takes longer than httpx' 5 s; each waits as long as Playwright's pages do.
httpx._config.DEFAULT_TIMEOUT_CONFIG.read = httpx._config.DEFAULT_TIMEOUT_CONFIG.connect = 60

# A test's server may lose everything at once: nobody reads it again. It writes as little of a log as it may.
FAST = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "'512MB'"}
# To copy a database makes 700 files: up to a second of the kernel's time on a disk, a thirtieth of it in memory.
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 4_000_000_000  # noqa: S108

# What takes longest begins first, so that no worker waits for another at the end.
LONGEST_FIRST = (
    "browser/dagster",
    "integration/product",
    "browser/dashboard",
    "warehouse",
    "browser",
    "integration",
    "contract",
    "unit",
)
# One worker runs the whole folder, where its files share what is dear to make: the dashboard's built network.
WHOLE = ("tests/browser/dashboard/",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.parent.relative_to(Path(__file__).parent).as_posix() + "/"
        return next((at for at, begin in enumerate(LONGEST_FIRST) if folder.startswith(f"{begin}/")), len(LONGEST_FIRST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, with the folders of WHOLE as if each were a file."""
    from xdist.scheduler import LoadFileScheduling

    class LoadFileOrFolder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in WHOLE if nodeid.startswith(folder)), super()._split_scope(nodeid))

    return LoadFileOrFolder(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """What was put into the system's folder for temporary files goes: each process's own home, and what the workers shared."""
    shutil.rmtree(os.environ["HOSTREAD_HOME"], ignore_errors=True)
    nodes = getattr(session.config.pluginmanager.getplugin("dsession"), "nodemanager", None)
    if nodes is not None:
        shutil.rmtree(Path(tempfile.gettempdir(), f"hostread-parsed-{nodes.testrunuid}"), ignore_errors=True)


@pytest.fixture(scope="session")
def in_memory() -> Iterator[Callable[[Path], Path]]:
    """Puts the data of a home's server, which is not made yet, into memory where there is enough; the home is returned."""
    made: list[Path] = []

    def place(home: Path) -> Path:
        if is_roomy():
            made.append(Path(tempfile.mkdtemp(prefix=f"hostread-test-{os.getpid()}-", dir=MEMORY)))
            data = layout(home).data
            data.parent.mkdir(parents=True, exist_ok=True)
            data.symlink_to(made[-1])
        return home

    for folder in MEMORY.glob("hostread-test-*"):
        if not Path("/proc", folder.name.split("-")[2]).exists():
            shutil.rmtree(folder, ignore_errors=True)
    yield place
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def is_roomy() -> bool:
    """Whether memory, and the file system in it, have room for a server's data. A container's file system is often small."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        return False
    available = next(line for line in Path("/proc/meminfo").read_text("utf-8").splitlines() if line.startswith("MemAvailable"))
    return int(available.split()[1]) * 1024 >= MEMORY_BYTES


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory, in_memory: Callable[[Path], Path]) -> Iterator[str]:
    """The URL of this worker's own embedded server, on its database `postgres`."""
    home = in_memory(tmp_path_factory.mktemp("server"))
    url = ensure_server(home, "postgres", FAST)
    yield url
    remove_server(home)


@pytest.fixture(scope="session")
def template_url(server_url: str) -> str:
    """A migrated, empty database that tests copy and never write to."""
    url = database(server_url, "template_hostread")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute('create database "template_hostread"')
    migrate(url)
    return url


@pytest.fixture(scope="session")
def new_database(server_url: str, template_url: str) -> Callable[..., AbstractContextManager[str]]:
    """Of a name, the URL of a migrated, empty database (or of another's copy), which is dropped when the context ends."""

    @contextmanager
    def make(name: str, template: str = "template_hostread") -> Iterator[str]:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy'.encode())
            yield database(server_url, name)
            connection.execute(f'drop database "{name}" with (force)'.encode())

    return make


@pytest.fixture
def database_url(new_database: Callable[[str], AbstractContextManager[str]]) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    with new_database("test") as url:
        yield url


@pytest.fixture(scope="session")
def dbt_targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """The target folder of a database by its name, in memory where there is room: a build writes hundreds of small files."""
    if not is_roomy():
        base = tmp_path_factory.mktemp("dbt")
        yield lambda url: base / url.rsplit("/", 1)[1]
        return
    with tempfile.TemporaryDirectory(prefix=f"hostread-test-{os.getpid()}-", dir=MEMORY) as made:
        yield lambda url: Path(made, url.rsplit("/", 1)[1])


@pytest.fixture(scope="session")
def narrowed() -> Callable[[pytest.MonkeyPatch, Sequence[str]], None]:
    """Until the patch ends, `run_build` makes, tests and publishes but these models, those that the live views read, and what they
    are made of. It is whole in everything else."""

    def narrow(patch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
        def arguments(mode: str, exclude: Sequence[str]) -> list[str]:
            select = ("+path:models/live", *(f"+{name}" for name in names))
            return [*dbt_command.build_arguments(mode, select=select, exclude=exclude), "--indirect-selection", "cautious"]

        def marts(manifest: Path) -> list[mart_tables.Mart]:
            graph = json.loads(manifest.read_text("utf-8"))
            live = [key for key, node in graph["nodes"].items() if node["path"].startswith("live/")]
            reached = [*live, *(key for key, node in graph["nodes"].items() if node["name"] in names)]
            for key in reached:
                reached += [parent for parent in graph["parent_map"].get(key, ()) if parent not in reached]
            made = {graph["nodes"][key]["name"] for key in reached if key in graph["nodes"]}
            return [mart for mart in mart_tables.read_marts(manifest) if mart.name in made]

        patch.setattr(build, "build_arguments", arguments)
        patch.setattr(build, "read_marts", marts)

    return narrow


def database(server_url: str, name: str) -> str:
    return f"{server_url.rsplit('/', 1)[0]}/{name}"
