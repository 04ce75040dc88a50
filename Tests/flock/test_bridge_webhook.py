"""Extracting the webhook from a publish request: what Flock gets, and what is rejected."""

from __future__ import annotations

import json
import math

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flock.api.models import ArtifactPublishRequest
from flock_relay.webhook import Extraction, InvalidSecret, Webhook, check_secret, extract

from awkward import AWKWARD

URL = "https://example.com/hook?token=1"
REQUEST = {"type": "Order", "payload": {"sku": "x"}}


def extracted(fields: object, query: bytes = b"") -> Extraction:
    return extract(json.dumps(fields).encode(), query)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(REQUEST, indent=2).encode(),
        b'{"type":"Order","payload":{"webhook_url":"inside"}}',
        b'{"type":"Order","payload":{"a":"\\u0041"}}',
        b"not json, webhook",
        b'["webhook_url"]',
        b"",
        b"\xff webhook",
        b'{"webhook":' + b"[" * 100_000,
    ],
)
def test_a_body_without_webhook_is_unchanged(body: bytes) -> None:
    assert extract(body, b"page=1") is None


def test_webhook_url_and_secret_are_read_from_the_body() -> None:
    found = extracted({**REQUEST, "webhook_url": URL, "webhook_secret": "s"})
    assert found.webhook == Webhook(URL, "s")
    assert json.loads(found.body) == REQUEST
    assert found.artifact_type == "Order"


def test_field_names_written_with_escapes_are_found() -> None:
    body = b'{"type":"Order","payload":{},"\\u0077ebhook_url":"https://example.com/"}'
    assert extract(body, b"").webhook == Webhook("https://example.com/", None)


def test_a_body_in_utf_16_is_understood_as_flock_does() -> None:
    body = json.dumps({**REQUEST, "webhook_url": URL}).encode("utf-16")
    assert extract(body, b"").webhook == Webhook(URL, None)


def test_webhook_url_is_read_from_the_query() -> None:
    query = b"webhook_url=https%3A%2F%2Fexample.com%2Fhook%3Ftoken%3D1"
    assert extracted(REQUEST, query).webhook == Webhook(URL, None)
    assert extracted({**REQUEST, "webhook_secret": "s"}, query).webhook == Webhook(URL, "s")


def test_flocks_own_webhook_field_is_read() -> None:
    found = extracted({**REQUEST, "webhook": {"url": URL, "secret": "s"}})
    assert found.webhook == Webhook(URL, "s")
    assert json.loads(found.body) == REQUEST


def test_flocks_own_field_may_have_its_secret_beside_it() -> None:
    found = extracted({**REQUEST, "webhook": {"url": URL}, "webhook_secret": "s"})
    assert found.webhook == Webhook(URL, "s")


def test_the_body_takes_precedence_over_the_query() -> None:
    found = extracted(
        {**REQUEST, "webhook_url": URL, "webhook": {"url": "http://b/"}}, b"webhook_url=http://c/"
    )
    assert found.webhook == Webhook(URL, None)
    found = extracted({**REQUEST, "webhook": {"url": URL}}, b"webhook_url=http://c/")
    assert found.webhook == Webhook(URL, None)


@pytest.mark.parametrize("fields", [{"webhook": None}, {"webhook_url": None, "webhook_secret": None}])
def test_null_means_absent_and_is_removed(fields: dict) -> None:
    found = extracted({**REQUEST, **fields})
    assert found.webhook is None
    assert found.errors == ()
    assert json.loads(found.body) == REQUEST


def same(one: object, two: object) -> bool:
    """Equal in value and in type, all the way down; NaN equals NaN, -0.0 is not 0.0."""
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, float) and isinstance(two, float):
        return repr(one) == repr(two)
    return type(one) is type(two) and one == two


@pytest.mark.parametrize(
    "payload",
    [
        AWKWARD,
        {"nan": math.nan, "infinite": [math.inf, -math.inf]},
        {"lone": "\ud800", "pair": "\ud83d\ude80"},
        {"deep": json.loads("[" * 400 + "]" * 400)},
        {"floats": [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 123456789012345680.0, -0.0, 1e16, 1e22]},
        {"integers": [-1, 2**63, -(2**64), 10**300]},
    ],
    ids=["awkward", "not finite", "surrogates", "deep", "floats", "integers"],
)
def test_flock_gets_the_same_values_as_without_the_bridge(payload: dict) -> None:
    request = {"type": "Order", "payload": payload}
    found = extracted({**request, "webhook_url": URL})
    assert found.webhook is not None
    assert same(json.loads(found.body), json.loads(json.dumps(request)))


def test_the_last_of_duplicate_keys_counts_as_it_does_for_flock() -> None:
    body = b'{"type":"A","type":"B","payload":{},"webhook_url":"http://a/","webhook_url":"http://b/"}'
    found = extract(body, b"")
    assert found.webhook == Webhook("http://b/", None)
    assert json.loads(found.body)["type"] == "B"


USUAL = b'{"type":"Order","payload":{"sku":"x"}%b}'


