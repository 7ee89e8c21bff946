"""Packages to compare with that are no dependencies: each in a throw-away environment, or in one that stands already."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def python_with(packages: Sequence[str], variable: str, expected: str) -> Iterator[str]:
    """The path of a python that has `packages`: the one that `variable` names, or one made for this and deleted after it.

    Raises RuntimeError, with what was `expected` of the machine, where they cannot be installed.
    """
    if named := os.environ.get(variable):
        yield named
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        installed = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], capture_output=True, text=True)
        if installed.returncode:
            raise RuntimeError(
                f"{packages[0]} could not be installed here, expected {expected}; or name the python of an environment that "
                f"has it in {variable}. pip said: {installed.stderr.strip()[-500:]}"
            )
        yield python
