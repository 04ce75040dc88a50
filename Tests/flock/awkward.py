"""Payload values that break careless JSON handling; all of them occur in real payloads."""

AWKWARD = {
    "emoji": "🐦\u200d⬛👩🏽\u200d🚀 ñ 漢字 💥",
    "u2028_u2029": "line\u2028sep\u2029para",
    "ctrl": "nul\u0000 bell\u0007 tab\t nl\n cr\r del\u007f",
    "quotes": "he said \"hi\\there\" 'x' </script> \\u0041",
    "float_one": 1.0,
    "float_small": 1e-7,
    "float_big": 1e300,
    "float_neg0": -0.0,
    "float_pi": 3.141592653589793,
    "float_exp": 1e22,
    "float_1e16": 1e16,
    "int_53": 2**53 + 1,
    "int_64": 2**64 + 3,
    "int_100_digits": 10**99 + 7,
    "int_neg": -(2**63) - 1,
    "empty_dict": {},
    "empty_list": [],
    "null": None,
    "true": True,
    "nested": {"a": {"b": {"c": [1, [2, [3, {"d": None}]]]}}},
    'key with spaces " and \\ and \u2028': 1,
    "": "empty key",
    "html": "<b>&amp;</b>",
    "slash": "a/b",
    "big": "x" * 200_000,
}

UNWRITABLE = {
    "lone_surrogate": "before \ud800 after",
    "bytes": b"\xff\x00 bytes",
    "float_nan": float("nan"),
    "float_one": 1.0,
    "int_64": 2**64 + 3,
}
"""Values that pydantic cannot write as JSON; the bridge writes a close replacement."""