@pytest.mark.parametrize(
    "last",
    [
        b',"webhook_url":"http://a/"',
        b', "webhook_url" : "http://a/" , "webhook_secret" : "s" ',
        b',"webhook_url":"http://a/","webhook_secret":"whsec_YQ=="',
    ],
)
def test_a_webhook_at_the_end_is_cut_off_and_the_rest_is_unchanged(last: bytes) -> None:
    fields = json.loads(USUAL % last)
    body = USUAL % last
    found = extract(body, b"")
    left = (USUAL % b"").ljust(len(body))
    assert found == Extraction(left, Webhook("http://a/", fields.get("webhook_secret")), "Order")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"A","payload":{"type":"B"},"webhook_url":"http://a/"}',
        b'{"type":"A","type":"B","webhook_url":"http://a/"}',
        b'{"type":"A","t\\u0079pe":"B","webhook_url":"http://a/"}',
        b'{"type":"A,B","payload":{},"webhook_url":"http://a/"}',
        b'{"type":"A\\"","payload":{},"webhook_url":"http://a/"}',
        b'{"type":7,"payload":{},"webhook_url":"http://a/"}',
        b'{"type":{"a":1},"payload":{},"webhook_url":"http://a/"}',
        b'{"type":"A","payload":{"webhook_url":"http://inside/"}}',
        b'{"type":"A","payload":{"text":",\\"webhook_url\\":\\"http://inside/\\"}"}}',
        b'{"type":"A","payload":{"webhook_url":"http://inside/"},"webhook_url":"http://a/"}',
        b'{"type":"A","webhook_url":"http://a/","webhook_url":"http://b/"}',
        b'{"type":"A","webhook_url":"http://a/","webhook_secret":"s","webhook_secret":"t"}',
        b'{"type":"A","webhook_secret":"s","webhook_url":"http://a/"}',
        b'{"type":"A","webhook_url":"http://a/","payload":{}}',
        b'{"type":"A","webhook_url":"http:\\/\\/a/"}',
        b'{"type":"A","webhook_url":"http://\xc3\xbc/"}',
        b'{"webhook_url":"http://a/"}',
    ],
)
def test_any_other_body_gives_the_result_of_parsing_it(body: bytes) -> None:
    fields = json.loads(body)
    url, secret = fields.pop("webhook_url", None), fields.pop("webhook_secret", None)
    found = extract(body, b"")
    if url is None:
        assert found is None
        return
    assert json.loads(found.body) == fields
    assert found.webhook == Webhook("http://xn--tda/" if "ü" in url else url, secret)
    assert found.artifact_type == (fields.get("type") if isinstance(fields.get("type"), str) else None)


@pytest.mark.parametrize("broken", [b"}", b",", b'"', b"[", b"payload", b"\\"])
def test_invalid_json_stays_invalid(broken: bytes) -> None:
    body = USUAL % (broken + b',"webhook_url":"http://a/"')
    with pytest.raises(ValueError):
        json.loads(body)
    with pytest.raises(ValueError):
        json.loads(extract(body, b"").body)


@pytest.fixture(scope="module")
def fastapi() -> TestClient:
    """FastAPI with Flock's own model: the reference for the form of errors."""
    app = FastAPI()

    @app.post("/")
    async def publish(body: ArtifactPublishRequest) -> None:
        pass

    return TestClient(app)


@pytest.mark.parametrize(
    "url", ["", "nope", "ftp://example.com/", "http://", "http:///", 7, [], "http://a/" + "x" * 3000]
)
def test_an_invalid_url_is_rejected_as_fastapi_does(fastapi: TestClient, url: object) -> None:
    detail = fastapi.post("/", json={**REQUEST, "webhook": {"url": url}}).json()["detail"]
    own = extracted({**REQUEST, "webhook": {"url": url}})
    assert own.webhook is None
    assert json.loads(json.dumps(own.errors)) == detail
    ours = extracted({**REQUEST, "webhook_url": url})
    assert ours.webhook is None
    assert json.loads(json.dumps(ours.errors)) == [{**detail[0], "loc": ["body", "webhook_url"]}]


@pytest.mark.parametrize("own", ["text", 7, [], {}, {"url": URL, "secret": 7}])
def test_an_invalid_webhook_field_is_rejected_as_fastapi_does(fastapi: TestClient, own: object) -> None:
    detail = fastapi.post("/", json={**REQUEST, "webhook": own}).json()["detail"]
    for error in detail:
        if "secret" in error["loc"]:
            error["input"] = None
    assert json.loads(json.dumps(extracted({**REQUEST, "webhook": own}).errors)) == detail


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", 7, "\ud800"])
def test_an_unusable_secret_is_rejected_and_not_repeated(secret: object) -> None:
    found = extracted({**REQUEST, "webhook_url": URL, "webhook_secret": secret})
    assert found.webhook is None
    assert [error["loc"] for error in found.errors] == [("body", "webhook_secret")]
    assert found.errors[0]["input"] is None


def test_a_secret_in_the_query_is_rejected() -> None:
    found = extracted({**REQUEST, "webhook_url": URL}, b"webhook_secret=s")
    assert found.webhook is None
    assert [error["loc"] for error in found.errors] == [("query", "webhook_secret")]


def test_a_secret_without_url_is_rejected() -> None:
    found = extracted({**REQUEST, "webhook_secret": "s"})
    assert [(error["type"], error["loc"]) for error in found.errors] == [("missing", ("body", "webhook_url"))]


@pytest.mark.parametrize(
    "secret", ["s", "ü 💥", "whsec_MDEyMzQ1Njc4OWFiY2RlZg==", "whsec_MDEyMzQ1Njc4OWFiY2RlZg"]
)
def test_usable_secrets_are_accepted(secret: str) -> None:
    assert check_secret(secret) == secret


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ö", "whsec_a", "\udfff"])
def test_unusable_secrets_are_rejected(secret: str) -> None:
    with pytest.raises(InvalidSecret):
        check_secret(secret)
