"""dbt in this process: pure builders of its arguments and environment, and one runner. A CLI call costs 3.5 s, this 0.3 s."""

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from orchestration.dbt_parsed import address, newest_source
from orchestration.dbt_patches import patch_dbt
from orchestration.settings import PROJECT_ROOT, settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
# Under home, so that two instances of one checkout never write each other's files.
TARGET_PATH = settings().home / "dbt" / "run"
PARSED_PATH = settings().home / "dbt" / "parsed"
# What is parsed says no more of a database than its name, and that is changed with every call (`address`).
PARSED_FOR = "postgresql://hostread@127.0.0.1:5432/hostread"
# The environment and dbt's own registries are the process's: one dbt at a time.
_ONE_AT_A_TIME = threading.RLock()


@dataclass
class _Held:
    """dbt's manifest as this process holds it: of which state of the project, and of which database it speaks now."""

    manifest: Any
    parsed_at: float
    database: str


_held: _Held | None = None


class DbtError(RuntimeError):
    """dbt could not run at all: a model that does not parse, a database that is away. The message is dbt's own."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test. `seconds` is wall clock; `failures` counts a test's rows."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    severity: str
    message: str | None
    rows_affected: int | None
    failures: int | None
    seconds: float

    @property
    def is_blocking(self) -> bool:
        """Whether the build is held for it: an error or a failed test, but no warning, and not what was skipped for another."""
        return self.status in {"error", "fail", "runtime error"} and not (
            self.resource_type == "test" and self.severity == "warn" and self.status == "fail"
        )


@dataclass(frozen=True)
class DbtResult:
    """Every node of one dbt call, and the error that stopped the call itself, if one did."""

    nodes: tuple[NodeResult, ...]
    error: str | None = None

    @property
    def failed_checks(self) -> list[dict[str, Any]]:
        """What held the build, as `ops.build_attempts.failed_checks` keeps it."""
        failed = [{"name": n.name, "status": n.status, "message": n.message} for n in self.nodes if n.is_blocking]
        return failed or ([{"name": "dbt", "status": "error", "message": self.error}] if self.error else [])


def dbt_environment(database_url: str) -> dict[str, str]:
    """The variables that `profiles.yml` reads, from a libpq URL or connection string; what it leaves out is libpq's default."""
    parts = conninfo_to_dict(database_url)
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DATABASE"}
    return {f"HOSTREAD_PG_{name}": str(parts[key]) for key, name in named.items() if parts.get(key) is not None}


def global_arguments(target_path: Path = TARGET_PATH) -> list[str]:
    """What every call says: no telemetry, no version check over the network, no colours, and where dbt writes.

    Of the edges from tests to what waits for them, those that others imply are left out: 12,000, which each call walked thrice.
    """
    return [
        "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(target_path), "--log-path", str(target_path / "logs"), "--log-level-file", "none",
        "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--partial-parse",
        "--use-fast-test-edges",
    ]  # fmt: skip


