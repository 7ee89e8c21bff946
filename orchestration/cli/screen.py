"""What the command shows: a line a step as it goes, and the summary."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.marts.money import to_amount
from orchestration.errors import HostreadError
from orchestration.pipeline import RunOutcome
from orchestration.summary import MODELS, Summary
from orchestration.truth import TruthReport

STARTED: dict[str, float] = {}


def make_console() -> Console:
    """The screen; into a file or a pipe, lines are not broken at 80 columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


@contextmanager
def step(console: Console, name: str) -> Iterator[None]:
    """One line a step, with its seconds: written when it begins, so that a long one is seen at work."""
    began = time.monotonic()
    with console.status(f"{name} …"):
        try:
            yield
        except BaseException:
            console.print(f"  [red]✗[/] {name}")
            raise
    console.print(f"  [green]✓[/] {name}  [dim]{time.monotonic() - began:.1f} s[/]")


def tell_step(console: Console, name: str, state: str) -> None:
    if state == "started":
        STARTED[name] = time.monotonic()
    else:
        mark = "[green]✓[/]" if state == "finished" else "[red]✗[/]"
        console.print(f"  {mark} {name}  [dim]{time.monotonic() - STARTED.pop(name, time.monotonic()):.1f} s[/]")


def show(console: Console, summary: Summary, outcome: RunOutcome) -> None:
    """Print the summary. Raises HostreadError where nothing was ever published: there is nothing to serve."""
    landed = ", ".join(f"{count:,} {table.replace('_', ' ')}" for table, count in summary.landed.items())
    console.print(f"landed       {landed}")
    console.print(f"quarantined  {summary.quarantined:,} rows (hostread quarantine)")
    console.print(
        f"counted      {summary.downloads_counted:,} downloads from {summary.requests_judged:,} requests, "
        f"{summary.requests_rejected:,} rejected by rule"
    )
    for source, what, error in summary.failed_sources:
        console.print(f"source       [red]failed[/] {source} {what}: {error}")
    failed, warned = len(outcome.checks_failed), len(outcome.checks_warned)
    console.print(f"checks       {outcome.checks_passed:,} passed, {failed} failed, {warned} warned")
    for name in outcome.checks_failed:
        console.print(f"             [red]failed[/] {name}")
    for name in outcome.checks_warned:
        console.print(f"             [yellow]warned[/] {name}")
    for fault in outcome.faults:
        console.print(f"             [red]fault[/] {fault}")
    if summary.build is None:
        raise HostreadError("no build was published, expected one: the faults above say why")
    console.print(revenue_table(summary))
    console.print(f"conversions  {summary.conversions:,}")
    console.print(f"reports      {summary.reports} rendered: the dashboard lists them, `hostread report` writes them to files")
    console.print(f"build        {summary.build}\n")


def show_truth(console: Console, report: TruthReport) -> None:
    """What the simulated network's own truth says of the figures above."""
    label = "truth"
    for compared in report.comparisons:
        subject = f"{compared.compared:,} {compared.name}"
        differing = f"[red]failed[/] {compared.mismatched:,} of {subject} differ, such as"
        console.print(f"{label:<12} {differing if compared.mismatched else f'{subject} {compared.claim}'}")
        for example in compared.examples:
            console.print(f"             [red]{escape(example)}[/]")
        label = ""
    if report.rejected:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in report.rejected)
        console.print(f"             of the verdicts {sum(count for _, count in report.rejected):,} reject: {reasons}")
    people = report.people
    console.print(
        f"             {people.listens:,} listens of people were counted as {people.counted:,} downloads: "
        f"{people.missed:,} missed, {people.repeats:,} repeated, {people.machines:,} by machines"
    )
    for found in report.lifts:
        said = f"lift of {found.campaign}: {found.lift:.0%} ({found.low:.0%} to {found.high:.0%})"
        truth = "nothing else was bought" if found.truth is None else f"the truth is {found.truth:.0%}"
        placebo = "" if found.placebo is None else f", {found.placebo:.0%} before any ad"
        console.print(f"             {escape(said)}, {truth}{'' if found.is_held else ', outside'}{placebo}")
    if report.newer_requests or report.newer_events:
        console.print(
            f"             {report.newer_requests:,} requests and {report.newer_events:,} events are newer than the truth"
        )


def revenue_table(summary: Summary) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("revenue credited by", no_wrap=True, max_width=32)
    for model in MODELS:
        table.add_column(model.removesuffix("_based").removesuffix("_touch").removeprefix("time_"), justify="right", no_wrap=True)
    tenant = None
    for row in summary.revenue:
        if (row.tenant, row.currency) != tenant:
            tenant = (row.tenant, row.currency)
            table.add_row(f"{row.tenant}, {row.currency}", style="bold")
        cells = [f"{to_amount(minor, row.currency):,}" for minor in row.by_model]
        table.add_row(f"  {row.label}", *cells, end_section=row.label == "total")
    return table
