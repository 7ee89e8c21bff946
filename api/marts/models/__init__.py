"""The shapes that leave the marts. Money: a decimal amount beside its currency; times and days: UTC; rates: 0 to 1."""

from api.marts.models.attribution import (
    CampaignAttribution,
    CampaignRoi,
    CampaignTotal,
    CustomModelTotal,
    ModelTotal,
    PlacementTotal,
    Roi,
    TenantAttribution,
    TenantRoi,
)
from api.marts.models.base import MODELS, NONE_ID, Basis, Build, CountingWindow, ModelName, Money, Shape, Status, Unconverted
from api.marts.models.campaigns import (
    CampaignAnalytics,
    CampaignRow,
    CampaignSummary,
    ConversionDay,
    DeliveryDay,
    Performance,
    Placement,
)
from api.marts.models.network import CurrencyTotal, DownloadDay, DownloadTotal, EpisodeTotal, Overview, ShowDownloads
from api.marts.models.product import Completion, FunnelStep, Ttfv, TtfvFigures

__all__ = [
    "MODELS",
    "NONE_ID",
    "Basis",
    "Build",
    "CampaignAnalytics",
    "CampaignAttribution",
    "CampaignRoi",
    "CampaignRow",
    "CampaignSummary",
    "CampaignTotal",
    "Completion",
    "ConversionDay",
    "CountingWindow",
    "CurrencyTotal",
    "CustomModelTotal",
    "DeliveryDay",
    "DownloadDay",
    "DownloadTotal",
    "EpisodeTotal",
    "FunnelStep",
    "ModelName",
    "ModelTotal",
    "Money",
    "Overview",
    "Performance",
    "Placement",
    "PlacementTotal",
    "Roi",
    "Shape",
    "ShowDownloads",
    "Status",
    "TenantAttribution",
    "TenantRoi",
    "Ttfv",
    "TtfvFigures",
    "Unconverted",
]
