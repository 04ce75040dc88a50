"""The fenced code blocks of docs/receivers.md, which is the only place where the samples are kept."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "receivers.md"

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# The replacements of `verify` that follow each complete sample, in the order of the document.
SCHEMES = ["standard", "library", "ed25519", "flock"]

# Matches the function `verify` of a complete sample.
VERIFY = {
    "python": re.compile(r"^def verify\(.*?(?=\n\n\n)", re.MULTILINE | re.DOTALL),
    "javascript": re.compile(r"^function verify\(.*?^}$", re.MULTILINE | re.DOTALL),
    "go": re.compile(r"^func verify\(.*?^}$", re.MULTILINE | re.DOTALL),
}


def blocks(language: str) -> list[str]:
    """Every block of one language, in the order of the document."""
    return [text for name, text in FENCE.findall(DOCUMENT.read_text()) if name == language]


def sample(language: str, scheme: str) -> str:
    """A complete receiver: for `standard` as printed, else with `verify` replaced as the document describes."""
    program, *replacements = blocks(language)
    if scheme == "standard":
        return program
    replacement = dict(zip(SCHEMES[1:], replacements, strict=True))[scheme]
    changed, count = VERIFY[language].subn(lambda _: replacement.strip(), program)
    assert count == 1, f"the {language} sample has {count} functions named verify"
    return with_go_imports(changed, scheme) if language == "go" else changed


def with_go_imports(program: str, scheme: str) -> str:
    if scheme == "ed25519":
        return program.replace('\t"crypto/hmac"\n', '\t"crypto/ed25519"\n\t"crypto/hmac"\n')
    library = '\tstandardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"\n'
    return program.replace('\t"strconv"\n', library if scheme == "library" else "")
