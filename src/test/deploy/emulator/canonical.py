"""Replaces what is random or a matter of time by names drawn from what a resource is and refers to."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote

ID = re.compile(
    r"\b(?:vpc|subnet|sg|sgr|igw|nat|eipalloc|rtb|vpce|lt|fl|i|acl|dopt|eni|eipassoc|rtbassoc|pl|vpc-cidr-assoc|"
    r"eni-attach)-[0-9a-f]{8,17}\b"
)
IDS = re.compile(f"{ID.pattern}(?:,{ID.pattern})+")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
ELB = re.compile(r"((?:app|targetgroup)/[^/\"]+)(?:/[0-9a-f]{15,16})+")
VOLATILE = re.compile(
    "(Time|Timestamp|Date|Uuid|RevisionId)$|^(creationTime|LastModified|StartTime|PublicIp|PrivateIp|PrivateIpAddress|"
    "RoleId|PolicyId|InstanceProfileId|UserId|Version|VersionId|LastAccessed|State|StateValue|StateReason|"
    "StateReasonData|DnsEntries|storedBytes|Size|AttachmentCount|RoleLastUsed|CarrierIp|NetworkBorderGroup|"
    "AvailableIpAddressCount|LoadBalancerArns)$"
)
# "Version" is a matter of counting for these only.
KEEPS_VERSION = ("LaunchTemplate", "PolicyDocument", "Document", "policy", "LaunchTemplateSpecification")
OWN = {
    "vpc": "VpcId",
    "subnet": "SubnetId",
    "internet-gateway": "InternetGatewayId",
    "nat-gateway": "NatGatewayId",
    "address": "AllocationId",
    "route-table": "RouteTableId",
    "vpc-endpoint": "VpcEndpointId",
    "flow-log": "FlowLogId",
    "security-group": "GroupId",
    "security-group-rule": "SecurityGroupRuleId",
    "launch-template": "LaunchTemplateId",
    "instance": "InstanceId",
}


def form(found: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(json.dumps(_steady(found), default=str))
    owners = {item[key]: (kind, item) for kind, key in OWN.items() for item in found.get(kind, [])}
    names = _names(owners)
    return {kind: _sorted([_renamed(item, names) for item in items]) for kind, items in sorted(found.items())}


def _names(owners: dict[str, tuple[str, Any]]) -> dict[str, str]:
    """Ever finer names: each round says more of what a resource refers to."""
    names = {name: kind for name, (kind, _) in owners.items()}
    for _ in range(4):
        names = {
            name: kind + " " + hashlib.sha256(json.dumps(_renamed(item, names), sort_keys=True).encode()).hexdigest()
            for name, (kind, item) in owners.items()
        }
    ordered: dict[str, list[str]] = {}
    for name, (kind, item) in owners.items():
        ordered.setdefault(_title(kind, item), []).append(name)
    final = {}
    for title, same in ordered.items():
        for number, name in enumerate(sorted(same, key=names.get), 1):
            final[name] = title if len(same) == 1 else f"{title}#{number}"
    return final


def _title(kind: str, item: dict[str, Any]) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags") or []}
    for key in ("LaunchTemplateName", "GroupName", "CidrBlock", "ServiceName"):
        if key in item:
            return f"{kind}/{tags.get('Name') or item[key]}"
    return f"{kind}/{tags['Name']}" if "Name" in tags else kind


def _steady(value: Any, holder: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: _steady(one, key)
            for key, one in value.items()
            if not VOLATILE.search(key) or key == "Version" and holder in KEEPS_VERSION
        }
    if isinstance(value, list):
        return [_steady(one, holder) for one in value]
    return _document(value) if isinstance(value, str) else value


def _document(text: str) -> Any:
    """Policies come as text, some of them encoded for a URL."""
    plain = unquote(text) if text.startswith("%7B") else text
    try:
        return json.loads(plain) if plain.startswith("{") else text
    except ValueError:
        return text


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {_text(key, names): _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return _sorted([_renamed(one, names) for one in value])
    return _text(value, names) if isinstance(value, str) else value


def _text(text: str, names: dict[str, str]) -> str:
    text = UUID.sub("UUID", ELB.sub(r"\1", text))
    renamed = ID.sub(lambda match: names.get(match[0], match[0].rpartition("-")[0]), text)
    # Several stand in the order of what is random in them.
    return ",".join(sorted(renamed.split(","))) if IDS.fullmatch(text) else renamed


def _sorted(items: list) -> list:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
