"""Network interfaces as AWS shows them: of balancers too, and saying whose they are."""

from collections.abc import Iterator
from typing import Any

from moto.elbv2.models import elbv2_backends

import network
from calls import Call
from rules import after
from state import ACCOUNT, STATE


@after("ec2", "DescribeNetworkInterfaces")
def describe(_: Any, call: Call, result: dict[str, Any]) -> None:
    filters = {f["Name"]: f["Values"] for f in call.params.get("Filters", [])}
    shown = result.setdefault("NetworkInterfaces", [])
    owners = {i: o for o in _owners(call) for i in o["ids"]}
    for interface in shown:
        owner = owners.get(interface["NetworkInterfaceId"])
        if owner:
            interface.update(owner["fields"])
    # Their descriptions and groups are only known here, so these filters are applied again.
    result["NetworkInterfaces"] = [i for i in [*shown, *_of_balancers(call)] if _matches(i, filters)]
    network.linger_on()


def _owners(call: Call) -> Iterator[dict[str, Any]]:
    ec2 = network.backend(call)
    for gateway in ec2.nat_gateways.values():
        description = f"Interface for NAT Gateway {gateway.id}"
        yield {"ids": [gateway._eni.id], "fields": _owned(description, "nat_gateway", [])}
    for endpoint in ec2.vpc_end_points.values():
        description = f"VPC Endpoint Interface {endpoint.id}"
        fields = _owned(description, "vpc_endpoint", endpoint.security_group_ids)
        yield {"ids": endpoint.network_interface_ids, "fields": fields}


def _owned(description: str, kind: str, groups: list[str]) -> dict[str, Any]:
    return {
        "Description": description,
        "InterfaceType": kind,
        "Groups": [{"GroupId": group} for group in groups],
        "Status": "in-use",
        "RequesterManaged": True,
    }


def _of_balancers(call: Call) -> Iterator[dict[str, Any]]:
    present = [
        {"owner": b.arn, "subnets": [s.id for s in b.subnets], "groups": b.security_groups or []}
        for b in elbv2_backends[ACCOUNT][call.region].load_balancers.values()
    ]
    for number, balancer in enumerate([*present, *STATE.lingering]):
        for subnet in balancer["subnets"]:
            yield {
                "NetworkInterfaceId": f"eni-{number:08x}{subnet[-9:]}",
                "Description": "ELB " + balancer["owner"].partition(":loadbalancer/")[2],
                "InterfaceType": "interface",
                "RequesterManaged": True,
                "RequesterId": "amazon-elb",
                "Status": "in-use",
                "SubnetId": subnet,
                "VpcId": network.vpc_of(call, subnet),
                "Groups": [{"GroupId": group} for group in balancer["groups"]],
            }


def _matches(interface: dict[str, Any], filters: dict[str, list[str]]) -> bool:
    keys = {
        "vpc-id": "VpcId",
        "subnet-id": "SubnetId",
        "status": "Status",
        "network-interface-id": "NetworkInterfaceId",
    }
    groups = {group["GroupId"] for group in interface["Groups"]}
    for name, values in filters.items():
        if name in keys and interface[keys[name]] not in values:
            return False
        if name == "group-id" and not groups & set(values):
            return False
        if name == "description" and not any(interface["Description"].startswith(v.rstrip("*")) for v in values):
            return False
    return True
