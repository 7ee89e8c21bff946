"""Typed settings of a collector process: the only reader of the environment in this package."""

import ipaddress
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class CollectorSettings(BaseSettings):
    """One instance per process. Each field is the variable `HOSTREAD_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="HOSTREAD_", extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="The PostgreSQL that events are committed to.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Comma-separated networks whose X-Forwarded-For is believed; none by default."
    )
    collector_writers: int = Field(
        1, ge=1, le=16, description="Connections that commit; one makes the largest groups, and is the fastest."
    )
    collector_queue_rows: int = Field(20_000, ge=1, description="Events waiting for their commit before the answer is 429.")
    collector_queue_bytes: int = Field(64_000_000, ge=1, description="Bytes waiting for their commit before the answer is 429.")
    collector_body_bytes: int = Field(
        64_000_000, ge=512_000, description="Bytes of request bodies held at once before the answer is 429."
    )
    collector_commit_seconds: float = Field(10.0, gt=0, description="How long one commit may take before the answer is 503.")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        try:
            return tuple(ipaddress.ip_network(part, strict=False) for part in parts)
        except ValueError as error:
            raise ValueError(f"found {value!r}, expected networks such as 10.0.0.0/8,127.0.0.1: {error}") from error