def selection_arguments(select: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[str]:
    chosen = ["--select", " ".join(select)] if select else []
    return chosen + (["--exclude", " ".join(exclude)] if exclude else [])


def build_arguments(mode: str, select: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[str]:
    """Seeds, models and tests of data in their order; `full` makes incremental models anew. Raises ValueError for another mode.

    Unit tests judge the SQL, not the data: `make test` runs them, not every build.
    """
    if mode not in {"incremental", "full"}:
        raise ValueError(f"found mode {mode!r}, expected 'incremental' or 'full'")
    # Unit tests prove the code, not the data: `make test` runs them, a build does not.
    return [
        "build",
        "--exclude-resource-type",
        "unit_test",
        *selection_arguments(select, exclude),
        *(["--full-refresh"] if mode == "full" else []),
    ]


def run_arguments(select: Sequence[str] = ()) -> list[str]:
    return ["run", *selection_arguments(select)]


def run_dbt(database_url: str, arguments: Sequence[str], target_path: Path = TARGET_PATH) -> DbtResult:
    """Run dbt against `database_url` in this process and tell what became of each node. It raises nothing of dbt's own."""
    try:
        answer = invoke_parsed([*arguments, *global_arguments(target_path), "--quiet"], dbt_environment(database_url))
        keep_manifest(target_path)
    except DbtError as error:
        return DbtResult((), str(error))
    results = getattr(answer.result, "results", None) or []
    fault = None if answer.success or results else str(answer.exception or "dbt ended without a result: look at its output")
    return DbtResult(tuple(_node_result(result) for result in results), fault)


def compile_sql(database_url: str, jinja: str, target_path: Path = TARGET_PATH) -> str:
    """What dbt makes of a piece of its SQL, macros of the project and all. Raises DbtError where it does not compile."""
    arguments = ["compile", "--inline", jinja, *global_arguments(target_path), "--log-level", "none"]
    answer = invoke_parsed(arguments, dbt_environment(database_url))
    if not answer.success:
        raise DbtError(f"this SQL does not compile: {answer.exception or answer.result}")
    compiled: Any = answer.result
    return str(compiled.results[0].node.compiled_code)


@dataclass(frozen=True)
class CompiledModel:
    """A model as dbt would run it: its SQL with every relation's full name, and the statements that go before it."""

    schema: str
    name: str
    is_view: bool
    sql: str
    pre_hooks: tuple[str, ...]


def compile_models(database_url: str, names: Sequence[str], target_path: Path = TARGET_PATH) -> list[CompiledModel]:
    """What dbt makes of these models, in the order of `names`. Raises DbtError where one does not compile, or is not there."""
    answer = invoke_parsed(
        ["compile", *selection_arguments(names), *global_arguments(target_path), "--quiet"], dbt_environment(database_url)
    )
    found = {result.node.name: result.node for result in getattr(answer.result, "results", None) or []}
    missing = [name for name in names if name not in found]
    if not answer.success or missing:
        raise DbtError(f"found no SQL of {', '.join(missing) or 'some models'}, expected each to compile: {answer.exception}")
    return [
        CompiledModel(
            str(node.schema),
            name,
            node.config.materialized == "view",
            str(node.compiled_code),
            tuple(hook.sql for hook in node.config.pre_hook),
        )
        for name, node in ((name, found[name]) for name in names)
    ]


def invoke(arguments: Sequence[str], environment: Mapping[str, str], manifest: Any = None) -> Any:
    """dbt's own answer to one call in this process, with `manifest` or one of its own; all that needs dbt comes through here."""
    from dbt.cli.main import dbtRunner

    patch_dbt()
    with _ONE_AT_A_TIME, _environment(environment):
        return dbtRunner(manifest).invoke(list(arguments))


def invoke_parsed(arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """dbt's own answer to one call that parses nothing: it gets what this process holds, parsed anew where a file changed.

    So variables (`--vars`) reach what dbt renders when it runs, and not what it parsed: names of models, settings and references.
    Raises DbtError when the project does not parse.
    """
    with _ONE_AT_A_TIME, _environment(environment):
        manifest = _manifest_for(os.environ.get("HOSTREAD_PG_DATABASE", "hostread"))
        return invoke([*arguments, "--no-write-json"], {}, manifest)


def prepare_manifest(target_path: Path = PARSED_PATH) -> Path:
    """The path of a manifest as new as the project's files: parsed here when one changed, without a database.

    Webserver, daemon and runs ask at the same time: one parses, the others wait for it, and take up what it parsed.
    Raises DbtError when the project does not parse.
    """
    with _locked(target_path):
        manifest = target_path / "manifest.json"
        if not manifest.exists() or manifest.stat().st_mtime < newest_source(DBT_PROJECT):
            _parse(target_path)
    return manifest


def keep_manifest(target_path: Path) -> None:
    """Leave the manifest that a call went by beside what it wrote, as dbt itself would."""
    source, own = PARSED_PATH / "manifest.json", target_path / "manifest.json"
    if source != own and not (own.exists() and own.stat().st_mtime == source.stat().st_mtime):
        target_path.mkdir(parents=True, exist_ok=True)
        made = own.with_suffix(f".{os.getpid()}")
        shutil.copy2(source, made)
        made.replace(own)


def _manifest_for(database: str) -> Any:
    global _held
    parsed_at = prepare_manifest(PARSED_PATH).stat().st_mtime
    if _held is None or _held.parsed_at != parsed_at:
        with _locked(PARSED_PATH):
            _parse(PARSED_PATH, "--no-write-json")
    assert _held is not None  # noqa: S101
    address(_held.manifest, _held.database, database)
    _held.database = database
    return _held.manifest


def _parse(target_path: Path, *more: str) -> None:
    """Parse what changed since the last time, and hold it."""
    global _held
    answer = invoke(["parse", *global_arguments(target_path), "--quiet", *more], dbt_environment(PARSED_FOR))
    if not answer.success:
        raise DbtError(f"dbt_project does not parse: {answer.exception}")
    if target_path == PARSED_PATH:
        _held = _Held(answer.result, (target_path / "manifest.json").stat().st_mtime, "hostread")


@contextmanager
def _locked(target_path: Path) -> Iterator[None]:
    target_path.mkdir(parents=True, exist_ok=True)
    with _ONE_AT_A_TIME, (target_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _node_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=str(getattr(node.resource_type, "value", node.resource_type)),
        status=str(getattr(result.status, "value", result.status)),
        severity=str(getattr(node.config, "severity", "error") or "error").lower(),
        message=result.message,
        rows_affected=_rows(result.adapter_response),
        failures=result.failures,
        seconds=float(result.execution_time or 0),
    )


def _rows(response: Mapping[str, Any] | None) -> int | None:
    rows = (response or {}).get("rows_affected")
    return int(rows) if isinstance(rows, int) and rows >= 0 else None


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
