"""What a report must pass before it is mailed: a build that passed its own checks, figures that add up, and files that show them.

A fault holds the message back and is told to the account's owners; the next look makes the report anew.
"""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from api.mail.issues import Connection
from api.marts.figures import CampaignFigures, NetworkFigures, campaign_figures, network_figures
from api.marts.warehouse import Reader

if TYPE_CHECKING:
    from api.reports.document import Document, Figure

# The same test as the API's: the newest attempt that came to an end was held back.
BUILD_STATE = """
select
    exists (select 1 from marts.builds) as is_built,
    coalesce((
        select a.status = 'held'
        from ops.build_attempts as a
        where a.status in ('published', 'held')
        order by coalesce(a.finished_at, a.started_at) desc
        limit 1
    ), false) as is_held
"""
REPORT = """
select
    r.build_id, r.kind, r.campaign_id, r.sponsor_id, r.period_start, r.period_end, r.is_final,
    exists (select 1 from marts.builds as b where b.build_id = r.build_id) as is_published,
    coalesce(jsonb_object_agg(f.format, f.sha256) filter (where f.format is not null), '{}') as digests
from app.reports as r
left join app.report_files as f on f.tenant_id = r.tenant_id and f.report_id = r.report_id
where r.report_id = %s
group by r.report_id
"""
MEASURED = frozenset({"count", "estimate", "money", "rate", "ratio"})
FILES = "select format, content from app.report_files where report_id = %s"


def held_reason(app: Connection) -> str | None:
    """Why no report is mailed now, or None. What failed its checks is never mailed, nor what is behind it."""
    row = app.execute(BUILD_STATE).fetchone()
    if row is None or not row["is_built"]:
        return "no build has been published yet: the report goes out after the first one"
    if row["is_held"]:
        return "the newest build was held back by its checks: the report goes out after the next good one"
    return None


def report_faults(app: Connection, reader: Reader, report_id: UUID) -> list[str]:
    """What is wrong with one finished report: its figures by conservation, and its files against its figures. Both connections
    have entered the tenant."""
    # Here and not above: the drawing libraries take half a second that the definitions can do without.
    from api.reports.csv import read_figures
    from api.reports.figures import build_document

    stored = app.execute(REPORT, [report_id]).fetchone()
    if stored is None:
        return [f"found no report {report_id}, expected the one of this message"]
    faults = []
    if not stored["is_published"]:
        faults.append(f"found the build {stored['build_id']} behind the report, expected a published one")
    contents = {row["format"]: bytes(row["content"]) for row in app.execute(FILES, [report_id]).fetchall()}
    faults += file_faults(contents, stored["digests"], str(stored["build_id"]))
    if faults:
        # Files that are not what they should be are not read for their figures.
        return faults
    figures: CampaignFigures | NetworkFigures
    if stored["campaign_id"] is None:
        figures = network_figures(reader, stored["period_start"], stored["period_end"], sponsor_id=stored["sponsor_id"])
        faults += summary_faults(figures)
    else:
        figures = campaign_figures(reader, stored["campaign_id"])
        faults += figure_faults(figures)
    # A newer build than the report's has other figures: then only what is in the files can be judged.
    if figures.build.build_id == stored["build_id"] and contents.get("csv"):
        faults += shown_faults(
            read_figures(contents["csv"]), build_document(figures, kind=stored["kind"], is_final=stored["is_final"])
        )
    return faults


def shown_faults(shown: "Iterable[Figure]", document: "Document") -> list[str]:
    """Numbers of the files that are not those of the marts. What people entered may have changed since, and is no number."""
    from api.reports.document import all_figures

    known = {
        (figure.figure_id, figure.dimension): figure.value
        for section, figure in all_figures(document)
        # What is said of the report itself is no measurement: its version, and what it restates.
        if figure.unit in MEASURED and not section.section_id.startswith(("methods", "restate"))
    }
    said = [(figure, known.get((figure.figure_id, figure.dimension), figure.value)) for figure in shown]
    return [
        f"found {figure.value} as {figure.figure_id} in the files, expected the {value} of the marts"
        for figure, value in said
        if value != figure.value
    ]


