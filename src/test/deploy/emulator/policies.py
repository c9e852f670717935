"""Evaluates IAM policy documents: effect, principal, action, resource and condition."""

import ipaddress
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Context = dict[str, list[str]]


@lru_cache(maxsize=500)
def parse(document: str) -> tuple[dict[str, Any], ...]:
    return tuple(_list(json.loads(document)["Statement"]))


def evaluate(document: str, action: str, resource: str, context: Context, principal: str | None = None) -> str | None:
    """"Deny", "Allow" or None. With a principal the document is a resource's own policy."""
    verdict = None
    for statement in parse(document):
        if not _concerns(statement, action, resource, context, principal):
            continue
        if statement["Effect"] == "Deny":
            return "Deny"
        verdict = "Allow"
    return verdict


def _concerns(statement: dict, action: str, resource: str, context: Context, principal: str | None) -> bool:
    if principal is not None and not _principal(statement, principal):
        return False
    if not _named(statement, "Action", action.lower(), context, str.lower):
        return False
    if not _named(statement, "Resource", resource, context, str):
        return False
    return all(
        _condition(operator, key, _list(wanted), context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _named(statement: dict, element: str, value: str, context: Context, fold: Any) -> bool:
    if "Not" + element in statement:
        return not any(_like(value, fold(_filled(p, context))) for p in _list(statement["Not" + element]))
    return any(_like(value, fold(_filled(p, context))) for p in _list(statement.get(element, [])))


def _principal(statement: dict, principal: str) -> bool:
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], principal)
    return _is_principal(statement.get("Principal", {}), principal)


def _is_principal(element: Any, principal: str) -> bool:
    if element == "*":
        return True
    if principal in _list(element.get("Service", [])):
        return True
    account = principal.split(":")[4] if principal.count(":") >= 5 else ""
    for wanted in _list(element.get("AWS", [])):
        if wanted in ("*", principal, role_of(principal)):
            return True
        if account and wanted in (account, f"arn:aws:iam::{account}:root"):
            return True
    return False


def role_of(principal: str) -> str:
    """A session's principal ARN is, for conditions, that of its role."""
    match = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*", principal)
    return f"arn:aws:iam::{match[1]}:role/{match[2]}" if match else principal


def _condition(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    quantifier, _, operator = operator.rpartition(":")
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    present = next((values for name, values in context.items() if name.lower() == key.lower()), None)
    wanted = [_filled(str(value), context) for value in wanted]
    if operator == "Null":
        return (present is None) == (wanted[0].lower() == "true")
    if present is None:
        # An absent key fulfils negations and what may be absent, nothing else.
        return optional or "Not" in operator or quantifier == "ForAllValues"
    test = _OPERATORS[operator.replace("Not", "")]
    if "Not" in operator:
        matches = [not any(test(value, one) for one in wanted) for value in present]
        return any(matches) if quantifier == "ForAnyValue" else all(matches)
    matches = [any(test(value, one) for one in wanted) for value in present]
    return all(matches) if quantifier == "ForAllValues" else any(matches)


def _like(value: str, pattern: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


@lru_cache(maxsize=5000)
def _pattern(pattern: str) -> re.Pattern:
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), re.DOTALL)


_OPERATORS = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "NumericLessThanEquals": lambda value, wanted: float(value) <= float(wanted),
    "NumericGreaterThan": lambda value, wanted: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
    "IpAddress": lambda value, wanted: ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False),
}


def _filled(text: str, context: Context) -> str:
    def value(match: re.Match) -> str:
        return context.get(match[1], [match[0]])[0]

    return re.sub(r"\$\{([^}]+)\}", value, text) if "${" in text else text


def _list(value: Any) -> Iterable:
    return value if isinstance(value, list | tuple) else [value]
