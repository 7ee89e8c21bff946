"""Coverage without a tracer: our own modules mark the lines that they run, and nothing else pays for it.

Python 3.11 traces all or nothing: where a test runs reportlab, pandas or Hypothesis, coverage.py's tracer took more time than the
test. Here each statement of a measured package is compiled behind a mark of its line, and coverage.py reads the marks: its
configuration, its data, its report and its bound stay what they are. `make test` loads this plugin; `pytest --cov` alone traces.
"""

import ast
import importlib.abc
import sys
import tomllib
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from coverage.core import Core

MARKS = "__lines_run__"
PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["coverage"]["run"]["source"]
# Of each file that was imported, one byte a line: 1 once it was run.
RUN: dict[str, bytearray] = {}


class Marking(ast.NodeTransformer):
    """Puts `__lines_run__[n] = 1` before each statement of line n. A `case` that is tried and not taken is not marked."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body:
                setattr(node, name, marked(body))
        if isinstance(node, ast.match_case):
            node.body.insert(0, mark(node.pattern))
        if isinstance(node, ast.ExceptHandler):
            # Its line is run where its type is asked for, whether it is the one or not.
            text = f"({MARKS}.__setitem__({node.lineno}, 1), {ast.unparse(node.type) if node.type else 'BaseException'})[1]"
            node.type = located(ast.parse(text, mode="eval").body, node)
        return node


def marked(body: list[ast.stmt]) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    for place, statement in enumerate(body):
        marks = [mark(at) for at in (*getattr(statement, "decorator_list", ()), statement)]
        if place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            # A docstring stands first, and is no statement to coverage.py.
            made.append(statement)
        elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            made += [statement, *marks]
        else:
            made += [*marks, statement]
    return made


def mark(at: ast.AST) -> ast.stmt:
    return located(ast.parse(f"{MARKS}[{at.lineno}] = 1").body[0], at)  # type: ignore[attr-defined]


def located(made: Any, at: ast.AST) -> Any:
    """With the place of `at` throughout: a traceback names the line that is written."""
    for node in ast.walk(made):
        ast.copy_location(node, at)
    return made


class MarkingLoader(SourceFileLoader):
    """Compiles a module with its marks; never from a cache, and into none."""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path)
        RUN.setdefault(self.path, bytearray(source.count(b"\n") + 2))
        return compile(Marking().visit(ast.parse(source, self.path)), self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        vars(module)[MARKS] = RUN[self.path]
        exec(code, vars(module))  # noqa: S102


class MarkingFinder(importlib.abc.MetaPathFinder):
    """Finds the measured packages where Python would, and loads them marked."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = MarkingLoader(spec.loader.name, spec.loader.path)
        return spec


class MarkReader:
    """What coverage.py takes for a tracer: it has nothing to start, and hands over the marks when it is asked."""

    data: dict[str, set[int]]

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def activity(self) -> bool:
        for path, lines in RUN.items():
            self.data[path] = {number for number, was_run in enumerate(lines) if was_run}
        return True

    def reset_activity(self) -> None: ...

    def get_stats(self) -> None: ...


def read_marks(core: Core, *arguments: Any, **named: Any) -> None:
    initialize(core, *arguments, **named)
    core.tracer_class, core.tracer_kwargs = MarkReader, {}  # type: ignore[assignment]
    core.packed_arcs = core.systrace = core.supports_plugins = core.supports_dynamic_contexts = False


initialize = Core.__init__
Core.__init__ = read_marks  # type: ignore[assignment, method-assign]
sys.meta_path.insert(0, MarkingFinder())
