"""Typed settings of everything that `orchestration` starts: the only reader of the environment in this package."""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One instance per process. Each field is the variable `HOSTREAD_<FIELD>`; `.env.example` describes them all."""

    model_config = SettingsConfigDict(env_prefix="HOSTREAD_", env_file=PROJECT_ROOT / ".env", extra="ignore")

    home: Path = Field(PROJECT_ROOT / ".hostread", description="Where state, worlds, logs and the embedded server's key file lie.")
    database_url: str | None = Field(None, description="A real PostgreSQL (15 or newer); unset: the embedded one.")
    dagster_database_url: str | None = Field(None, description="Dagster's own database; unset: `dagster` beside the main one.")
    secret_key: SecretStr | None = Field(None, description="Signs cookies and encrypts credentials; unset: made once under home.")
    host: str = Field("127.0.0.1", description="The address that the servers listen on.")
    api_port: int = Field(8800, ge=0, le=65535, description="API and dashboard.")
    collector_port: int = Field(8801, ge=0, le=65535, description="Collector.")
    collector_workers: int = Field(1, ge=1, le=64, description="Collector processes behind its port, each with a spool of its own.")
    dagster_port: int = Field(8802, ge=0, le=65535, description="Dagster UI.")
    simulation_port: int = Field(8803, ge=0, le=65535, description="The demo network's feeds and host APIs.")
    world: Literal["tiny", "demo", "large"] = Field("demo", description="The simulated world that `hostread run` measures.")
    seed: int = Field(20260101, description="The simulated world's seed.")
    build_as_of: AwareDatetime | None = Field(None, description="What a build's figures speak of, ISO 8601; unset: its start.")
    smtp_url: str | None = Field(None, description="smtp://user:password@host:port or smtps://…; unset: reports are not mailed.")
    mail_from: str = Field("reports@hostread.local", description="The sender of reports.")
    public_url: str | None = Field(None, description="How the dashboard is reached from outside; unset: http://host:api_port.")
    bounce_folder: Path | None = Field(None, description="Bounces and complaints put there are marked: files, or a Maildir.")
    import_folder: Path | None = Field(None, description="Files put there are imported: <tenant>/<show, logs, orders or spend>/….")
    list_sources: str | None = Field(
        None, description="A file of list sources; `none`: nothing is fetched; unset: the publishers that come with the release."
    )
    allow_private_urls: bool = Field(False, description="Let the fetcher reach private and loopback addresses: the demo and tests.")

    @property
    def base_url(self) -> str:
        """How the dashboard is reached, without a slash at the end: what links in mails begin with."""
        return (self.public_url or f"http://{self.host}:{self.api_port}").rstrip("/")

    def resolved_secret_key(self) -> str:
        """The secret key, made and kept (mode 600) under home on first use where none is set."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.home / "secret_key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32), "ascii")
        return path.read_text("ascii").strip()


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
