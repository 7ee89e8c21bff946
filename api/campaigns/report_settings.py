"""How an account's reports look: name, language, colours and logo, under which its sponsors know it."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.logos import clean_logo
from api.campaigns.models import Entered, Entry
from api.database import Writer
from api.errors import not_found
from api.reports.look import ACCENT, BAND, LEAST_DRAWN, WHITE, Language, Look, contrast
from api.reports.settings import read_look


def drawn_on_white(colour: str | None) -> str | None:
    """Lines and bars are drawn in it on white paper: it must be seen there."""
    if colour is None:
        return None
    found = contrast(colour.upper(), WHITE)
    if found < LEAST_DRAWN:
        raise ValueError(
            f"found a contrast of {found:.1f} to 1 with white paper, expected at least {LEAST_DRAWN:g}: take a darker one"
        )
    return colour.upper()


Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$", examples=["#1F6FEB"])]


class ReportSettingsChange(Entry):
    """What is left out stays; null gives it back to the default."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"display_name": "Lighthouse Audio", "language": "de", "band_colour": "#7A1F3D", "accent_colour": "#B4472A"}
            ]
        },
    )

    display_name: str | None = Field(
        None, min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="In place of the account's name."
    )
    language: Language = Field("en", description="Of reports that name no other.")
    band_colour: Annotated[Colour | None, AfterValidator(lambda c: c and c.upper())] = Field(
        None, description="Of the cover's band; its text is white or dark, whichever reads better."
    )
    accent_colour: Annotated[Colour | None, AfterValidator(drawn_on_white)] = Field(
        None, description="Of lines and bars: at least 3 to 1 against white paper (WCAG 2.2, 1.4.11)."
    )


class ReportSettings(Entered):
    """How reports look. `text_colour` is what the contrast with the band asks for, and `has_logo` whether there is one."""

    display_name: str | None
    language: Language
    band_colour: str
    accent_colour: str
    text_colour: str
    text_contrast: float
    has_logo: bool


def report_settings(c: Writer) -> ReportSettings:
    """One account's; the defaults where it chose nothing."""
    look = read_look(c)
    return ReportSettings(
        display_name=look.name, language=look.language, band_colour=look.band, accent_colour=look.accent, text_colour=look.on_band,
        text_contrast=round(contrast(look.on_band, look.band), 2), has_logo=look.logo is not None,
    )  # fmt: skip


def change_report_settings(c: Writer, who: Principal, change: ReportSettingsChange) -> ReportSettings:
    before = read_look(c)
    named = {"display_name": before.name, "language": before.language, "band_colour": before.band, "accent_colour": before.accent}
    values = named | change.model_dump(include=change.model_fields_set)
    _store(c, who, **values)
    record_audit(c, who, "change", "report_settings", who.tenant_id, changed=sorted(change.model_fields_set))
    return report_settings(c)


def change_logo(c: Writer, who: Principal, content: bytes | None) -> ReportSettings:
    """Another logo, or none. Raises `invalid` or `too-large` for an upload that is no logo."""
    _store(c, who, logo=clean_logo(content) if content is not None else None)
    record_audit(c, who, "change", "report_settings", who.tenant_id, changed=["logo"])
    return report_settings(c)


def logo_of(c: Writer) -> bytes:
    logo = read_look(c).logo
    if logo is None:
        raise not_found("logo", "of this account")
    return logo


def look_of(c: Writer, language: Language | None = None) -> Look:
    return read_look(c, language)


# A default is stored as such: it changes with the software, and what was chosen does not.
DEFAULTS = {"band_colour": BAND, "accent_colour": ACCENT}


def _store(c: Writer, who: Principal, **values: object) -> None:
    kept = {name: None if value == DEFAULTS.get(name, "") else value for name, value in values.items()}
    names = list(kept)
    c.execute(
        f"insert into app.report_settings (tenant_id, {', '.join(names)}) values (%s, {', '.join(['%s'] * len(names))}) "  # noqa: S608
        f"on conflict (tenant_id) do update set {', '.join(f'{n} = excluded.{n}' for n in names)}, updated_at = now()",
        [who.tenant_id, *kept.values()],
    )
