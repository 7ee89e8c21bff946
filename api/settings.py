"""Typed settings of an API process: the only reader of the environment in this package, the collector's own apart."""

import ipaddress
from decimal import Decimal
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(value: str) -> tuple[Network, ...]:
    """Networks separated by commas; raises ValueError that says what was found and expected."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"found {value!r}, expected networks such as 10.0.0.0/8,127.0.0.1: {error}") from error


class ApiSettings(BaseSettings):
    """One instance per process. Each field is the variable `HOSTREAD_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="HOSTREAD_", extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="The PostgreSQL that is served.")
    secret_key: SecretStr = Field(min_length=16, description="Signs session cookies and form tokens.")
    host: str = Field("127.0.0.1", description="The address that the server listens on.")
    api_port: int = Field(8800, ge=0, le=65535, description="API and dashboard.")
    collector_port: int = Field(8801, ge=0, le=65535, description="Collector.")
    public_url: str | None = Field(None, description="How the dashboard is reached from outside; unset: http://host:api_port.")
    collector_url: str | None = Field(None, description="How the collector is reached; unset: http://host:collector_port.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Comma-separated networks whose X-Forwarded-For is believed; none by default."
    )
    session_hours: int = Field(24 * 14, ge=1, description="How long a login lasts.")
    login_rate: str = Field("10/minute", description="Logins per address and per account.")
    registration_rate: str = Field("20/hour", description="Registrations per address.")
    recovery_rate: str = Field("5/hour", description="Mails of one kind asked for, per address and per account.")
    invitation_rate: str = Field("60/hour", description="Invitations per account.")
    smtp_url: SecretStr | None = Field(
        None, description="smtp://user:password@host:port or smtps://…; unset: no mail is sent, invitations are handed on by hand."
    )
    mail_from: str = Field("reports@hostread.local", description="The sender of mail.")
    largest_upload_mb: int = Field(
        50, ge=1, le=200, description="The largest file that the dashboard and the API take, in megabytes."
    )
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Who reads /metrics bears it; unset: whoever is in the networks of metrics_networks."
    )
    metrics_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        parse_networks("127.0.0.0/8,::1"), description="Comma-separated networks that may read /metrics where there is no token."
    )
    infrastructure_cost: Decimal | None = Field(
        None, ge=0, description="What this installation costs a month, all in; unset: no unit economics are told."
    )
    infrastructure_currency: str = Field("USD", pattern="^[A-Z]{3}$", description="The currency of that cost, ISO 4217.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("trusted_proxies", "metrics_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return parse_networks(value) if isinstance(value, str) else value

    @field_validator("public_url", "collector_url", mode="after")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else None

    @property
    def base_url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.api_port}"

    @property
    def collector_base_url(self) -> str:
        return self.collector_url or f"http://{self.host}:{self.collector_port}"

    @property
    def has_https(self) -> bool:
        """Whether people come by HTTPS: then cookies are Secure."""
        return self.base_url.startswith("https://")
