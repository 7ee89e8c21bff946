"""What must hold of every raw table: Great Expectations suites as plain data, and their runner.

`catalogue()` and the suites import nothing of Great Expectations, which takes seconds; `expectations.runner` does, when it runs.
"""

from expectations.rules import CheckSpec
from expectations.suites import catalogue

__all__ = ["CheckSpec", "catalogue"]
