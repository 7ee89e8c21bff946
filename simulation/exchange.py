"""Exchange rates by weekday, as a tenant's books have them, and sales in another currency at these rates."""

import csv
from pathlib import Path

from simulation.chance import stream
from simulation.clock import DAY, iso_day
from simulation.model import Sponsor
from simulation.purchases import Purchase
from simulation.sponsors import MINOR_UNITS

HEADER = ("date", "from_currency", "to_currency", "rate", "source")
# What a unit is worth in US dollars, about; the rest is a walk.
ABOUT = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "CAD": 0.73, "CHF": 1.12, "JPY": 0.0066}
DAILY_STEP = 0.004
ABROAD = slice(None, None, 3)
Rates = dict[int, float]


def make_rates(seed: int, foreign: str, own: str, first_day: int, last_day: int) -> Rates:
    """What a unit of `foreign` is worth in `own`, by day: nothing on Saturdays and Sundays, but on the first day."""
    rng = stream(seed, foreign, own, "rates")
    rate = ABOUT[foreign] / ABOUT[own]
    rates: Rates = {}
    for day in range(first_day, last_day + 1):
        rate *= 1 + rng.gauss(0, DAILY_STEP)
        if day == first_day or day % 7 not in (2, 3):  # 1970-01-01 was a Thursday
            rates[day] = round(rate, 8)
    return rates


def sell_abroad(purchases: list[Purchase], sponsor: Sponsor, currency: str, rates: Rates) -> None:
    """Every third of the sponsor's orders by an ad, and of the others, is paid in `currency`: its value at the day's rate."""
    own = [purchase for purchase in purchases if purchase.sponsor is sponsor]
    caused, others = ([one for one in own if (one.exposure is None) is is_organic] for is_organic in (False, True))
    for purchase in caused[ABROAD] + others[ABROAD]:
        day = purchase.moment // DAY
        rate = next(rates[earlier] for earlier in range(day, min(rates) - 1, -1) if earlier in rates)
        units = MINOR_UNITS[currency] / MINOR_UNITS[sponsor.currency]
        purchase.foreign_currency, purchase.value_minor = currency, max(1, round(purchase.value_minor / rate * units))


def write_rates(path: Path, rates: dict[str, Rates], own: str) -> None:
    """The file as it is imported: one row per currency and day."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for foreign, by_day in rates.items():
            writer.writerows((iso_day(day), foreign, own, f"{rate:.8f}", "rate book") for day, rate in by_day.items())
