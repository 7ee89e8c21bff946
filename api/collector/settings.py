"""Typed settings of a collector process: the only reader of the environment in this package."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.collector.rates import parse_rate
from api.settings import Network, parse_networks


class CollectorSettings(BaseSettings):
    """One instance per process. Each field is the variable `HOSTREAD_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="HOSTREAD_", extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="The PostgreSQL that events are committed to.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Comma-separated networks whose X-Forwarded-For is believed; none by default."
    )
    collector_writers: int = Field(
        2, ge=1, le=16, description="Connections that commit: while one waits for the disk, the other sends the next group."
    )
    collector_queue_rows: int = Field(20_000, ge=1, description="Events waiting for their commit before the answer is 429.")
    collector_queue_bytes: int = Field(64_000_000, ge=1, description="Bytes waiting for their commit before the answer is 429.")
    collector_body_bytes: int = Field(
        64_000_000, ge=512_000, description="Bytes of request bodies held at once before the answer is 429."
    )
    collector_commit_seconds: float = Field(
        5.0, gt=0, description="How long one commit may take before its events go to the spool."
    )

    collector_spool_dir: Path | None = Field(
        None, description="Where events are kept while the database is away: a local disk; unset: `collector/spool` under the home."
    )
    collector_spool_bytes: int = Field(
        1_000_000_000, ge=1_000_000, description="Bytes that one process keeps there before the answer is 503."
    )

    secret_key: SecretStr | None = Field(None, min_length=16, description="Opens sites' signing keys; unset: none is checked.")
    collector_key_rate: str = Field(
        "1200000/minute", description="Events that one write key may send to one process, or `unlimited`; a site may have its own."
    )
    collector_network_rate: str = Field(
        "300000/minute", description="Events that one /24 or /48 may send to one process unsigned, or `unlimited`."
    )
    home: Path = Field(Path(".hostread"), description="Where what must outlive the process lies, under `collector/`.")
    collector_prefix_bytes: int = Field(
        256_000_000, ge=0, description="Bytes of prefix requests kept on disk while the database is away; more are not counted."
    )

    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Who reads /metrics bears it; unset: whoever is in the networks of metrics_networks."
    )
    metrics_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        parse_networks("127.0.0.0/8,::1"), description="Comma-separated networks that may read /metrics where there is no token."
    )

    @property
    def spool_dir(self) -> Path:
        return self.collector_spool_dir or self.home / "collector" / "spool"

    @property
    def signing_secret(self) -> str | None:
        return None if self.secret_key is None else self.secret_key.get_secret_value()

    @field_validator("collector_key_rate", "collector_network_rate")
    @classmethod
    def _rate(cls, value: str) -> str:
        parse_rate(value)
        return value

    @field_validator("trusted_proxies", "metrics_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return parse_networks(value) if isinstance(value, str) else value
