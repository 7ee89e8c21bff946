"""The marks of `make test` say of each line what coverage.py's own tracer says of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Statements of every kind, half of them never reached.
SAMPLE = '''"""A module."""

from __future__ import annotations

import contextlib
import enum
from dataclasses import dataclass
from functools import (
    cache,
    wraps,
)

TEXT = f"""one
{enum.__name__}
"""


def around(inner):
    """Text."""

    @wraps(inner)
    def outer(*arguments):
        return inner(*arguments)

    return outer


@cache
@around
def chosen(
    value: int,
    other: int = 2,
) -> str:
    global CALLS
    CALLS = 1
    if value == 1:
        found = "one"
    elif value == other:
        found = "two"
    else:
        found = "many"
    return found


@dataclass(frozen=True)
class Kind:
    """Text."""

    name: str
    count: int = 0

    @property
    def never(self) -> str:
        return self.name


class Colour(enum.Enum):
    RED = 1


def walked(values):
    for value in values:
        if value > 2:
            break
        with contextlib.suppress(ValueError):
            raise ValueError
    else:
        values = []
    while values:
        values = values[1:]
        continue
    try:
        values[0]
    except KeyError:
        raise
    except (IndexError, TypeError):
        values = [
            each
            for each in range(3)
        ]
    else:
        values = None
    finally:
        assert values
    match values:
        case [_, *_]:
            return (lambda: 2)()
        case []:
            return 0
    return 3


async def awaited():
    async with contextlib.AsyncExitStack():
        pass


def given():
    yield 1
    yield 2


chosen(1)
Kind("a")
walked([1, 2, 3])
next(given())
if TEXT: TEXT = ""; TEXT += "a"
'''
RUN = """
import json, sys
import coverage
measured = coverage.Coverage(source=["sample"], config_file=False, data_file=None)
measured.start()
import sample
measured.stop()
_, statements, _, missing, _ = measured.analysis2(sample.__file__)
print(json.dumps([statements, missing, type(measured._collector.tracers[0]).__name__]))
"""


def measured(folder: Path, before: str) -> tuple[list[int], list[int], str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-c", before + RUN], cwd=folder, capture_output=True, text=True, check=False,
        env={**others, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    statements, missing, tracer = json.loads(done.stdout)
    return statements, missing, tracer


def test_marks_say_what_the_tracer_says(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE, "utf-8")
    traced = measured(tmp_path, "")
    marked = measured(tmp_path, "import tests.lines; tests.lines.PACKAGES.append('sample')")
    assert (traced[2], marked[2]) == ("CTracer", "MarkReader")
    assert marked[:2] == traced[:2]
    # Not a comparison of nothing with nothing.
    assert len(traced[0]) > len(traced[1]) > 10


@pytest.mark.parametrize("package", ["orchestration", "assets", "api", "expectations", "simulation"])
def test_every_measured_package_is_marked(package: str) -> None:
    asked = f"import tests.lines, {package}; print(type({package}.__spec__.loader).__name__)"
    others = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=others, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "MarkingLoader"
