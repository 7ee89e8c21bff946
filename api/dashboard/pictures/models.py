"""A model that is tried out, beside the built-in ones."""

from collections.abc import Mapping

from api.campaigns.attribution_models import CustomModel
from api.campaigns.model_previews import PREVIEW, Preview, PreviewRow
from api.dashboard import formats
from api.dashboard.charts import Chart, Series, Tone, Unit
from api.dashboard.pictures.campaign import TONES
from api.dashboard.rendering import money
from api.marts.models import model_name

SHAPES: Mapping[str, str] = {
    "first": "First touch", "last": "Last touch", "linear": "Linear", "time_decay": "Time decay",
    "position_based": "Position based",
}  # fmt: skip
FACTORS: Mapping[str, str] = {
    "click_factor": "Click link", "vanity_factor": "Vanity path", "code_factor": "Promo code",
    "exposure_factor": "Household exposure", "survey_factor": "Survey answer", "pre_roll_factor": "Pre-roll",
    "mid_roll_factor": "Mid-roll", "post_roll_factor": "Post-roll",
}  # fmt: skip
SHOWN_CAMPAIGNS = 8
# A bar for each of six models says nothing any more.
DRAWN = (PREVIEW, "last_touch", "linear")


def name_of(model: str) -> str:
    return "This model" if model == PREVIEW else model_name(model)


def preview_charts(preview: Preview) -> list[Chart]:
    """One chart per currency: credited revenue by campaign, this model first."""
    return [_chart(total.credit[0].revenue.currency, preview) for total in preview.totals]


def cells(row: PreviewRow) -> list[tuple[str, str, str]]:
    """(model, revenue, conversions), as a table has them."""
    return [(name_of(one.model), money(one.revenue), f"{formats.number(one.conversions, 2)} conv.") for one in row.credit]


def summary(model: CustomModel) -> str:
    """The parameters that differ from the defaults, in words."""
    p = model.newest
    said = [SHAPES[p.shape]]
    if p.shape == "time_decay":
        said.append(f"half-life {formats.duration(p.half_life_s)}")
    if p.shape == "position_based":
        said.append(" / ".join(formats.rate(share, 0) for share in (p.position_first, p.position_middle, p.position_last)))
    if p.window_s:
        said.append(f"within {formats.duration(p.window_s)}")
    for name, label in FACTORS.items():
        factor = getattr(p, name)
        if factor != 1:
            said.append(f"without {label.lower()}" if factor == 0 else f"{label.lower()} × {factor.normalize():f}")
    return ", ".join(said)


def _chart(currency: str, preview: Preview) -> Chart:
    rows = [row for row in preview.rows if row.credit[0].revenue.currency == currency]
    rows = sorted(rows, key=lambda row: -row.credit[0].revenue.amount)[:SHOWN_CAMPAIGNS]
    tones: Mapping[str, Tone] = {PREVIEW: "4", **{str(model): tone for model, tone in TONES.items()}}
    return Chart(
        f"preview-{currency.lower()}",
        f"Credited revenue by campaign, {currency}",
        [row.campaign_name or "Unattributed" if row.campaign_id else "Unattributed" for row in rows],
        [
            Series(name_of(one.model), [row.credit[place].revenue.amount for row in rows], tone=tones.get(one.model, "1"))
            for place, one in enumerate(rows[0].credit)
            if one.model in DRAWN
        ],
        unit=Unit("money", currency),
        category_name="Campaign",
        size="tall",
        is_horizontal=True,
        note="This model beside two of the built-in ones; the table has all.",
        empty_text="No conversion came in these days.",
    )