def file_faults(contents: dict[str, bytes], digests: dict[str, str], build_id: str) -> list[str]:
    """Files that are missing, are not what was stored, or are of another build."""
    faults = [f"found no {name} file, expected one" for name in ("pdf", "csv") if not contents.get(name)]
    faults += [
        f"found a {name} file that is not the one that was rendered"
        for name, content in contents.items()
        if hashlib.sha256(content).hexdigest() != digests.get(name)
    ]
    rows = csv.DictReader(io.StringIO(contents.get("csv", b"").decode("utf-8-sig", "replace"), newline=""))
    builds = {row.get("build_id") or "" for row in rows} or {build_id}
    if builds != {build_id}:
        faults.append(f"found figures of the build {', '.join(sorted(builds))} in the CSV, expected {build_id}")
    return faults


def figure_faults(figures: CampaignFigures) -> list[str]:
    """Conservation: what is shown in total is the sum of what is shown in parts, to the unit and the cent."""
    whole = figures.performance
    faults = [
        *_differ("ads delivered, by day", whole.ads_delivered, sum(day.ads_delivered for day in figures.delivery)),
        *_differ("ads delivered, by placement", whole.ads_delivered, sum(one.ads_delivered for one in figures.placements)),
        *_differ("spend, by day", whole.spend.amount, sum((day.spend.amount for day in figures.delivery), Decimal(0))),
        *_differ("spend, by placement", whole.spend.amount, sum((one.spend.amount for one in figures.placements), Decimal(0))),
    ]
    for basis in (figures.attribution, figures.exposure_attribution):
        totals = _credits(basis.models)
        for name, parts in (("placement", basis.placements), ("day", basis.daily)):
            summed = _credits(parts)
            for key in totals.keys() | summed.keys():
                of = f"{key[0]} in {key[1]} by {basis.basis}, by {name}"
                faults += _differ(f"credited conversions of {of}", totals[key][0], summed[key][0])
                faults += _differ(f"credited revenue of {of}", totals[key][1], summed[key][1])
    credited = _credits(figures.attribution.models)
    for row in figures.roi:
        faults += _differ(f"spend behind the return under {row.model}", whole.spend.amount, row.spend.amount)
        revenue = credited[row.model, row.revenue.currency, False][1]
        faults += _differ(f"revenue behind the return under {row.model}", revenue, row.revenue.amount)
    return faults


def summary_faults(figures: NetworkFigures) -> list[str]:
    """The same of a network summary: each currency's total is the sum of its campaigns, of its shows and of its days."""
    faults: list[str] = []
    summary = figures.summary
    for name, parts in (("campaign", summary.campaigns), ("show", summary.shows), ("day", summary.days)):
        for total in summary.totals:
            currency = total.spend.currency
            own = [part for part in parts if part.spend.currency == currency]
            of = f"in {currency}, by {name}"
            faults += _differ(f"ads delivered {of}", total.ads_delivered, sum(part.ads_delivered for part in own))
            faults += _differ(f"spend {of}", total.spend.amount, sum((part.spend.amount for part in own), Decimal(0)))
            faults += _differ(f"credited conversions {of}", total.conversions, sum((part.conversions for part in own), Decimal(0)))
            faults += _differ(
                f"credited revenue {of}", total.revenue.amount, sum((part.revenue.amount for part in own), Decimal(0))
            )
    return faults


def _credits(rows: Iterable[Any]) -> defaultdict[tuple[str, str, bool], tuple[Decimal, Decimal]]:
    """(conversions, revenue) by model, currency and whether no rate turns it into the campaign's."""
    summed: defaultdict[tuple[str, str, bool], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        key = (str(row.model), row.revenue.currency, row.is_unconverted)
        conversions, revenue = summed[key]
        summed[key] = (conversions + row.conversions, revenue + row.revenue.amount)
    return summed


def _differ(what: str, total: Decimal | int, summed: Decimal | int) -> Sequence[str]:
    return [] if total == summed else [f"found {summed} of {what}, expected the {total} of the whole"]
