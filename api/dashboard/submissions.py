"""Forms into entries: what pydantic finds wrong becomes a sentence beside its field."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from api.campaigns.models import CampaignEntry

PLACEMENT_FIELDS = (
    "show_id", "position", "insertion", "ad_start_s", "ad_duration_s", "price_model", "price", "share_rate", "contracted_ads",
    "vanity_path",
)  # fmt: skip
CAMPAIGN_FIELDS = ("name", "sponsor_id", "currency", "flight_start", "flight_end", "utm_campaign")
MESSAGES: Mapping[str, str] = {
    "missing": "Fill this in.",
    "date_from_datetime_parsing": "Choose a day.",
    "date_parsing": "Choose a day.",
    "decimal_parsing": "Enter a number, as 25.00.",
    "int_parsing": "Enter a whole number.",
    "uuid_parsing": "Choose one.",
    "string_too_short": "Too short: at least {min_length} characters.",
    "string_too_long": "Too long: at most {max_length} characters.",
    "string_pattern_mismatch": "This holds characters that cannot be here.",
}
# A form that enters a sponsor or a show along with something else names their fields apart.
FORM_NAMES: Mapping[str, Mapping[str, str]] = {"SponsorEntry": {"name": "sponsor_name"}, "ShowEntry": {"title": "show_title"}}


def campaign_entry(form: Mapping[str, str]) -> CampaignEntry:
    """The short form as a campaign with one placement and, where a code was entered, its code. Raises ValidationError."""
    filled = {name: value for name, value in form.items() if value}
    placement: dict[str, Any] = {name: filled[name] for name in PLACEMENT_FIELDS if name in filled}
    if "code" in filled:
        placement["promo_codes"] = [{"code": filled["code"]}]
    campaign: dict[str, Any] = {name: filled[name] for name in CAMPAIGN_FIELDS if name in filled}
    return CampaignEntry.model_validate(campaign | {"status": "active", "placements": [placement]})


def field_errors(error: ValidationError) -> dict[str, str]:
    """One sentence per field of the form; a rule over several fields stands under the last day of the flight."""
    said: dict[str, str] = {}
    for found in error.errors():
        names = [part for part in found["loc"] if isinstance(part, str)]
        name = names[-1] if names else "flight_end"
        known = MESSAGES.get(found["type"])
        message = known.format(**found.get("ctx", {})) if known else found["msg"].removeprefix("Value error, ")
        said.setdefault(FORM_NAMES.get(error.title, {}).get(name, name), message)
    return said


def first_fault(error: ValidationError) -> str:
    """The first field that is wrong and what is wrong with it, for forms that are a button and a reason."""
    fault = error.errors()[0]
    return f"{fault['loc'][-1] if fault['loc'] else 'the form'}: {fault['msg']}"
