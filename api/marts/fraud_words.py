"""The rules of the fraud score in words: what each is called, and what was measured."""

from collections.abc import Mapping
from typing import Any

NAMES: Mapping[str, str] = {
    "datacenter_origin": "Data-centre address",
    "vpn_origin": "VPN address",
    "seconds_from_click": "Too soon after the click",
    "click_after_order": "Click after the order",
    "clicks_before_order": "Click flooding",
    "device_orders_in_minute": "Orders within a minute",
    "device_code_orders": "One code, one device",
    "network_code_orders": "One code, one address",
    "codes_in_series": "Codes tried in series",
    "code_spike": "Spike of the code",
    "site_spike": "Spike of the site",
    "device_users": "Many users on one device",
    "network_orders": "Many orders from one address",
    "unsigned_order": "Unsigned order",
    "changed_message": "Message sent again, changed",
}
SENTENCES: Mapping[str, str] = {
    "datacenter_origin": "The order came from a data centre's address.",
    "vpn_origin": "The order came through a VPN.",
    "seconds_from_click": "The device clicked {measured} s before the order; nobody buys in {threshold} s or less.",
    "click_after_order": "The device's only click came {measured} s after the order; within {threshold} s it looks injected.",
    "clicks_before_order": "The device clicked {measured} times in the hour before the order; {threshold} is flooding.",
    "device_orders_in_minute": "The device ordered {measured} times within a minute; {threshold} is too often.",
    "device_code_orders": "The device used this code for {measured} orders within a week; {threshold} is farming.",
    "network_code_orders": "{measured} orders with this code came from one address and browser in a week; {threshold} is farming.",
    "codes_in_series": "The device tried {measured} codes within an hour; {threshold} is guessing.",
    "code_spike": "The code's day lies {measured} spreads over its own weekdays; {threshold} is a spike.",
    "site_spike": "The site's day lies {measured} spreads over its own weekdays; {threshold} is a spike.",
    "device_users": "{measured} users were new on this device within thirty days; {threshold} is a shared tool.",
    "network_orders": "{measured} orders came from one address and browser within a day; {threshold} is a farm.",
    "unsigned_order": "The order is unsigned, and {measured} of the site's orders are signed (from {threshold} on that tells).",
    "changed_message": "{measured} further deliveries bore the order's message id with another content.",
}


def reason_name(reason: str) -> str:
    """A rule's name; an unknown one (of an older build) as it is."""
    return NAMES.get(reason, reason)


def reason_sentence(row: Mapping[str, Any]) -> str:
    """What one fired reason {reason, measured, threshold} found."""
    sentence = SENTENCES.get(row["reason"], "{measured} measured; fires at {threshold}.")
    return sentence.format(measured=_plain(row["measured"]), threshold=_plain(row["threshold"]))


def _plain(value: object) -> str:
    return f"{float(str(value)):,.2f}".rstrip("0").rstrip(".")
