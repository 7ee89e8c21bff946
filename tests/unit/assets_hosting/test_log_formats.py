"""Each format's lines as the public documentation gives them, and any line whatever: a request, a comment, or a reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.hosting.counting.user_agent import AgentLists
from assets.hosting.log_batches import judge_lines
from assets.hosting.log_cloudfront import LEGACY_FIELDS
from assets.hosting.log_formats import detect_format, make_parser
from assets.hosting.log_lines import COLUMNS, Judge, make_judge
from assets.hosting.log_request import BadLineError, LogFormatError, LoggedRequest
from assets.lib.privacy import HouseholdKey, IpRanges

# httpd.apache.org/docs/2.4/logs.html, "Combined Log Format".
APACHE = (
    b'127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 '
    b'"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"'
)
# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html: the example of the log file's format.
FIELDS = b"#Fields: " + " ".join(LEGACY_FIELDS).encode()
CLOUDFRONT = (
    b"2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\t"
    b"Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)%20AppleWebKit/537.36%20(KHTML,%20like%20Gecko)%20"
    b"Chrome/78.0.3904.108%20Safari/537.36\t-\t-\tHit\t"
    b"SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\td111111abcdef8.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\t"
    b"ECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-"
)
HEAD = [b"#Version: 1.0", FIELDS, CLOUDFRONT]
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def parsed(log_format: str, line: bytes, base_url: str | None = "https://media.example") -> LoggedRequest:
    found = make_parser(log_format, [line] if log_format != "cloudfront" else HEAD, base_url)(line)
    assert found is not None
    return found


def test_apaches_own_example() -> None:
    found = parsed("combined", APACHE, "http://www.example.com/")
    assert found[:10] == (
        "2000-10-10T13:55:36-07:00", "127.0.0.1", "GET", "200", "http://www.example.com/apache_pb.gif", None, 2326,
        "http://www.example.com/start.html", "Mozilla/4.08 [en] (Win98; I ;Nav)", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (  # nginx with "$http_range" behind it, an agent with an escaped quote, and nothing sent.
            b'2001:db8::1 - - [31/Jan/2026:00:00:00 +0000] "GET /a%20b.mp3?x=1 HTTP/2.0" 206 - "-" '
            b'"A \\"B\\" \\xC3\\xA9" "bytes=0-1"',
            ("2026-01-31T00:00:00Z", "https://media.example/a%20b.mp3?x=1", "bytes=0-1", None, 'A "B" é', "206"),
        ),
        (  # Apache's vhost_combined: the host before the line.
            b'cdn.example:443 198.51.100.7 - - [31/Jan/2026:00:00:00 +0000] "GET /a.mp3 HTTP/1.1" 200 5 "-" "-"',
            ("2026-01-31T00:00:00Z", "http://cdn.example/a.mp3", None, 5, "", "200"),
        ),
        (  # A whole URL, as proxies log it, and a user name with a blank.
            b'198.51.100.7 - a b [31/Jan/2026:00:00:00 +0000] "GET https://x.example/a.mp3 HTTP/1.1" 200 5 "-" "P/1"\r',
            ("2026-01-31T00:00:00Z", "https://x.example/a.mp3", None, 5, "P/1", "200"),
        ),
    ],
)
def test_combined_lines_as_servers_write_them(line: bytes, expected: tuple[object, ...]) -> None:
    found = parsed("combined", line)
    assert (found.requested_at, found.url, found.range, found.bytes_sent, found.user_agent, found.status) == expected


def test_cloudfronts_own_example() -> None:
    found = parsed("cloudfront", CLOUDFRONT)
    assert found.requested_at == "2019-12-04T21:02:31Z" and found.ip == "192.0.2.100"
    assert found.url == "https://d111111abcdef8.cloudfront.net/index.html"
    assert found.user_agent.startswith("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit")
    # sc-bytes counts the header too; what was sent of a whole file is the file.
    assert (found.bytes_sent, found.file_size, found.range, found.referer) == (78, 78, None, None)


def test_cloudfront_of_chosen_fields_in_another_order() -> None:
    head = [
        b"#Version: 1.0",
        b"#Fields: c-ip date time cs-method x-host-header cs-uri-stem sc-status cs(User-Agent) "
        b"sc-range-start sc-range-end sc-bytes",
    ]
    line = b"192.0.2.1\t2026-01-31\t10:00:00\tGET\tmedia.example\t/a.mp3\t206\tApple%2520Core\t0\t1\t600"
    found = make_parser("cloudfront", head, None)(line)
    assert found is not None
    assert (found.range, found.user_agent, found.url) == ("bytes=0-1", "Apple Core", "https://media.example/a.mp3")


# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html: the same names, an object a line.
CLOUDFRONT_JSON = (
    b'{"date":"2026-01-31","time":"10:00:00","x-edge-location":"SOF50-P2","asn":"16509","c-ip":"192.0.2.100","cs-method":"GET",'
    b'"x-host-header":"media.example","cs-protocol":"https","cs-uri-stem":"/a.mp3","cs-uri-query":"-","sc-status":"206",'
    b'"cs(User-Agent)":"Apple%20Core","cs(Referer)":"-","sc-bytes":"600","sc-content-len":"2","sc-range-start":"0",'
    b'"sc-range-end":"1"}'
)


def test_cloudfront_as_json_is_the_same_request_as_in_columns() -> None:
    """Fails where the object form is taken for our own JSON lines, or a value means something else in it."""
    assert detect_format([CLOUDFRONT_JSON]) == detect_format([b"", CLOUDFRONT_JSON]) == "cloudfront"
    found = make_parser("cloudfront", [CLOUDFRONT_JSON], None)(CLOUDFRONT_JSON)
    head = [
        b"#Fields: date time c-ip cs-method x-host-header cs-uri-stem sc-status cs(User-Agent) sc-range-start sc-range-end "
        b"sc-bytes sc-content-len",
    ]
    columns = b"2026-01-31\t10:00:00\t192.0.2.100\tGET\tmedia.example\t/a.mp3\t206\tApple%20Core\t0\t1\t600\t2"
    assert found == make_parser("cloudfront", head, None)(columns)
    assert found is not None and (found.range, found.bytes_sent, found.user_agent) == ("bytes=0-1", 2, "Apple Core")


def test_cloudfront_as_json_of_chosen_fields() -> None:
    """The moment alone tells when; numbers may be numbers; a field too few is named and nothing is landed."""
    line = CLOUDFRONT_JSON.replace(b'"date":"2026-01-31","time":"10:00:00"', b'"timestamp(ms)":1769853600250')
    line = line.replace(b'"sc-status":"206"', b'"sc-status":206')
    found = make_parser("cloudfront", [line], None)(line)
    assert found is not None and (found.requested_at, found.status) == ("2026-01-31T10:00:00.250Z", "206")
    with pytest.raises(LogFormatError, match=r"expected c-ip too"):
        make_parser("cloudfront", [line.replace(b'"c-ip"', b'"x-ip"')], None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (CLOUDFRONT_JSON[:-9], "not_json"),
        (b"[1]", "not_json"),
        (CLOUDFRONT_JSON.replace(b'"sc-status"', b'"status"'), "not_cloudfront"),
        (CLOUDFRONT_JSON.replace(b'"206"', b'{"a": 1}'), "not_cloudfront"),
        (CLOUDFRONT_JSON.replace(b'"/a.mp3"', b'"-"'), "no_host"),
        (CLOUDFRONT_JSON.replace(b'"date":"2026-01-31"', b'"timestamp(ms)":"soon"'), "bad_time"),
        (CLOUDFRONT_JSON.replace(b'"date":"2026-01-31"', b'"timestamp(ms)":"' + b"9" * 18 + b'"'), "bad_time"),
    ],
)
def test_one_bad_object_is_one_bad_line(line: bytes, code: str) -> None:
    parse = make_parser("cloudfront", [CLOUDFRONT_JSON], None)
    with pytest.raises(BadLineError) as raised:
        parse(line)
    assert raised.value.code == code
    assert parse(b"  ") is None


def test_the_first_lines_tell_the_format() -> None:
    assert detect_format([b"", APACHE]) == "combined"
    assert detect_format(HEAD) == detect_format([CLOUDFRONT]) == "cloudfront"
    assert detect_format([b'\xef\xbb\xbf{"ip": "x"}']) == "jsonl"
    for unknown in ([b"a,b,c"], [], [b"\x00\x01"], [APACHE.rsplit(b' "', 2)[0]]):
        with pytest.raises(LogFormatError, match=r"found a file that begins with .*expected JSON lines"):
            detect_format(unknown)


def test_what_a_format_lacks_is_said_before_anything_lands() -> None:
    with pytest.raises(LogFormatError, match="give --base-url"):
        make_parser("combined", [APACHE], None)
    with pytest.raises(LogFormatError, match=r"c-ip"):
        make_parser("cloudfront", [b"#Fields: date time cs-method"], None)
    parse = make_parser("cloudfront", HEAD, None)
    assert parse(b"#Version: 1.0") is None and parse(FIELDS) is None
    with pytest.raises(LogFormatError, match="second `#Fields:`"):
        parse(b"#Fields: date time")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (APACHE.replace(b"Oct", b"Okt"), "bad_time"),
        (APACHE.replace(b"10/Oct/2000:13", b"31/Feb/2000:13"), "bad_time"),
        (APACHE.replace(b"GET /apache_pb.gif HTTP/1.0", b"\\x16\\x03\\x01"), "bad_request"),
        (APACHE.replace(b"127.0.0.1", b"example"), "bad_ip"),
        (b"nonsense", "not_combined"),
    ],
)
def test_a_combined_line_that_cannot_be_used_says_why(line: bytes, code: str) -> None:
    with pytest.raises(BadLineError, match="found") as caught:
        judge("combined").row(line, 0)
    assert caught.value.code == code


def judge(log_format: str) -> Judge:
    made = make_judge(7, "source", "run", [HouseholdKey(1, b"s" * 32, *ALWAYS)], IpRanges(), AgentLists("agents-1", []))
    made.parse = make_parser(log_format, HEAD if log_format == "cloudfront" else [], "https://media.example")
    return made


def mutated(line: bytes) -> st.SearchStrategy[bytes]:
    """A line with some of its bytes replaced, left out or repeated."""
    cut = st.tuples(st.integers(0, len(line)), st.integers(0, 12), st.binary(max_size=8))
    return st.lists(cut, max_size=4).map(lambda cuts: _cut(line, cuts))


def _cut(line: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, new in cuts:
        line = line[:at] + new + line[at + length :]
    return line.replace(b"\n", b"")


@given(st.one_of(mutated(APACHE), mutated(CLOUDFRONT), st.binary(max_size=200).map(lambda line: line.replace(b"\n", b""))))
@example(APACHE.replace(b"2326", b"9" * 40))
@example(CLOUDFRONT.replace(b"392", b"9" * 40).replace(b"Mozilla", b"%0A%00%09%ff"))
@example(APACHE.replace(b"frank", b"\xff\xfe").replace(b"Mozilla", b"\xff"))
def test_no_line_of_any_format_ends_the_run_or_makes_a_row_that_the_server_refuses(line: bytes) -> None:
    for log_format in ("combined", "cloudfront", "jsonl"):
        try:
            found = judge(log_format).row(line, 42)
        except (BadLineError, LogFormatError):
            continue
        if found is not None:
            text, _ = found
            assert text.endswith("\n") and text.count("\n") == 1 and "\x00" not in text
            fields = dict(zip(COLUMNS, text[:-1].split("\t"), strict=True))
            text.encode("utf-8")
            assert fields["status"].isdigit() and len(fields["status"]) <= 3
            assert fields["bytes_sent"] == "\\N" or 0 <= int(fields["bytes_sent"]) < 2**63


@given(st.integers(0, 20), st.integers(0, 20))
def test_batches_split_anywhere_give_the_same_rows(first: int, second: int) -> None:
    """What is remembered of one line must not change another."""
    lines = [
        APACHE.replace(b"55:36", f"5{n % 10}:{n:02}".encode()).replace(b"127.0.0.1", f"127.0.0.{n % 3}".encode()) for n in range(20)
    ]
    numbered = [(n * 100, n * 100 + 100, line) for n, line in enumerate(lines)]
    whole = judge_lines(numbered, judge("combined"), "a.log").text
    a, b = sorted((first, second))
    one, fresh = judge("combined"), judge("combined")
    parts = [numbered[:a], numbered[a:b], numbered[b:]]
    assert "".join(judge_lines(part, one, "a.log").text for part in parts if part) == whole
    assert "".join(judge_lines([line], fresh, "a.log").text for line in reversed(numbered)).count("\n") == 20


def test_a_minute_in_which_the_key_changes_is_judged_line_by_line() -> None:
    change = datetime(2026, 1, 31, 0, 0, 30, tzinfo=UTC)
    keys = [HouseholdKey(1, b"a" * 32, ALWAYS[0], change), HouseholdKey(2, b"b" * 32, change, ALWAYS[1])]
    made = make_judge(7, "source", "run", keys, IpRanges(), AgentLists("agents-1", []))
    made.parse = make_parser("combined", [], "https://media.example")
    line = b'198.51.100.7 - - [31/Jan/2026:00:00:%s +0000] "GET /a.mp3 HTTP/1.1" 200 5 "-" "P/1"'
    epochs = []
    for seconds in (b"29", b"30", b"29", b"31"):
        found = made.row(line % seconds, 0)
        assert found is not None
        epochs.append(dict(zip(COLUMNS, found[0].split("\t"), strict=True))["key_epoch"])
    assert epochs == ["1", "2", "1", "2"]
