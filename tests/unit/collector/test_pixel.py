import base64
import json

import pytest

from api.auth.write_keys import is_possible, new_write_key
from api.collector.intake import basic_key
from api.collector.pixel import pixel_body
from api.collector.protocol import GIF, RefusalError


def test_data_is_base64_url_safe_or_not_with_or_without_padding() -> None:
    body = json.dumps({"event": "??>>", "userId": "u"}).encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for text in (encode(body).decode(), encode(body).decode().rstrip("=")):
            assert pixel_body([("data", text)], "") == body
    with pytest.raises(RefusalError):
        pixel_body([("data", "*")], "")


def test_plain_names_are_levels_and_the_referring_page_is_the_page() -> None:
    query = [
        ("userId", "u"),
        ("event", "Order"),
        ("properties.order_id", "A-1"),
        ("properties.a.b", "c"),
        ("properties.a.b.c", "lost"),
    ]
    assert json.loads(pixel_body(query, "https://shop.example/thanks")) == {
        "userId": "u",
        "event": "Order",
        "properties": {"order_id": "A-1", "a": {"b": "c"}},
        "context": {"page": {"url": "https://shop.example/thanks"}},
    }


def test_the_image_is_a_gif_of_one_pixel() -> None:
    assert GIF[:6] == b"GIF89a" and GIF[6:10] == b"\x01\x00\x01\x00" and GIF[-1:] == b";"


def test_write_keys_fit_where_clients_put_them() -> None:
    key = new_write_key()
    assert is_possible(key) and ":" not in key and key != new_write_key()
    assert basic_key("Basic " + base64.b64encode(f"{key}:".encode()).decode()) == key
    assert basic_key("basic " + base64.b64encode(key.encode()).decode()) == key
    for wrong in ("", "Bearer x", "Basic *", "Basic " + base64.b64encode("ключ:".encode()).decode(), "Basic Og=="):
        assert basic_key(wrong) is None
    assert not is_possible("short") and not is_possible("k" * 101)
