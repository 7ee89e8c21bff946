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

from orchestration.settings import PROJECT_ROOT, settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
# Under home, so that two instances of one checkout never write each other's files.
TARGET_PATH = settings().home / "dbt" / "run"
PARSED_PATH = settings().home / "dbt" / "parsed"
PARSED_FILE = "partial_parse.msgpack"
SOURCE_SUFFIXES = {".sql", ".yml", ".csv", ".md"}
# The environment and dbt's own registries are the process's: one dbt at a time.
_ONE_AT_A_TIME = threading.RLock()


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
    """What every call says: no telemetry, no version check over the network, no colours, and where dbt writes."""
    return [
        "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(target_path), "--log-path", str(target_path / "logs"), "--log-level-file", "none",
        "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--partial-parse",
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
    _reuse_parse(target_path)
    answer = invoke([*arguments, *global_arguments(target_path), "--quiet"], dbt_environment(database_url))
    results = getattr(answer.result, "results", None) or []
    error = None if answer.success or results else str(answer.exception or "dbt ended without a result: look at its output")
    return DbtResult(tuple(_node_result(result) for result in results), error)


def compile_sql(database_url: str, jinja: str, target_path: Path = TARGET_PATH) -> str:
    """What dbt makes of a piece of its SQL, macros of the project and all. Raises DbtError where it does not compile."""
    arguments = ["compile", "--inline", jinja, *global_arguments(target_path), "--log-level", "none"]
    answer = invoke(arguments, dbt_environment(database_url))
    if not answer.success:
        raise DbtError(f"this SQL does not compile: {answer.exception or answer.result}")
    compiled: Any = answer.result
    return str(compiled.results[0].node.compiled_code)


def invoke(arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """dbt's own answer to one call in this process; whatever needs dbt comes through here."""
    from dbt.cli.main import dbtRunner

    with _ONE_AT_A_TIME, _environment(environment):
        return dbtRunner().invoke(list(arguments))


def prepare_manifest(target_path: Path = PARSED_PATH) -> Path:
    """The path of a manifest as new as the project's files: parsed here when one changed, without a database.

    Webserver, daemon and runs ask at the same time: one parses, the others wait for it. Builds write theirs elsewhere, and begin
    with this one: dbt takes up what was parsed for the same database.
    Raises DbtError when the project does not parse.
    """
    manifest = target_path / "manifest.json"
    target_path.mkdir(parents=True, exist_ok=True)
    with (target_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in DBT_PROJECT.rglob("*") if path.suffix in SOURCE_SUFFIXES)
        if not manifest.exists() or manifest.stat().st_mtime < newest:
            known = settings().database_url
            answer = invoke(["parse", *global_arguments(target_path), "--quiet"], dbt_environment(known) if known else {})
            if not answer.success:
                raise DbtError(f"dbt_project does not parse: {answer.exception}")
    return manifest


def _reuse_parse(target_path: Path) -> None:
    """A target that is new begins with what `prepare_manifest` parsed; dbt itself sees whether it fits."""
    parsed, own = PARSED_PATH / PARSED_FILE, target_path / PARSED_FILE
    if parsed.exists() and not own.exists():
        target_path.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed, own)


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
