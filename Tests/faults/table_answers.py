"""Rows: answers with all kinds of status, Retry-After, and valid or malformed headers."""

from __future__ import annotations

from behaviours import OK, ByAttempt, Drip, Endless, FirstArtifact, Reply, Then, raw, response, retry_at, status
from namespace import PUBLIC
from row import BASE_DELAY, DELIVERED, MAX_DELAY, Row, fails, recovers, times_out

PLAIN = [
    Row("200", Reply(OK), DELIVERED, artifacts=3),
    Row("202", status("202 Accepted"), DELIVERED),
    Row("204", Reply(raw("HTTP/1.1 204 No Content")), DELIVERED, artifacts=3),
    Row("299", status("299 Fine"), DELIVERED),
    Row("300", status("300 Multiple Choices"), fails("http_300")),
    Row("304", Reply(raw("HTTP/1.1 304 Not Modified")), fails("http_304")),
    Row("400", status("400 Bad Request"), fails("http_400"), "a receiver may be repaired: no status is final by default"),
    Row("404", status("404 Not Found", "Content-Type: text/html"), fails("http_404")),
    Row("417", status("417 Expectation Failed"), fails("http_417"), "no request expects 100 Continue"),
    Row("500", status("500 Internal Server Error"), fails("http_500")),
    Row("500, then 200", ByAttempt((status("500 No"), Reply(OK))), recovers("http_500")),
    Row("500 with a body that never ends",
        Endless(raw("HTTP/1.1 500 No", "Content-Length: 99999999999"), b"x" * 65_536), fails("http_500")),
    Row("599", status("599 What"), fails("http_599")),
    Row("410", status("410 Gone"), fails("http_410"), "not in retry.final-statuses"),
    Row("410, final", status("410 Gone"), fails("http_410", attempts=1), "in retry.final-statuses",
        f"http://{PUBLIC}:{{port}}/hook", (PUBLIC,), daemon="strict"),
]

