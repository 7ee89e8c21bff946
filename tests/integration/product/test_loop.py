"""The loop that must never break, against real processes. Fault it would catch: any step that no longer leads to the next."""

from benchmarks.loop import running_product, turn


def test_register_campaign_event_analytics_report() -> None:
    with running_product() as product:
        loop = turn(product)
    performance = loop.analytics["performance"]
    assert performance["revenue"]["amount"] == "59.90"
    assert performance["code_conversions"] == 1
    assert loop.pdf.startswith(b"%PDF")
