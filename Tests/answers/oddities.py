"""Answers that are odd in some respect, but sound, or taken for sound by common clients."""

from __future__ import annotations

import random
from collections.abc import Callable

from answer import Answer

OK_STATUSES = (200, 200, 200, 201, 202, 203, 204, 205, 206, 207, 208, 218, 226, 250, 299)
OTHER_STATUSES = (300, 302, 304, 308, 399, 400, 401, 404, 407, 410, 417, 421, 429, 451, 499, 500, 503, 599, 600, 999)

Oddity = Callable[[Answer], object]
"""Changes an answer; returns False if it does not apply."""


# Framings

def length(answer: Answer) -> None:
    if answer.has_body:
        answer.body = b"x" * answer.chance.choice([0, 1, 5, 300, 9_000])
        answer.framing = [b"Content-Length: %d" % len(answer.body)]


def chunked(answer: Answer) -> None:
    if answer.has_body:
        answer.framing = [b"Transfer-Encoding: chunked"]
        answer.body = b"4\r\nbody\r\n0\r\n\r\n"


def closed(answer: Answer) -> None:
    if answer.has_body:
        answer.framing, answer.body, answer.closes = [], b"until the end", True


FRAMINGS: list[Callable[[Answer], None]] = [length, length, chunked, closed]


# The status line

def no_phrase(answer: Answer) -> None:
    answer.phrase = b""


def no_phrase_but_space(answer: Answer) -> None:
    answer.phrase = b" "


def high_bytes_in_phrase(answer: Answer) -> None:
    answer.phrase = answer.chance.choice([b" Tr\xe8s bien", " 😀 fine".encode(), b" \x80\xff\xa0"])


def long_phrase(answer: Answer) -> None:
    answer.phrase = b" " + b"very " * answer.chance.choice([20, 400, 1_500])


def phrase_like_a_status(answer: Answer) -> None:
    answer.phrase = answer.chance.choice([b" 500 Internal Server Error", b" 100", b" HTTP/1.1 404 Not Found", b" : x"])


def tab_in_phrase(answer: Answer) -> None:
    answer.phrase = b" All\tis \t fine \t"


def version_1_0(answer: Answer) -> None:
    answer.version = b"HTTP/1.0"
    answer.headers.append(answer.chance.choice([b"Connection: keep-alive", b"Pragma: no-cache"]))
    if b"chunked" in b"".join(answer.framing).lower():
        closed(answer)


# Headers

def add(answer: Answer, *lines: bytes) -> None:
    place = answer.chance.randint(0, len(answer.headers))
    answer.headers[place:place] = lines


def change_all(answer: Answer, change: Callable[[bytes], bytes]) -> None:
    answer.headers = [change(line) for line in answer.headers]
    answer.framing = [change(line) for line in answer.framing]


def no_space_after_colon(answer: Answer) -> None:
    change_all(answer, lambda line: line.replace(b": ", b":", 1))


def much_space_after_colon(answer: Answer) -> None:
    space = answer.chance.choice([b":  ", b":\t", b": \t \t   "])
    change_all(answer, lambda line: line.replace(b": ", space, 1))


def space_before_colon(answer: Answer) -> None:
    add(answer, b"X-Name" + answer.chance.choice([b" ", b"  ", b"\t"]) + b": value")


def space_behind_value(answer: Answer) -> None:
    space = answer.chance.choice([b" ", b"\t", b"  \t "])
    change_all(answer, lambda line: line + space)


def empty_value(answer: Answer) -> None:
    add(answer, answer.chance.choice([b"X-Empty:", b"X-Empty: ", b"X-Empty: \t"]))


def folded(answer: Answer) -> None:
    """Never the first header."""
    answer.headers += [b"X-Folded: a", answer.chance.choice([b" b", b"\tb", b"   b: c", b" HTTP/1.1 500 No"])]


def high_bytes_in_value(answer: Answer) -> None:
    add(answer, b"X-Name: " + answer.chance.choice([b"caf\xe9", "naïve 😀".encode(), bytes(range(0x80, 0x100)), b"\xff"]))


def lower_case_names(answer: Answer) -> None:
    change_all(answer, lambda line: line.partition(b":")[0].lower() + b":" + line.partition(b":")[2])


