"""The webhook fields of a publish request: what they say, what Flock gets, and what is rejected."""

from __future__ import annotations

import json
import math

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flock.api.models import ArtifactPublishRequest
from flock_relay.registrations import InvalidSecret, Registration, check_secret, check_secrets
from flock_relay.webhook_fields import PublishBody, take_webhook

from awkward import AWKWARD

URL = "https://example.com/hook?token=1"
REQUEST = {"type": "Order", "payload": {"sku": "x"}}


def extracted(fields: object, query: bytes = b"") -> PublishBody:
    return take_webhook(json.dumps(fields).encode(), query)


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
    found = take_webhook(body, b"page=1")
    assert (found.body, found.registration, found.errors) == (body, None, ())


def test_webhook_url_and_secret_are_read_from_the_body() -> None:
    found = extracted({**REQUEST, "webhook_url": URL, "webhook_secret": "s"})
    assert found.registration == Registration(URL, ("s",))
    assert json.loads(found.body) == REQUEST
    assert found.artifact_type == "Order"


def test_field_names_written_with_escapes_are_found() -> None:
    body = b'{"type":"Order","payload":{},"\\u0077ebhook_url":"https://example.com/"}'
    assert take_webhook(body, b"").registration == Registration("https://example.com/")


def test_a_body_in_utf_16_is_understood_as_flock_does() -> None:
    body = json.dumps({**REQUEST, "webhook_url": URL}).encode("utf-16")
    assert take_webhook(body, b"").registration == Registration(URL)


def test_webhook_url_is_read_from_the_query() -> None:
    query = b"webhook_url=https%3A%2F%2Fexample.com%2Fhook%3Ftoken%3D1"
    assert extracted(REQUEST, query).registration == Registration(URL)
    assert extracted({**REQUEST, "webhook_secret": "s"}, query).registration == Registration(URL, ("s",))


def test_flocks_own_webhook_field_is_read() -> None:
    found = extracted({**REQUEST, "webhook": {"url": URL, "secret": "s"}})
    assert found.registration == Registration(URL, ("s",))
    assert json.loads(found.body) == REQUEST


def test_flocks_own_field_may_have_its_secret_beside_it() -> None:
    found = extracted({**REQUEST, "webhook": {"url": URL}, "webhook_secret": "s"})
    assert found.registration == Registration(URL, ("s",))


def test_the_url_of_the_body_takes_precedence_over_the_query() -> None:
    for fields in ({"webhook_url": URL}, {"webhook": {"url": URL}}):
        found = extracted({**REQUEST, **fields}, b"webhook_url=http://c/")
        assert found.registration == Registration(URL)


SETTINGS = {
    "secret": ["new", "old"],
    "events": ["artifact.created", "workflow.completed"],
    "types": ["Order", "shop.Draft"],
    "producers": ["alpha"],
    "ordering": "ordered",
    "max_retries": 7,
}


def test_every_setting_can_be_given_flat_and_nested_alike() -> None:
    expected = Registration(
        URL,
        secrets=("new", "old"),
        events=("artifact.created", "workflow.completed"),
        types=("Order", "shop.Draft"),
        producers=("alpha",),
        ordering="ordered",
        max_retries=7,
    )
    flat = extracted({**REQUEST, "webhook_url": URL, **{f"webhook_{name}": each for name, each in SETTINGS.items()}})
    nested = extracted({**REQUEST, "webhook": {"url": URL, **SETTINGS}})
    mixed = extracted({**REQUEST, "webhook": SETTINGS, "webhook_url": URL})
    for found in (flat, nested, mixed):
        assert found.registration == expected
        assert json.loads(found.body) == REQUEST
    assert expected.wants_completion
    assert not Registration(URL).wants_completion


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("events", []),
        ("events", ["artifact.created", "artifact.deleted"]),
        ("events", "artifact.created"),
        ("types", []),
        ("types", "Order"),
        ("types", [""]),
        ("types", [7]),
        ("types", ["x" * 1025]),
        ("producers", []),
        ("producers", ["\ud800"]),
        ("producers", {"alpha": 1}),
        ("ordering", "random"),
        ("ordering", True),
        ("max_retries", -1),
        ("max_retries", 101),
        ("max_retries", 1.5),
        ("max_retries", "3"),
        ("max_retries", True),
        ("secret", []),
        ("secret", ["a", "b", "c", "d", "e"]),
        ("secret", ["a", ""]),
        ("secret", "x" * 1025),
        ("secret", {"key": "s"}),
    ],
)
def test_a_wrong_setting_is_rejected_where_it_was_given(name: str, value: object) -> None:
    flat = extracted({**REQUEST, "webhook_url": URL, f"webhook_{name}": value})
    nested = extracted({**REQUEST, "webhook": {"url": URL, name: value}})
    for found, place in ((flat, ("body", f"webhook_{name}")), (nested, ("body", "webhook", name))):
        assert found.registration is None
        assert found.errors
        assert all(error["loc"][: len(place)] == place for error in found.errors)
        assert {"type", "loc", "msg", "input"} <= set(found.errors[0])
        json.dumps(found.errors, default=str)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"webhook_type": ["Order"]}, ("body", "webhook_type")),
        ({"webhook_typs": None}, ("body", "webhook_typs")),
        ({"webhooks": URL}, ("body", "webhooks")),
        ({"webhook": {"url": URL, "typs": ["Order"]}}, ("body", "webhook", "typs")),
        ({"webhook": {"url": URL, "webhook_types": ["Order"]}}, ("body", "webhook", "webhook_types")),
        ({"webhook_format": "flock"}, ("body", "webhook_format")),
    ],
)
def test_an_unknown_field_is_rejected(fields: dict, place: tuple) -> None:
    found = extracted({**REQUEST, "webhook_url": URL, **fields} if "webhook" not in fields else {**REQUEST, **fields})
    assert found.registration is None
    assert [(error["type"], error["loc"]) for error in found.errors] == [("extra_forbidden", place)]
    assert "max_retries" in found.errors[0]["msg"], "the message names what is known"


