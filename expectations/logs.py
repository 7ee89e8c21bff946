"""What must hold of raw.logs_requests and raw.prefix_requests: what is counted download by download."""

from expectations.rules import SHA256_BYTES, WORD_REGEX, Suite, among, between, holds, matches, truncated_prefix

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND")

QUERY = """
select
    r.request_id, r.method, r.status, r.bytes_sent, r.media_key, r.file_size, r.ip_prefix,
    octet_length(r.household_hash) as household_bytes,
    r.requested_at <= r.loaded_at + interval '1 day' as is_past,
    r.requested_at >= timestamptz '2000-01-01 00:00:00+00' as is_of_this_century,
    r.range_start <= r.range_end as range_is_ordered,
    r.header_bytes between 0 and r.file_size as header_fits
from {rows} as r
"""
RULES = (
    holds("requests_lie_in_the_past", "error", "is_past", "A future request opens a window that swallows the true ones after it."),
    holds("requests_are_of_this_century", "error", "is_of_this_century", "A clock at its zero makes a day of downloads in 1970."),
    between("statuses_are_http_statuses", "error", "status", 100, 599, "Another number is a column read from the wrong place."),
    between("bytes_sent_are_not_negative", "error", "bytes_sent", 0, None, "Interval arithmetic counts bytes that never went out."),
    holds("ranges_are_ordered", "error", "range_is_ordered", "An interval that ends before it starts has no bytes to unite."),
    between("file_sizes_are_positive", "error", "file_size", 1, None, "A file of no bytes makes every request a whole download."),
    holds("headers_fit_their_file", "error", "header_fits", "The threshold is taken from what follows the header (section 1)."),
    between(
        "request_households_have_32_bytes",
        "error",
        "household_bytes",
        SHA256_BYTES,
        SHA256_BYTES,
        "A hash of another length is no HMAC-SHA256: it never meets a conversion's household.",
    ),
    truncated_prefix("request_prefixes_are_truncated"),
    among("methods_are_http_methods", "warning", "method", METHODS, "Scanners send others; many of them is a misread column."),
    matches("requests_name_a_file", "warning", "media_key", WORD_REGEX, "Without a key the request belongs to no episode."),
)

REQUESTS = Suite("logs_requests", QUERY, ("request_id",), RULES)
# One engine counts both, so one set of rules judges both.
PREFIXED = Suite("prefix_requests", QUERY, ("request_id",), RULES)