def upper_case_names(answer: Answer) -> None:
    change_all(answer, lambda line: line.partition(b":")[0].upper() + b":" + line.partition(b":")[2])


def odd_names(answer: Answer) -> None:
    add(answer, answer.chance.choice([b"!#$%&'*+-.^_`|~: x", b"1: 2", b"x: y", b"_: _", b"Content-Lengthy: 7", b"R: e"]))


def odd_values(answer: Answer) -> None:
    add(answer, b"X-Value: " + answer.chance.choice(
        [b"::::", b'"unclosed', b"a,,b;;c==", b"HTTP/1.1 500 No", b"(", b"\\", b"Content-Length: 9", b"%0d%0a"]))


def repeated_headers(answer: Answer) -> None:
    add(answer, *[b"X-Same: x"] * answer.chance.choice([2, 10]))


def known_headers(answer: Answer) -> None:
    """Headers that clients interpret, with values that change nothing."""
    add(answer, *answer.chance.sample([
        b"Date: yesterday", b"Set-Cookie: a=b; Path=/; HttpOnly", b"Set-Cookie: =", b"Location: //%00/", b"Location:",
        b"WWW-Authenticate: Basic", b"Alt-Svc: h3=\":443\"", b"Strict-Transport-Security: max-age=x", b"Upgrade: h2c",
        b"Retry-After: soon", b"Content-Encoding: identity", b"Trailer: X-Trailer", b"Keep-Alive: timeout=0",
        b"Content-Range: bytes 0-3/4", b"Refresh: 0; url=/", b"Proxy-Authenticate: Digest", b"ETag: W/\"",
        b"Last-Modified: 0", b"Content-Type:", b"Vary: *", b"Link: <"], answer.chance.randint(1, 4)))


def connection_header(answer: Answer) -> None:
    add(answer, answer.chance.choice([
        b"Connection: close", b"Connection: Close", b"Connection: keep-alive", b"Connection: close, X-Name",
        b"Connection: nonsense", b"Proxy-Connection: close"]))


def many_headers(answer: Answer) -> None:
    add(answer, *[b"X-%d: y" % number for number in range(answer.chance.choice([20, 90]))])


def hundreds_of_headers(answer: Answer) -> None:
    add(answer, *[b"X: y"] * answer.chance.choice([150, 900]))


def long_header(answer: Answer) -> None:
    add(answer, b"X-Long: " + b"x" * answer.chance.choice([1_000, 4_000, 6_000]))


def very_long_header(answer: Answer) -> None:
    add(answer, b"X-Very-Long: " + b"x" * answer.chance.choice([20_000, 60_000]))


def no_headers(answer: Answer) -> None:
    answer.headers = []


# Line ends

def line_feeds_alone(answer: Answer) -> None:
    answer.line_ends = (b"\n",)


def mixed_line_ends(answer: Answer) -> None:
    answer.line_ends = (b"\n", b"\r\n")


def leading_empty_lines(answer: Answer) -> None:
    answer.leading = b"\r\n" * answer.chance.choice([1, 2])


# Interim answers

def interim(answer: Answer, status: int, text: bytes, *headers: bytes) -> None:
    answer.interims.append((status, b"\r\n".join([b"HTTP/1.1 %d%s" % (status, text), *headers, b"", b""])))


def interim_100(answer: Answer) -> None:
    for _ in range(answer.chance.choice([1, 1, 2, 40])):
        interim(answer, 100, answer.chance.choice([b" Continue", b" ", b""]))


def interim_100_with_headers(answer: Answer) -> None:
    interim(answer, 100, b" Continue", b"X-Name: x", b"Server: interim")


def interim_102(answer: Answer) -> None:
    for _ in range(answer.chance.choice([1, 3])):
        interim(answer, 102, b" Processing")


def interim_103(answer: Answer) -> None:
    for _ in range(answer.chance.choice([1, 3])):
        interim(answer, 103, b" Early Hints", b"Link: </style.css>; rel=preload", b"Retry-After: 9")


def other_interim(answer: Answer) -> None:
    interim(answer, answer.chance.choice([104, 150, 199]), b" Whatever")


# Bodies

