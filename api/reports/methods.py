"""How the figures came about: the page by which any of them can be traced and made again."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version

from api.marts.figures import AttributionSettings, ReportFigures, figures_sha256
from api.reports.cells import moment, number, text, word
from api.reports.document import FULL_PAGE, Figure, Section, Table
from api.reports.formats import spelled
from api.reports.language import say

DAY_S = 86_400
WINDOWS = {
    "exposure_window_s": "Exposure window",
    "click_window_s": "Click window",
    "vanity_window_s": "Vanity path window",
    "code_grace_days": "Promo code grace, days after its end",
}
DEFINITIONS = (
    ("Download", "A request, or several by one device for one episode within 24 hours, that received at least one minute of audio. "
     "Bots, data centres, probes, duplicates by watches and implausible volumes are rejected, each with its rule."),
    ("Ad delivered", "All bytes of the ad were sent inside a valid download. A baked-in one counts where all up to its end was."),
    ("Visit", "A page view, click or other event on the sponsor's site that follows this campaign's touch."),
    ("Conversion", "An order, counted once however often it was reported. A refund is a negative amount with its order's credit."),
    ("Touch", "An ad delivered to the household, a click on a tagged link, a visit by the show's address, or a promo code."),
    ("First touch", "The first touch takes all credit."),
    ("Last touch", "The last touch takes all credit."),
    ("Linear", "Every touch takes the same share."),
    ("Time decay", "A touch one half-life older takes half the share."),
    ("Position based", "The first and the last touch take a fixed share each, those between them the rest."),
    ("Spend", "CPM × ads delivered ÷ 1,000, or the flat price by day of flight."),
    ("Not identifiable", "The data cannot say. It is never shown as zero."),
)  # fmt: skip


@dataclass(frozen=True)
class Trace:
    """What stands on the methods page beside the figures' own origin: which telling this is, of what."""

    # (name, value) of what the report is of: the campaign, or the period.
    subject: tuple[tuple[str, str], ...]
    is_final: bool = False
    version: int = 1
    # Methods of estimates, by what they estimate.
    models: tuple[tuple[str, str], ...] = ()
    # (id, name, version and parameters) of the account's own attribution models.
    own_models: tuple[tuple[str, str, str], ...] = ()


def methods_section(figures: ReportFigures, trace: Trace) -> Section:
    s, build = figures.settings, figures.build
    weights = f"{s.position_first:g} / {s.position_middle:g} / {s.position_last:g}"
    state = say("stale: {reason}", reason=build.stale_reason) if build.is_stale else say("current")
    return Section(
        "methods",
        "Methods and traceability",
        layout="list",
        room=FULL_PAGE,
        intro=(
            "Every figure in this report was read in one snapshot of the build named here. Two reports with the same digest show "
            "the same figures. The PDF, the spreadsheet and the CSV hold the same cells; the CSV names each by its id."
        ),
        figures=(
            *(text(f"methods.{slug(name)}_id", name, value) for name, value in trace.subject),
            text("methods.build_id", "Build", str(build.build_id)),
            moment("methods.published_at", "Build published", build.published_at),
            text("methods.build_state", "State of the build", state),
            moment("methods.read_at", "Figures read", figures.read_at),
            text("methods.inputs_sha256", "Digest of the inputs (SHA-256)", figures_sha256(figures)),
            number("methods.version", "Version of this report", trace.version),
            word("methods.edition", "Edition", "final" if trace.is_final else "interim"),
            text("methods.software", "Software and model version", f"Hostread {software_version()}"),
            *(text(f"methods.model.{slug(name)}", say("Method: {name}", name=say(name)), value) for name, value in trace.models),
            *(text(f"methods.own_model.{key}", say("Method: {name}", name=name), said) for key, name, said in trace.own_models),
            text("methods.windows_sha256", "Version of windows and weights (SHA-256)", settings_sha256(s)),
            text("methods.timezone", "Time zone of the account", figures.timezone),
            *(window("methods", say(words), name, getattr(s, name)) for name, words in WINDOWS.items()),
            *(
                window(
                    f"methods.{kind}", say("{window}, of conversions of the kind {kind}", window=say(words), kind=kind), name,
                    of_kind[name],
                )
                for kind, of_kind in sorted(s.windows_by_kind.items())
                for name, words in WINDOWS.items()
                if name in of_kind
            ),
            text("methods.half_life", "Time decay half-life", duration(s.half_life_s)),
            text("methods.position_weights", "Position weights, first / middle / last", weights),
        ),
        tables=(
            Table(
                "definitions",
                "Definitions",
                ("Term", "Meaning"),
                tuple(definition(term, words) for term, words in DEFINITIONS),
                widths=(1, 5),
            ),
        ),
    )  # fmt: skip


def settings_sha256(settings: AttributionSettings) -> str:
    """Equal windows and weights have equal digests, whenever they were chosen."""
    said = settings.model_dump(mode="json")
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def definition(term: str, words: str) -> tuple[Figure, Figure]:
    of = slug(term)
    key = f"methods.definition.{of}"
    return word(f"{key}.term", "Term", term, of), word(key, "Meaning", words, of)


def window(under: str, words: str, name: str, value: int) -> Figure:
    """One window of WINDOWS by its name: seconds, or the grace of a code in days."""
    key = f"{under}.{name.removesuffix('_s')}"
    return number(key, words, value) if name == "code_grace_days" else text(key, words, duration(value))


def duration(seconds: int) -> str:
    """30 days (2,592,000 s): windows are exact seconds (domain rules, section 5)."""
    days = seconds / DAY_S
    return say("{days} days ({seconds} s)", days=f"{days:g}", seconds=spelled(Decimal(seconds), 0))


def slug(term: str) -> str:
    return term.lower().replace(" ", "_")


def software_version() -> str:
    try:
        return version("hostread")
    except PackageNotFoundError:
        return "unknown"
