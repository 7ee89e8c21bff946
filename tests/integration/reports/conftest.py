"""A database with two tenants, their campaigns and published marts."""

from pathlib import Path

import psycopg
import pytest


@pytest.fixture
def marts_url(database_url: str) -> str:
    with psycopg.connect(database_url) as owner:
        owner.execute((Path(__file__).parent / "marts.sql").read_text("utf-8"))
    return database_url
