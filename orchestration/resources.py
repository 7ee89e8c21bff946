"""Resources: what a run needs of the outside world, made when the run starts and not when the definitions load."""

from pathlib import Path

import dagster as dg

from api.mail.links import Links
from api.mail.survey_links import SurveyLinks
from assets.delivery.outbox import Mailer
from assets.lib.warehouse import WarehouseUrl
from orchestration.settings import settings
from orchestration.warehouse import database_url


@dg.resource(description="The warehouse's URL, with what a run needs to reach the outside.")
def warehouse(_context: dg.InitResourceContext) -> WarehouseUrl:
    current = settings()
    return WarehouseUrl(
        url=database_url(current),
        secret_key=current.resolved_secret_key(),
        allow_private_urls=current.allow_private_urls,
        list_sources=current.list_sources,
    )


@dg.resource(description="Where mail goes: SMTP by settings, or nowhere.")
def mailer(_context: dg.InitResourceContext) -> Mailer:
    current = settings()
    links = Links(current.base_url, current.resolved_secret_key())
    return Mailer(smtp_url=current.smtp_url, sender=current.mail_from, links=links)


@dg.resource(description="The links of surveys' mails, signed by the secret key.")
def survey_links(_context: dg.InitResourceContext) -> SurveyLinks:
    current = settings()
    return SurveyLinks(current.base_url, current.resolved_secret_key())


@dg.resource(description="The folder whose new files are imported, or None.")
def import_folder(_context: dg.InitResourceContext) -> Path | None:
    return settings().import_folder


@dg.resource(description="The folder whose bounces and complaints are taken in, or None.")
def bounce_folder(_context: dg.InitResourceContext) -> Path | None:
    return settings().bounce_folder


RESOURCES = {
    "warehouse": warehouse,
    "import_folder": import_folder,
    "mailer": mailer,
    "bounce_folder": bounce_folder,
    "survey_links": survey_links,
}
