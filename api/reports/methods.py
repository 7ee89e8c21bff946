"""How the figures came about: the page by which any of them can be traced and made again."""

from importlib.metadata import PackageNotFoundError, version

from api.marts.figures import CampaignFigures, figures_sha256
from api.reports.cells import moment, number, text
from api.reports.document import Figure, Section, Table

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


def methods_section(figures: CampaignFigures, *, is_final: bool) -> Section:
    s, build = figures.settings, figures.build
    weights = f"{s.position_first:g} / {s.position_middle:g} / {s.position_last:g}"
    return Section(
        "methods",
        "Methods and traceability",
        intro=(
            "Every figure in this report was read in one snapshot of the build named here. Two reports with the same digest show "
            "the same figures. The PDF, the spreadsheet and the CSV hold the same cells; the CSV names each by its id."
        ),
        figures=(
            text("methods.campaign_id", "Campaign", str(figures.campaign.campaign_id)),
            text("methods.build_id", "Build", str(build.build_id)),
            moment("methods.published_at", "Build published", build.published_at),
            text("methods.build_state", "State of the build", f"stale: {build.stale_reason}" if build.is_stale else "current"),
            moment("methods.read_at", "Figures read", figures.read_at),
            text("methods.inputs_sha256", "Digest of the inputs (SHA-256)", figures_sha256(figures)),
            text("methods.edition", "Edition", "final" if is_final else "interim"),
            text("methods.software", "Software and model version", f"Hostread {software_version()}"),
            text("methods.timezone", "Time zone of the account", figures.timezone),
            *(window("methods", words, name, getattr(s, name)) for name, words in WINDOWS.items()),
            *(
                window(f"methods.{kind}", f"{words}, of conversions of the kind {kind}", name, of_kind[name])
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


def definition(term: str, words: str) -> tuple[Figure, Figure]:
    of = slug(term)
    key = f"methods.definition.{of}"
    return text(f"{key}.term", "Term", term, of), text(key, "Meaning", words, of)


def window(under: str, words: str, name: str, value: int) -> Figure:
    """One window of WINDOWS by its name: seconds, or the grace of a code in days."""
    key = f"{under}.{name.removesuffix('_s')}"
    return number(key, words, value) if name == "code_grace_days" else text(key, words, duration(value))


def duration(seconds: int) -> str:
    """30 days (2,592,000 s): windows are exact seconds (domain rules, section 5)."""
    days = seconds / DAY_S
    return f"{days:g} days ({seconds:,} s)"


def slug(term: str) -> str:
    return term.lower().replace(" ", "_")


def software_version() -> str:
    try:
        return version("hostread")
    except PackageNotFoundError:
        return "unknown"
