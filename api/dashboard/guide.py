"""The way from registration to the first report, in the words of the pages that lead along it."""

from dataclasses import dataclass

from api.campaigns.first_steps import FirstSteps, find_first_steps
from api.dashboard.access import Viewer
from api.database import Writer


@dataclass(frozen=True)
class Step:
    """One step. `href` is where it is taken, `anchor` where on that page; `is_beside`: nothing waits for it."""

    key: str
    title: str
    text: str
    is_done: bool
    href: str
    action: str
    anchor: str = ""
    is_beside: bool = False

    def link(self, here: str) -> str:
        """Where the step's button leads from the page `here`; nowhere where that page is all there is to it."""
        return self.anchor if self.href == here else self.href


@dataclass(frozen=True)
class Guide:
    """All steps of one account, in order."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The step to take now: the first that is not done."""
        waiting = [step for step in self.steps if not step.is_done]
        return next((step for step in waiting if not step.is_beside), waiting[0] if waiting else None)


def find_guide(c: Writer, viewer: Viewer, *, is_mail_on: bool) -> Guide | None:
    """The guide of somebody who can take its steps; None where all are taken, or it was put away."""
    state = find_first_steps(c, viewer.principal) if viewer.may_write else None
    made = Guide(tuple(_steps(state, viewer, is_mail_on=is_mail_on))) if state else None
    return made if made and made.next else None


def _steps(state: FirstSteps, viewer: Viewer, *, is_mail_on: bool) -> list[Step]:
    """Pure."""
    form, with_campaign = "/campaigns/new", "It is entered with the campaign, in one form."
    campaign = f"/campaigns/{state.campaign_id}" if state.campaign_id else form
    site = f"/sites/{state.site_id}" if state.site_id else "/sites"
    confirm = Step(
        "confirm", "Confirm your address", f"Open the link in our mail to {viewer.principal.email}.", state.is_confirmed,
        "/settings/members" if viewer.may_administer else "/", "Send it again", is_beside=True,
    )  # fmt: skip
    return [
        *([confirm] if is_mail_on else []),
        Step("sponsor", "Name a sponsor", f"Who pays for the ads. {with_campaign}", state.has_sponsor, form, "Create the campaign"),
        Step("show", "Add a show", f"Where the ads run, by its feed. {with_campaign}", state.has_show, form, "Create the campaign"),
        Step(
            "campaign", "Create the first campaign",
            "Sponsor, show, flight, price, and the promo code by which its orders are told.",
            state.campaign_id is not None, form, "Create the campaign",
        ),
        Step(
            "site", "Add the sponsor's site", "You get a script to paste: its visits and orders come from there.",
            state.site_id is not None, "/sites", "Add the site",
        ),
        Step(
            "event", "Receive the first event",
            "Paste the script, open a page of the site, and place a test order with the promo code. "
            "Each shows within a second.",
            state.has_event, site, "Get the script", "#script",
        ),
        Step(
            "report", "Get the first report",
            "An order is in the campaign's figures within a second. The report of them is ready in seconds: PDF, Excel and CSV.",
            state.has_report, campaign, "See the campaign", "#reports",
        ),
    ]  # fmt: skip