CHALLENGES = [
    Row("401 Basic", status("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), fails("http_401"),),
    Row("401 Digest", status("401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="1", qop="auth"'),
        fails("http_401")),
    Row("401 Negotiate", status("401 Unauthorized", "WWW-Authenticate: Negotiate"), fails("http_401")),
    Row("401 without a challenge", status("401 Unauthorized"), fails("http_401")),
    Row("407 Basic", status("407 Proxy", 'Proxy-Authenticate: Basic realm="x"'), fails("http_407")),
]


def retry_after(name: str, status_text: str, value: str, wait: float = BASE_DELAY) -> Row:
    code = status_text.split()[0]
    return Row(
        f"{code}, Retry-After {name}", status(status_text, f"Retry-After: {value}"),
        fails(f"http_{code}", attempts=2, waits=(wait,)), retries=1)


RETRY_AFTER = [
    retry_after("seconds", "503 Busy", "2", 2.0),
    retry_after("seconds", "429 Too Many Requests", "2", 2.0),
    retry_after("zero", "429 Too Many Requests", "0"),
    retry_after("past date", "503 Busy", "Sun, 06 Nov 1994 08:49:37 GMT"),
    retry_after("past date in the second form", "503 Busy", "Sunday, 06-Nov-94 08:49:37 GMT"),
    retry_after("far date", "503 Busy", "Fri, 31 Dec 9999 23:59:59 GMT", MAX_DELAY),
    retry_after("huge", "429 Too Many Requests", "99999999999999999999999", MAX_DELAY),
    retry_after("negative", "503 Busy", "-5"),
    retry_after("fraction", "503 Busy", "1.5"),
    retry_after("garbage", "429 Too Many Requests", "soon, I hope"),
    retry_after("empty", "503 Busy", ""),
    retry_after("seconds", "500 No", "5"),
    Row("503, Retry-After date", retry_at("503 Busy", 3),
        fails("http_503", attempts=2, waits=(1.9,)), "3 s from the answer, in whole seconds", retries=1),
]

NEIGHBOURS = [
    Row(f"{text}, Retry-After with neighbours",
        FirstArtifact(ByAttempt((busy, Reply(OK)))),
        recovers(f"http_{text}", waits=(wait,)), "what else is pending for the origin waits, too", neighbours=9)
    for text, busy, wait in (
        ("429", status("429 Too Many Requests", "Retry-After: 2"), 2.0), ("503", retry_at("503 Busy", 3), 1.9))
] + [
    Row("429, Retry-After at the last attempt, with neighbours",
        FirstArtifact(status("429 Too Many Requests", "Retry-After: 2")),
        fails("http_429", attempts=1, waits=(2.0,)), "the pause outlasts the delivery that was answered",
        retries=0, neighbours=9),
]

UNUSUAL = [
    Row(name, Reply(data), DELIVERED, "as every common client reads it")
    for name, data in (
        ("header without a space", raw("HTTP/1.1 200 OK", "Content-Length:0")),
        ("header with a space before its colon", raw("HTTP/1.1 200 OK", "X-Name : x", "Content-Length: 0")),
        ("Latin-1 header", raw("HTTP/1.1 200 OK", "X-Name: caf\xe9", "Content-Length: 0")),
        ("Latin-1 reason phrase", raw("HTTP/1.1 200 Tr\xe8s bien", "Content-Length: 0")),
        ("no reason phrase", raw("HTTP/1.1 200", "Content-Length: 0")),
        ("no reason phrase, but the space before it", raw("HTTP/1.1 200 ", "Content-Length: 0")),
        ("lines ended by LF alone", raw("HTTP/1.1 200 OK", "Content-Length: 0").replace(b"\r", b"")),
        ("10 000 headers like status lines",
         raw("HTTP/1.1 200 OK", *["HTTP/1.1 500 No: x"] * 10_000, "Content-Length: 0")),
    )
]

NO_HTTP = [
    Row("header without a colon", Reply(raw("HTTP/1.1 200 OK", "nonsense", "Content-Length: 0")),
        fails("protocol_error")),
    Row("NUL in a header", Reply(raw("HTTP/1.1 200 OK", "A: b\0c", "Content-Length: 0")), fails("protocol_error")),
    Row("HTTP/1.0", Reply(b"HTTP/1.0 200 OK\r\n\r\nbody until the end", Then.CLOSE), DELIVERED, artifacts=2),
    Row("HTTP/0.9", Reply(b"<html>just a page</html>\r\n", Then.CLOSE), fails("protocol_error")),
    Row("HTTP/9.9", Reply(raw("HTTP/9.9 200 OK", "Content-Length: 0"), Then.CLOSE), fails("protocol_error")),
    Row("SMTP", Reply(b"220 mail.example ESMTP\r\n", Then.CLOSE), fails("protocol_error")),
    Row("zeros", Reply(b"\0" * 4096, Then.CLOSE), fails("protocol_error")),
    Row("folded header", Reply(raw("HTTP/1.1 200 OK", "A: b", " c", "Content-Length: 0")), DELIVERED),
    Row("interim status of four digits", Reply(raw("HTTP/1.1 1500 No", "Content-Length: 2", body=b"hi")),
        fails("protocol_error")),
    Row("HTTP/2 and an interim status of four digits", Reply(raw("HTTP/2 1500 No", "Content-Length: 2", body=b"hi")),
        fails("protocol_error"), "an interim answer that is not a success"),
    Row("CR within the end of interim headers",
        Reply(b"HTTP/1.1 103 Early Hints\r\n\rX\n" + response("500 No")), fails("http_500"),
        "libcurl takes any line that begins with CR as the end of the headers"),
    Row("status of four digits", Reply(raw("HTTP/1.1 2000 OK", "Content-Length: 0")), fails("protocol_error")),
]

INTERIM = [
    Row("storm of 100", Reply(raw("HTTP/1.1 100 Continue") * 1000 + OK), DELIVERED),
    Row("storm of 103", Reply(raw("HTTP/1.1 103 Early Hints", "Link: </x>") * 1000 + OK), DELIVERED),
    Row("100, then 500", Reply(raw("HTTP/1.1 100 Continue") + response("500 No")), fails("http_500")),
    Row("101", Reply(raw("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: Upgrade"), Then.CLOSE),
        fails("connection_reset"), "an interim answer like 100: it decides nothing, and no final answer follows"),
    Row("100 without end", Endless(b"", raw("HTTP/1.1 100 Continue") * 100), fails("response_too_large")),
]

HEADERS = [
    Row("header dripping", Drip(b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n\r\n"), times_out()),
    Row("interim answers dripping", Drip(b"", raw("HTTP/1.1 100 Continue") * 100, 0.05), times_out()),
    Row("1 MB in one header", Reply(raw("HTTP/1.1 200 OK", "X: " + "x" * (1 << 20), "Content-Length: 0")),
        fails("response_too_large")),
    Row("1 MB of headers", Reply(raw("HTTP/1.1 200 OK", *(["X: " + "x" * 1020] * 1024), "Content-Length: 0")),
        fails("response_too_large")),
    Row("1 000 short headers", Reply(raw("HTTP/1.1 200 OK", *["X: y"] * 1_000, "Content-Length: 0")), DELIVERED),
    Row("20 000 short headers", Reply(raw("HTTP/1.1 200 OK", *["X: y"] * 20_000, "Content-Length: 0")), DELIVERED, artifacts=3),
    Row("headers without end", Endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000), fails("response_too_large")),
    Row("Retry-After behind 99 headers",
        Reply(raw("HTTP/1.1 429 Wait", *["X: y"] * 99, "Retry-After: 2", "Content-Length: 0")),
        fails("http_429", waits=(2.0, 2.0))),
    Row("200 KB of headers", Reply(raw("HTTP/1.1 200 OK", *(["X: " + "x" * 1020] * 200), "Content-Length: 0")),
        DELIVERED),
    Row("Set-Cookie", status("200 OK", *(f"Set-Cookie: c{n}=v; Path=/" for n in range(50))), DELIVERED,
        "no request of any row may carry a cookie", artifacts=3),
]

ROWS = PLAIN + CHALLENGES + RETRY_AFTER + NEIGHBOURS + UNUSUAL + NO_HTTP + INTERIM + HEADERS