def chunk_extensions(answer: Answer) -> object:
    if not answer.has_body or answer.version == b"HTTP/1.0":
        return False
    chunked(answer)
    answer.closes = False
    extension = answer.chance.choice([b";a", b";a=b", b';a="b c"', b";a;b=c"])
    answer.body = b"4" + extension + b"\r\nbody\r\n0" + extension + b"\r\n\r\n"


def trailers(answer: Answer) -> object:
    if not answer.has_body or answer.version == b"HTTP/1.0":
        return False
    chunked(answer)
    answer.closes = False
    answer.body = b"4\r\nbody\r\n0\r\nX-Trailer: y\r\nRetry-After: 9\r\n\r\n"


def chunk_sizes(answer: Answer) -> object:
    if not answer.has_body or answer.version == b"HTTP/1.0":
        return False
    answer.framing, answer.closes = [answer.chance.choice([b"Transfer-Encoding: Chunked", b"transfer-encoding: CHUNKED"])], False
    answer.body = b"0001\r\nx\r\n0A\r\n0123456789\r\nb\r\n0123456789a\r\n00\r\n\r\n"


def length_0(answer: Answer) -> object:
    if not answer.has_body:
        return False
    answer.framing, answer.body, answer.closes = [b"Content-Length: 0"], b"", False


def length_twice(answer: Answer) -> object:
    if not answer.has_body:
        return False
    answer.framing, answer.body, answer.closes = [b"Content-Length: 4"] * 2, b"body", False


def length_as_list(answer: Answer) -> object:
    if not answer.has_body:
        return False
    answer.framing, answer.body, answer.closes = [b"Content-Length: 4, 4"], b"body", False


def length_with_zeros(answer: Answer) -> object:
    if not answer.has_body:
        return False
    answer.framing, answer.body, answer.closes = [b"Content-Length: 00004"], b"body", False


def body_behind_no_content(answer: Answer) -> None:
    """Bytes where no body may be: the connection cannot be used again."""
    answer.status = answer.chance.choice([204, 204, 205, 304])
    answer.framing = answer.chance.choice([[], [b"Content-Length: 4"]])
    answer.body = answer.chance.choice([b"body", b"\0\xff\r\n"])
    answer.closes = answer.status == 205 and not answer.framing


def answer_behind_no_content(answer: Answer) -> None:
    answer.status, answer.framing, answer.closes = 204, [], False
    answer.body = b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n"


# Writing

def in_pieces(answer: Answer) -> None:
    answer.piece = answer.chance.choice([1, 2, 7, 100])


ODDITIES: dict[str, Oddity] = {
    oddity.__name__: oddity
    for oddity in (
        no_phrase, no_phrase_but_space, high_bytes_in_phrase, long_phrase, phrase_like_a_status, tab_in_phrase, version_1_0,
        no_space_after_colon, much_space_after_colon, space_before_colon, space_behind_value, empty_value, folded,
        high_bytes_in_value, lower_case_names, upper_case_names, odd_names, odd_values, repeated_headers, known_headers,
        connection_header, many_headers, hundreds_of_headers, long_header, very_long_header, no_headers, line_feeds_alone,
        mixed_line_ends, leading_empty_lines, interim_100, interim_100_with_headers, interim_102, interim_103, other_interim,
        chunk_extensions, trailers, chunk_sizes, length_0, length_twice, length_as_list, length_with_zeros,
        body_behind_no_content, answer_behind_no_content, in_pieces)
}


def make_answers(seed: int, count: int) -> list[Answer]:
    """First each oddity alone, with a status 2xx; then up to four of them at a time, with any status."""
    chance = random.Random(seed)
    alone = [[name] for name in ODDITIES]
    answers: list[Answer] = []
    while len(answers) < count:
        is_alone = len(answers) < len(alone)
        names = alone[len(answers)] if is_alone else chance.sample(list(ODDITIES), chance.randint(1, 4))
        statuses = OK_STATUSES if is_alone or chance.random() < 0.75 else OTHER_STATUSES
        answer = Answer(chance.choice(statuses), random.Random(chance.random()))
        answer.chance.choice(FRAMINGS)(answer)
        answer.oddities = [name for name in names if ODDITIES[name](answer) is not False]
        if answer.oddities:
            answers.append(answer)
    return answers
