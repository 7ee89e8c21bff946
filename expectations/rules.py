"""The words that suites are written in: a rule is one expectation with its name, severity and reason. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# error: what is downstream is withheld; warning: it shows.
Severity = Literal["error", "warning"]

SHA256_BYTES = 32
PREFIX_REGEX = r"^([0-9]+\.){3}0/24$|^[0-9a-f:]*::/48$"
CURRENCY_REGEX = "^[A-Z]{3}$"
WORD_REGEX = r"\S"


@dataclass(frozen=True)
class CheckSpec:
    """One check as orchestration declares it; `table` is without its schema `raw`."""

    name: str
    table: str
    severity: Severity
    description: str


@dataclass(frozen=True)
class Rule:
    """One expectation on one column of a suite's query. `name` is the assertion; `reason` says what goes wrong without it."""

    name: str
    severity: Severity
    reason: str
    column: str
    # The snake-case name of a Great Expectations column expectation, and its arguments.
    expectation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> str:
        """The rule as a person reads it: `digest_bytes between 32 and 32`."""
        match self.expectation:
            case "expect_column_values_to_not_be_null":
                return f"{self.column} is there"
            case "expect_column_values_to_be_between":
                low, high = self.arguments.get("min_value"), self.arguments.get("max_value")
                return f"{self.column} " + " and ".join(
                    part for part in (f">= {low}" if low is not None else "", f"<= {high}" if high is not None else "") if part
                )
            case "expect_column_values_to_match_regex":
                return f"{self.column} matches {self.arguments['regex']}"
            case _:
                return f"{self.column} in {self.arguments.get('value_set')}"


@dataclass(frozen=True)
class Suite:
    """The rules of one raw table. `query` gives one row per row to be judged, from `{rows}`: the table's new rows; `ids` are
    its columns that name a row in a sample and say nothing of a person."""

    table: str
    query: str
    ids: Sequence[str]
    rules: Sequence[Rule]


def there(name: str, severity: Severity, column: str, reason: str) -> Rule:
    """No NULL in the column."""
    return Rule(name, severity, reason, column, "expect_column_values_to_not_be_null")


def between(name: str, severity: Severity, column: str, low: float | None, high: float | None, reason: str) -> Rule:
    """Every value that is there lies in the closed range; None leaves an end open."""
    arguments = {key: value for key, value in (("min_value", low), ("max_value", high)) if value is not None}
    return Rule(name, severity, reason, column, "expect_column_values_to_be_between", arguments)


def matches(name: str, severity: Severity, column: str, regex: str, reason: str) -> Rule:
    """Every value that is there matches the PostgreSQL regular expression somewhere."""
    return Rule(name, severity, reason, column, "expect_column_values_to_match_regex", {"regex": regex})


def among(name: str, severity: Severity, column: str, values: Sequence[Any], reason: str) -> Rule:
    """Every value that is there is one of these."""
    return Rule(name, severity, reason, column, "expect_column_values_to_be_in_set", {"value_set": list(values)})


def holds(name: str, severity: Severity, column: str, reason: str) -> Rule:
    """A condition over several columns, worked out by the query into a boolean, is true (or NULL: it does not apply)."""
    return among(name, severity, column, [True], reason)


def digest(name: str, column: str = "digest_bytes") -> Rule:
    """A SHA-256 is 32 bytes; the query gives its length."""
    return between(
        name,
        "error",
        column,
        SHA256_BYTES,
        SHA256_BYTES,
        "A digest of another length is cut off or made otherwise: equal rows no longer meet.",
    )


def truncated_prefix(name: str) -> Rule:
    reason = "A prefix longer than /24 or /48 names a household: an address was kept (domain rules, section 5)."
    return matches(name, "error", "ip_prefix", PREFIX_REGEX, reason)
