"""The platform's health for those who run it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.dependencies import ServicesDep
from api.auth.operators import OperatorDep
from api.monitoring.models import PlatformHealth
from api.monitoring.reading import platform_health

router = APIRouter(prefix="/monitoring", tags=["monitoring"])
MOST_MINUTES = 24 * 60


@router.get("/metrics", operation_id="monitoring_read", summary="Read the platform's health")
def get_monitoring(
    _operator: OperatorDep,
    found: ServicesDep,
    minutes: Annotated[int, Query(ge=1, le=MOST_MINUTES, description="How far back answers and page loads are counted.")] = 15,
) -> PlatformHealth:
    """One look over all processes: percentiles and error rates by route and page, freshness of sources, depth of queues and spool,
    builds, processes and alerts. For operators (`hostread operator add`) and keys of theirs with the scope operator."""
    return platform_health(found.database, minutes)