@pytest.mark.parametrize("name", ["url", "secret", "types"])
def test_a_setting_that_is_given_twice_is_rejected(name: str) -> None:
    value = {"url": URL, "secret": "s", "types": ["Order"]}[name]
    found = extracted({**REQUEST, "webhook": {"url": URL, name: value}, f"webhook_{name}": value})
    assert [error["type"] for error in found.errors] == ["given_twice"]


@pytest.mark.parametrize("fields", [{"webhook": None}, {"webhook_url": None, "webhook_secret": None}])
def test_null_means_absent_and_is_removed(fields: dict) -> None:
    found = extracted({**REQUEST, **fields})
    assert found.registration is None
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
    assert found.registration is not None
    assert same(json.loads(found.body), json.loads(json.dumps(request)))


def test_the_last_of_duplicate_keys_counts_as_it_does_for_flock() -> None:
    body = b'{"type":"A","type":"B","payload":{},"webhook_url":"http://a/","webhook_url":"http://b/"}'
    found = take_webhook(body, b"")
    assert found.registration == Registration("http://b/")
    assert json.loads(found.body)["type"] == "B"


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
    if not isinstance(url, (str, int)):
        detail[0]["input"] = None  # The bridge repeats no lists, which may contain a secret.
    own = extracted({**REQUEST, "webhook": {"url": url}})
    assert own.registration is None
    assert json.loads(json.dumps(own.errors)) == detail
    ours = extracted({**REQUEST, "webhook_url": url})
    assert ours.registration is None
    assert json.loads(json.dumps(ours.errors)) == [{**detail[0], "loc": ["body", "webhook_url"]}]


@pytest.mark.parametrize("own", ["text", 7, []])
def test_a_webhook_that_is_no_object_is_rejected(own: object) -> None:
    found = extracted({**REQUEST, "webhook": own})
    assert [(error["type"], error["loc"]) for error in found.errors] == [("dict_type", ("body", "webhook"))]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", 7, "\ud800"])
def test_an_unusable_secret_is_rejected(secret: object) -> None:
    found = extracted({**REQUEST, "webhook_url": URL, "webhook_secret": secret})
    assert found.registration is None
    assert [error["loc"] for error in found.errors] == [("body", "webhook_secret")]
    assert found.errors[0]["input"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"webhook_url": URL, "webhook_secret": ["unguessable", ""]},
        {"webhook": {"secret": "unguessable"}},
        {"webhook": ["unguessable"]},
        {"webhook_url": {"secret": "unguessable"}},
        {"webhook_url": URL, "webhook_secrets": "unguessable"},
        {"webhook": {"url": URL, "secret": "unguessable"}, "webhook_secret": "unguessable"},
    ],
)
def test_an_error_never_repeats_a_secret(fields: dict) -> None:
    found = extracted({**REQUEST, **fields})
    assert found.errors
    assert "unguessable" not in json.dumps(found.errors, default=str)


@pytest.mark.parametrize("name", ["secret", "types", "events"])
def test_only_the_url_may_be_in_the_query(name: str) -> None:
    found = extracted({**REQUEST, "webhook_url": URL}, f"webhook_{name}=unguessable".encode())
    assert found.registration is None
    assert [error["loc"] for error in found.errors] == [("query", f"webhook_{name}")]
    assert "unguessable" not in json.dumps(found.errors)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"webhook_secret": "s"}, ("body", "webhook_url")),
        ({"webhook_types": ["Order"]}, ("body", "webhook_url")),
        ({"webhook": {"types": ["Order"]}}, ("body", "webhook", "url")),
    ],
)
def test_a_setting_without_url_is_rejected(fields: dict, place: tuple) -> None:
    found = extracted({**REQUEST, **fields})
    assert [(error["type"], error["loc"]) for error in found.errors] == [("missing", place)]


def test_the_representation_of_a_registration_has_neither_url_nor_secret() -> None:
    shown = repr(Registration("https://example.com/?token=unguessable", ("unguessable",), types=("Order",)))
    assert "unguessable" not in shown
    assert "Order" in shown


@pytest.mark.parametrize(
    "secret", ["s", "ü 💥", "whsec_MDEyMzQ1Njc4OWFiY2RlZg==", "whsec_MDEyMzQ1Njc4OWFiY2RlZg", "x" * 1024]
)
def test_usable_secrets_are_accepted(secret: str) -> None:
    assert check_secret(secret) == secret


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ö", "whsec_a", "\udfff", "ü" * 513])
def test_unusable_secrets_are_rejected(secret: str) -> None:
    with pytest.raises(InvalidSecret):
        check_secret(secret)


def test_the_default_secret_may_be_one_or_several() -> None:
    assert check_secrets(None) == ()
    assert check_secrets("s") == ("s",)
    assert check_secrets(["new", "old"]) == ("new", "old")
    with pytest.raises(InvalidSecret, match="1 to 4"):
        check_secrets([])
