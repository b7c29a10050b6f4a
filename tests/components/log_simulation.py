"""What would become of a log, told from what is declared: a small reading of Datadog's documents.

It evaluates the registered pipeline, scanner, index, archive and metrics, and nothing beside them:
whatever they say that is not known here is an error, so a test cannot pass by overlooking it. It
shows that what is declared says what is meant. It does not show how Datadog's own engines read it:
their grok, their regular expressions and their search are not here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.components.support import Recording

INDEX = "datadog:index/logsIndex:LogsIndex"
PIPELINE = "datadog:index/logsCustomPipeline:LogsCustomPipeline"
ARCHIVE = "datadog:index/logsArchive:LogsArchive"
METRIC = "datadog:index/logsMetric:LogsMetric"
RULE = "datadog:index/sensitiveDataScannerRule:SensitiveDataScannerRule"


@dataclass
class Log:
    """A log: its text, what was read out of it, and what Datadog knows of it by itself.

    ``service`` is what an agent tagged it with; ``status`` stays ``info`` where nothing sets it.
    """

    message: str
    attributes: dict[str, Any] = field(default_factory=dict)
    env: str = "prod"
    service: str = ""
    status: str = "info"
    date: Any = None

    @classmethod
    def of(cls, line: str, **tags: Any) -> "Log":
        """A line as it comes in: JSON is read at once [Datadog, preprocessing]."""
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            return cls(line, **tags)
        return cls(str(read.pop("message", line)), read, **tags)

    def get(self, path: str) -> Any:
        """An attribute by its path: ``http.status_code``, nested or with dots in its name."""
        if path in self.attributes:
            return self.attributes[path]
        value: Any = self.attributes
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


# ---- search --------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(\(|\)|OR\b|(?:-)?[@\w.]+:\[[^\]]*\]|(?:-)?[@\w.]+:\"[^\"]*\"|(?:-)?[@\w.]+:\("
    r"|(?:-)?[@\w.]+:[^\s()\"]+|\"[^\"]*\"|[^\s()\"]+)"
)


def finds(query: str, log: Log) -> bool:
    """Whether a search finds a log. Terms beside each other must all hold; ``OR`` binds weaker."""
    tokens = _TOKEN.findall(query)
    if "".join(tokens).replace(" ", "") != query.replace(" ", ""):
        raise AssertionError(f"cannot read the search {query!r}")
    if any(re.match(r"[\[\]<>]|.*:[<>]", token) for token in tokens):
        raise AssertionError(f"says more than is known here: {query!r}")
    result, rest = _either(tokens, log)
    assert not rest, rest
    return result


def _either(tokens: list[str], log: Log, key: str = "") -> tuple[bool, list[str]]:
    result, rest = _all(tokens, log, key)
    while rest and rest[0] == "OR":
        more, rest = _all(rest[1:], log, key)
        result = result or more
    return result, rest


def _all(tokens: list[str], log: Log, key: str) -> tuple[bool, list[str]]:
    result = True
    while tokens and tokens[0] not in (")", "OR"):
        token, tokens = tokens[0], tokens[1:]
        if token == "(" or token.endswith(":("):
            held, tokens = _either(tokens, log, token[:-2].lstrip("-") or key)
            assert tokens[0] == ")"
            tokens = tokens[1:]
            held ^= token.startswith("-")
        elif key and ":" not in token:
            held = _term(key, token, log)
        elif ":" in token and not token.startswith('"'):
            name, _, value = token.lstrip("-").partition(":")
            held = _term(name, value.strip('"'), log) ^ token.startswith("-")
        else:
            held = token == "*" or token.strip('"').lower() in log.message.lower()
        result = result and held
    return result, tokens


def _term(name: str, value: str, log: Log) -> bool:
    known = {"env": log.env, "service": log.service, "status": log.status}
    if name.startswith("@"):
        found = log.get(name[1:])
    elif name in known:
        found = known[name]
    else:
        raise AssertionError(f"{name} is no tag that is known here")
    if between := re.fullmatch(r"\[(\d+) TO (\d+)\]", value):
        least, most = int(between[1]), int(between[2])
        return str(found).isdigit() and least <= int(found) <= most
    return bool(found) if value == "*" else str(found) == value


# ---- grok ----------------------------------------------------------------------------------------

_MATCHERS = {
    "ipOrHost": r"[\w.:-]+",
    "notSpace": r"\S+",
    "word": r"\w+",
    "integer": r"[+-]?\d+",
    "number": r"[+-]?\d+(?:\.\d+)?",
    "data": r".*?",
}
_DATE_LETTERS = {
    "yyyy": r"\d{4}",
    "MMM": r"[A-Z][a-z]{2}",
    "MM": r"\d\d",
    "dd": r"\d\d",
    "HH": r"\d\d",
    "mm": r"\d\d",
    "SSS": r"\d{3}",
    "ss": r"\d\d",
    "ZZ": r"[+-]\d\d:\d\d",
    "Z": r"[+-]\d{4}",
}
_CAPTURE = re.compile(r'%\{(\w+)(?:\("(.*?)"\))?(?::([\w.]*))?(?::(\w+))?\}')
_PAIR = re.compile(r'([\w.@-]+)=(?:"([^"]*)"|([^\s,;"]+))')


def grok(rule: str, text: str) -> dict[str, Any] | None:
    """What a rule reads out of a text; None where it does not match as a whole."""
    captures: list[tuple[str, str, str]] = []

    def pattern(match: re.Match[str]) -> str:
        matcher, argument, target, filter_ = match.groups()
        captures.append((matcher, target or "", filter_ or ""))
        if matcher == "date":
            return f"({_date(argument)})"
        if matcher == "regex":
            return f"((?:{argument.replace('(', '(?:')}))"
        return f"({_MATCHERS[matcher]})"

    found = re.fullmatch(_CAPTURE.sub(pattern, rule), text)
    if found is None:
        return None
    read: dict[str, Any] = {}
    for (matcher, target, filter_), value in zip(captures, found.groups(), strict=True):
        if filter_ == "keyvalue":
            read |= {name: quoted or bare for name, quoted, bare in _PAIR.findall(value)}
        elif filter_:
            raise AssertionError(f"no such filter here: {filter_}")
        elif target:
            read[target] = int(value) if matcher == "integer" else value
    return read


def _date(form: str) -> str:
    def letters(match: re.Match[str]) -> str:
        if match[0].startswith("'"):
            return re.escape(match[0].strip("'"))
        return _DATE_LETTERS.get(match[0], re.escape(match[0]))

    return re.sub(r"'[^']*'|([a-zA-Z])\1*|.", letters, form)


# ---- pipeline ------------------------------------------------------------------------------------


def status_of(value: Any) -> str:
    """The status that Datadog makes of a value [status remapper]."""
    syslog = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")
    text = str(value).lower()
    if text.isdigit() and int(text) < len(syslog):
        return syslog[int(text)]
    for beginning, status in (
        (("emerg", "f"), "emergency"),
        (("a",), "alert"),
        (("c",), "critical"),
        (("err",), "error"),
        (("w",), "warn"),
        (("n",), "notice"),
        (("i",), "info"),
        (("d", "t", "v"), "debug"),
        (("o", "s"), "ok"),
    ):
        if text.startswith(beginning):
            return status
    return "info"


def process(recording: Recording, log: Log) -> Log:
    """The log after the declared pipeline."""
    pipeline = recording.one(PIPELINE).props
    assert pipeline["isEnabled"] is True
    if not all(finds(each["query"], log) for each in pipeline["filters"]):
        return log
    levelled = False
    for step in pipeline["processors"]:
        ((kind, how),) = step.items()
        assert how["isEnabled"] is True
        if kind == "grokParser":
            _parse(how, log)
        elif kind == "categoryProcessor":
            for category in how["categories"]:
                if finds(category["filter"]["query"], log):
                    log.attributes[how["target"]] = category["name"]
                    break
        elif kind in ("statusRemapper", "serviceRemapper", "dateRemapper", "messageRemapper"):
            there = [value for path in how["sources"] if (value := log.get(path)) is not None]
            if kind == "statusRemapper" and levelled:
                continue
            levelled |= kind == "statusRemapper"
            if there:
                _remap(kind, there[0], log)
        else:
            raise AssertionError(f"no such step here: {kind}")
    return log


def _parse(how: Mapping[str, Any], log: Log) -> None:
    assert how["source"] == "message"
    for line in how["grok"]["matchRules"].splitlines():
        _, _, rule = line.partition(" ")
        read = grok(rule, log.message)
        if read is not None:
            log.attributes = {**read, **log.attributes}
            return


def _remap(kind: str, value: Any, log: Log) -> None:
    if kind == "statusRemapper":
        log.status = status_of(value)
    elif kind == "serviceRemapper":
        log.service = str(value)
    elif kind == "dateRemapper":
        log.date = value
    else:
        log.message = str(value)


# ---- where it goes -------------------------------------------------------------------------------


def indexed(recording: Recording, log: Log) -> bool:
    """Whether the declared index takes a log that was processed."""
    index = recording.one(INDEX).props
    if not all(finds(each["query"], log) for each in index["filters"]):
        return False
    for exclusion in index.get("exclusionFilters", []):
        (excluded,) = exclusion["filters"]
        if exclusion["isEnabled"] and finds(excluded["query"], log):
            assert excluded["sampleRate"] == 1, "a share of them is left to chance"
            return False
    return True


def archived(recording: Recording, log: Log) -> bool:
    """Whether the declared archive takes it."""
    return finds(recording.one(ARCHIVE).props["query"], log)


def counted(recording: Recording, log: Log) -> set[str]:
    """The declared metrics that count it."""
    return {
        each.props["name"]
        for each in recording.of(METRIC).values()
        if finds(each.props["filter"]["query"], log)
    }


# ---- what is taken out ---------------------------------------------------------------------------


def scrubbed(recording: Recording, log: Log) -> Log:
    """The log after the declared rules of the scanner, each in turn."""
    for rule in recording.of(RULE).values():
        assert rule.props["textReplacement"]["type"] == "replacement_string"
        instead = rule.props["textReplacement"]["replacementString"]
        pattern = re.compile(rule.props["pattern"])
        only = set(rule.props.get("namespaces", []))
        leaves = set(rule.props.get("excludedNamespaces", []))
        if not only:
            log.message = pattern.sub(instead, log.message)
        log.attributes = dict(_replaced(log.attributes, "", pattern, instead, only, leaves))
    return log


def _replaced(
    values: Mapping[str, Any],
    below: str,
    pattern: re.Pattern[str],
    instead: str,
    only: set[str],
    leaves: set[str],
) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = f"{below}{name}"
        if isinstance(value, dict):
            yield name, dict(_replaced(value, f"{path}.", pattern, instead, only, leaves))
        # Numbers are not searched [Datadog, troubleshooting].
        elif isinstance(value, str) and path not in leaves and (not only or path in only):
            yield name, pattern.sub(instead, value)
        else:
            yield name, value
