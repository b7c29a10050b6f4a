"""What must not stand in a log: the rules of Datadog's Sensitive Data Scanner, as plain data.

A log is searched as it comes in: what is found is neither indexed nor archived nor counted. The
patterns are the company's own and tested against what they must find and must leave alone. Datadog
has a library of its own, whose patterns also compute check digits; they are known by ids that only
its API tells, so a preview would need keys, and what they find could not be tested here.

Datadog reads logs in JSON before it searches them: of ``{"password": "x"}`` it searches ``x``. So a
rule has patterns for text, and attributes whose whole value goes. Numbers are not searched: a card
number that is logged as a number stays, and only the application can mend that.
Source: Datadog, Sensitive Data Scanner, custom rules and troubleshooting.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..plan.logs import CustomScrub, Scrubbed

# Looks like a card's number and is none: Datadog's own ids.
_IDS = ("dd.trace_id", "dd.span_id", "trace_id", "span_id")

# The last twelve digits, with one kind of space between them, or none.
_GROUPS = r"(?:[0-9]{12}|(?: [0-9]{4}){3}|(?:-[0-9]{4}){3})"

# Attributes that hold nothing else; where services nest them, below these.
_NESTED_IN = ("", "http.headers.", "http.request.headers.", "request.headers.", "headers.")
_SECRET_ATTRIBUTES = (
    "access_token",
    "api_key",
    "client_secret",
    "cvc",
    "cvv",
    "password",
    "refresh_token",
    "secret",
    "session_id",
    "token",
)


@dataclass(frozen=True)
class ScrubbingRule:
    """One rule of the scanner.

    name          within its group
    pattern       in Datadog's subset of PCRE2, which Python's ``re`` reads alike
    replacement   stands there instead
    priority      1 (gravest) to 5, on the scanner's page
    attributes    searched alone; empty: everything
    leaves        attributes that are not searched
    """

    name: str
    pattern: str
    replacement: str
    priority: int
    attributes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


_TEXT: Mapping[Scrubbed, ScrubbingRule] = {
    # Keys that say by their beginning whose they are: AWS, GitHub, Slack, Stripe.
    "access-key": ScrubbingRule(
        "access-key",
        r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[opsru]_[0-9A-Za-z]{36,}|xox[abeprs]-[0-9A-Za-z-]{10,}"
        r"|[rs]k_(?:live|test)_[0-9A-Za-z]{16,})\b",
        "[access key]",
        1,
    ),
    # A header with its value, a bearer token anywhere, a JSON web token anywhere. `Basic` alone is
    # a word of English: it is one with padding, or after the header's name.
    "authorization": ScrubbingRule(
        "authorization",
        r"(?i)\b(?:proxy-)?authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
        r"(?:(?:basic|bearer|digest|token)\s{1,4})?[\w.~+/=-]{6,}"
        r"|\bbearer\s{1,4}[\w.~+/=-]{8,}|\bbasic\s{1,4}[\w+/]{6,}={1,2}"
        r"|\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]{6,}",
        "[authorization]",
        1,
    ),
    # Visa, Mastercard, American Express, Discover, Diners, JCB, in groups or not.
    "card-number": ScrubbingRule(
        "card-number",
        rf"\b(?:4[0-9]{{3}}{_GROUPS}|4[0-9]{{12}}"
        r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)"
        rf"{_GROUPS}|6(?:011|5[0-9]{{2}}){_GROUPS}|35[0-9]{{2}}{_GROUPS}"
        r"|3[47][0-9]{2}(?:[0-9]{11}| [0-9]{6} [0-9]{5}|-[0-9]{6}-[0-9]{5})"
        r"|3(?:0[0-5]|[68][0-9])[0-9]{11})\b",
        "[card number]",
        1,
        leaves=_IDS,
    ),
    "email": ScrubbingRule(
        "email",
        r"\b[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b",
        "[email]",
        2,
    ),
    # A name that says so, with its value, in text, addresses and forms.
    "secret": ScrubbingRule(
        "secret",
        r"(?i)\b(?:pass(?:word|wd)?|pwd|client_?secret|secret|api_?-?key|session_?-?id|"
        r"(?:access_?-?|refresh_?-?|auth_?-?)?token|cv[cv]2?)"
        r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?[^\s\"'&,;}\[]{3,}",
        "[secret]",
        1,
    ),
}
# The same of logs in JSON, where the name stands in the attribute.
_ATTRIBUTES: Mapping[Scrubbed, ScrubbingRule] = {
    "authorization": ScrubbingRule(
        "authorization-attribute",
        r"\S[^\r\n]*",
        "[authorization]",
        1,
        attributes=tuple(
            f"{nested}{header}" for nested in _NESTED_IN for header in ("authorization", "cookie")
        ),
    ),
    "secret": ScrubbingRule(
        "secret-attribute",
        r"\S[^\r\n]*",
        "[secret]",
        1,
        attributes=_SECRET_ATTRIBUTES,
    ),
}


def scrubbing_rules(
    kinds: Iterable[Scrubbed], custom: Mapping[str, CustomScrub]
) -> Iterator[ScrubbingRule]:
    """The rules of a group, by name."""
    rules = [rules[kind] for kind in {*kinds} for rules in (_TEXT, _ATTRIBUTES) if kind in rules]
    rules += [ScrubbingRule(name, scrub.pattern, f"[{name}]", 2) for name, scrub in custom.items()]
    yield from sorted(rules, key=lambda rule: rule.name)
