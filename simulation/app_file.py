"""One tenant's part of `app.json`: what people entered, in the columns of the tables that hold it."""

from pathlib import Path
from typing import Any

from simulation.chance import identifier, token
from simulation.clock import DAY, MINUTE, SECOND, iso, iso_day
from simulation.hosting import credential, hosts_of, op3_uuid
from simulation.model import Campaign, Placement, PromoCode, Show, Sponsor
from simulation.specs import TenantSpec
from simulation.users import User

Json = dict[str, Any]


def tenant_document(
    spec: TenantSpec,
    seed: int,
    base_url: str,
    logs: Path,
    shows: tuple[Show, ...],
    sponsors: list[Sponsor],
    users: list[User],
    campaigns: list[Campaign],
    product_events: list[Json],
) -> Json:
    return {
        "slug": spec.slug,
        "name": spec.name,
        "currency": spec.currency,
        "timezone": spec.timezone,
        "created_at": iso(users[0].registered_at),
        "household_secret_hex": token(64, seed, spec.slug, "household"),
        "users": [_user(user) for user in users],
        "sponsors": [{"sponsor_id": item.sponsor_id, "name": item.name, "margin_rate": item.margin_rate} for item in sponsors],
        "shows": [
            {"show_id": show.show_id, "title": show.title, "feed_url": show.feed_url, "timezone": show.timezone} for show in shows
        ],
        "hosting_accounts": [
            {
                "account_id": identifier(show.show_id, "account" if host == show.host else f"{host} account"),
                "show_id": show.show_id,
                "host": host,
                "base_url": base_url,
                "external_show_id": op3_uuid(show) if host == "op3" else show.external_id,
                "credential": credential(seed, show, host),
            }
            for show in shows
            for host in hosts_of(show)
        ],
        "log_sources": [
            {
                "log_source_id": identifier(show.show_id, "log"),
                "name": f"{show.title} (CDN)",
                "path": str(logs / spec.slug / f"{show.slug}.jsonl"),
                "format": "jsonl",
            }
            for show in shows
        ],
        "sites": [
            {
                "site_id": item.site.site_id,
                "sponsor_id": item.sponsor_id,
                "name": item.site.name,
                "domain": item.site.domain,
                "write_key": item.site.write_key,
                "allowed_origins": [f"https://{item.site.domain}"],
            }
            for item in sponsors
        ],
        "campaigns": [_campaign(campaign, shows) for campaign in campaigns],
        "product_events": product_events,
        "attribution_models": [_model(seed, users[0])] if spec.is_varied else [],
        "lift_holdouts": _holdouts(campaigns, shows) if spec.is_varied else [],
        "report_schedules": [
            {
                "schedule_id": identifier(item.sponsor_id, "schedule"),
                "sponsor_id": item.sponsor_id,
                "cadence": "weekly",
                "timezone": spec.timezone,
                "recipients": [f"reports@{item.site.domain}"],
            }
            for item in sponsors
        ],
    }


def _user(user: User) -> Json:
    return {
        "user_id": user.user_id,
        "email": user.email,
        "password": user.password,
        "display_name": user.display_name,
        "role": user.role,
        "sponsor_id": user.sponsor_id,
        "created_at": iso(user.registered_at),
    }


def _model(seed: int, user: User) -> Json:
    """A rule of credit of the tenant's own, in its first version."""
    made = {"created_by": user.user_id, "created_at": iso(user.registered_at + 40 * MINUTE)}
    parameters = {"shape": "time_decay", "half_life_s": 3 * DAY // SECOND, "window_s": 21 * DAY // SECOND, "mid_roll_factor": "2"}
    return {
        "model_id": identifier(seed, user.user_id, "model"),
        "name": "Fresh mid-rolls count double",
        **made,
        "versions": [{"version": 1, **parameters, **made}],
    }


def _holdouts(campaigns: list[Campaign], shows: tuple[Show, ...]) -> list[Json]:
    """Of the second campaign on air, then or now, that left a show out: that show is a region's own edition, and marked as such."""
    aired = [campaign for campaign in campaigns if campaign.placements and campaign.status not in ("draft", "cancelled")]
    left = {
        campaign.campaign_id: [show for number, show in enumerate(shows) if number not in {p.show for p in campaign.placements}]
        for campaign in aired
    }
    suited = [campaign for campaign in aired if left[campaign.campaign_id]]
    return [
        {
            "holdout_id": identifier(campaign.campaign_id, "holdout"),
            "campaign_id": campaign.campaign_id,
            "kind": "geo",
            "show_id": left[campaign.campaign_id][0].show_id,
            "starts_on": iso_day(campaign.flight_start),
            "ends_on": iso_day(campaign.flight_end),
            "note": "The region's own edition left the ad out",
            "created_by": campaign.created_by,
            "created_at": iso(campaign.created_at + MINUTE),
        }
        for campaign in suited[:2][-1:]
    ]


def _campaign(campaign: Campaign, shows: tuple[Show, ...]) -> Json:
    return {
        "campaign_id": campaign.campaign_id,
        "sponsor_id": campaign.sponsor.sponsor_id,
        "name": campaign.name,
        "status": campaign.status,
        "currency": campaign.sponsor.currency,
        "flight_start": iso_day(campaign.flight_start),
        "flight_end": iso_day(campaign.flight_end),
        "goal_kind": "purchase",
        "utm_campaign": campaign.utm_campaign,
        "created_by": campaign.created_by,
        "created_at": iso(campaign.created_at),
        "placements": [_placement(placement, shows) for placement in campaign.placements],
        "promo_codes": [_code(code, shows) for code in campaign.promo_codes],
        "status_history": campaign.status_history,
    }


def _placement(placement: Placement, shows: tuple[Show, ...]) -> Json:
    return {
        "placement_id": placement.placement_id,
        "show_id": shows[placement.show].show_id,
        "position": placement.position,
        "insertion": placement.insertion,
        "ad_start_s": placement.ad_start_s,
        "ad_duration_s": placement.ad_duration_s,
        "flight_start": iso_day(placement.flight_start),
        "flight_end": iso_day(placement.flight_end),
        "price_model": placement.price_model,
        "price_minor": placement.price_minor,
        "share_rate": placement.share_rate,
        "contracted_ads": placement.contracted_ads,
        "episode_guids": list(placement.episode_guids) if placement.episode_guids is not None else None,
        "vanity_path": placement.vanity_path,
    }


def _code(code: PromoCode, shows: tuple[Show, ...]) -> Json:
    return {
        "code_id": code.code_id,
        "placement_id": code.placement_id,
        "show_id": shows[code.show].show_id,
        "code": code.code,
        "valid_from": iso_day(code.valid_from),
        "valid_to": iso_day(code.valid_to),
    }
