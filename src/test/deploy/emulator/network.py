"""EC2 networking: nothing is deleted that something else still uses, and gateways take their time."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.elbv2.models import elbv2_backends

from calls import Call
from rules import Fault, after, before
from state import ACCOUNT, STATE

GONE = ("deleted", "failed")


def backend(call: Call) -> Any:
    return ec2_backends[ACCOUNT][call.region]


def _in_use(message: str) -> Fault:
    return Fault("DependencyViolation", message)


def interfaces(call: Call) -> Iterator[dict[str, Any]]:
    """Everything that has an address in a subnet: owner, subnets, groups, and whether the address is public."""
    ec2 = backend(call)
    for reservation in ec2.reservations.values():
        for instance in reservation.instances:
            if instance.state not in ("terminated",):
                groups = [group.id for group in instance.security_groups]
                public = bool(getattr(instance, "public_ip", None))
                yield _interface(instance.id, [instance.subnet_id], groups, public)
    for balancer in elbv2_backends[ACCOUNT][call.region].load_balancers.values():
        subnets = [subnet.id for subnet in balancer.subnets]
        yield _interface(balancer.arn, subnets, balancer.security_groups or [], balancer.scheme == "internet-facing")
    for gateway in ec2.nat_gateways.values():
        if gateway.state not in GONE:
            yield _interface(gateway.id, [gateway.subnet_id], [], gateway.connectivity_type == "public")
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state != "deleted" and endpoint.vpc_endpoint_type == "Interface":
            yield _interface(endpoint.id, endpoint.subnet_ids or [], endpoint.security_group_ids, False)
    yield from STATE.lingering


def _interface(owner: str, subnets: list[str], groups: list[str], public: bool) -> dict[str, Any]:
    return {"owner": owner, "subnets": subnets, "groups": groups, "public": public}


def vpc_of(call: Call, subnet: str) -> str | None:
    for zone in backend(call).subnets.values():
        if subnet in zone:
            return zone[subnet].vpc_id
    return None


def linger_on() -> None:
    """Each refused deletion is time that passes for what a deleted balancer left behind."""
    for interface in STATE.lingering:
        interface["left"] -= 1
    STATE.lingering[:] = [interface for interface in STATE.lingering if interface["left"] > 0]


@before("ec2", "DeleteSubnet")
def delete_subnet(_: Any, call: Call) -> None:
    subnet = call.params["SubnetId"]
    if any(subnet in interface["subnets"] for interface in interfaces(call)):
        linger_on()
        raise _in_use(f"The subnet '{subnet}' has dependencies and cannot be deleted.")
    # Its association with a route table goes along.
    for table in backend(call).route_tables.values():
        for association in [name for name, of in table._associations.items() if of == subnet]:
            del table._associations[association]


@before("ec2", "DeleteSecurityGroup")
def delete_group(_: Any, call: Call) -> None:
    ec2, wanted = backend(call), call.params.get("GroupId")
    if wanted is None:
        return
    if any(wanted in interface["groups"] for interface in interfaces(call)):
        linger_on()
        raise _in_use(f"resource {wanted} has a dependent object")
    for groups in ec2.groups.values():
        group = groups.get(wanted)
        if group is not None and group.name == "default":
            raise Fault("CannotDelete", f'the specified group: "{wanted}" name: "default" cannot be deleted by a user')
        for other in groups.values():
            if other.id != wanted and wanted in _referred(other):
                raise _in_use(f"resource {wanted} has a dependent object")


def _referred(group: Any) -> set[str]:
    rules = [*group.ingress_rules, *group.egress_rules]
    return {rule.source_group.get("GroupId") for rule in rules}


@before("ec2", "DeleteVpc")
def delete_vpc(_: Any, call: Call) -> None:
    ec2, vpc = backend(call), call.params["VpcId"]
    used = (
        any(subnet.vpc_id == vpc for zone in ec2.subnets.values() for subnet in zone.values())
        or any(gateway.vpc and gateway.vpc.id == vpc for gateway in ec2.internet_gateways.values())
        or any(table.vpc_id == vpc and not _is_main(table) for table in ec2.route_tables.values())
        or any(group.name != "default" for group in ec2.groups.get(vpc, {}).values())
        or any(e.vpc_id == vpc and e.state != "deleted" for e in ec2.vpc_end_points.values())
        or any(gateway.vpc_id == vpc and gateway.state not in GONE for gateway in ec2.nat_gateways.values())
    )
    if used:
        raise _in_use(f"The vpc '{vpc}' has dependencies and cannot be deleted.")


def _is_main(table: Any) -> bool:
    return bool(table.main_association_id)


@before("ec2", "DetachInternetGateway")
def detach_gateway(_: Any, call: Call) -> None:
    vpc = call.params["VpcId"]
    for interface in interfaces(call):
        if interface["public"] and any(vpc_of(call, subnet) == vpc for subnet in interface["subnets"]):
            linger_on()
            raise _in_use(
                f"Network {vpc} has some mapped public address(es). Please unmap those before detaching the "
                "gateway.",
            )


@before("ec2", "DeleteInternetGateway")
def delete_gateway(_: Any, call: Call) -> None:
    name = call.params["InternetGatewayId"]
    gateway = backend(call).internet_gateways.get(name)
    if gateway is not None and gateway.vpc:
        raise _in_use(f"The internetGateway '{name}' has dependencies and cannot be deleted.")


@before("ec2", "AttachInternetGateway")
def attach_gateway(_: Any, call: Call) -> None:
    for gateway in backend(call).internet_gateways.values():
        if gateway.id == call.params["InternetGatewayId"] and gateway.vpc:
            raise Fault(
                "Resource.AlreadyAssociated",
                f"resource {gateway.id} is already attached to network {gateway.vpc.id}",
            )
        if gateway.vpc and gateway.vpc.id == call.params["VpcId"]:
            raise Fault(
                "InvalidParameterValue",
                f"Network {gateway.vpc.id} already has an internet gateway attached",
            )


@before("ec2", "DeleteRouteTable")
def delete_route_table(_: Any, call: Call) -> None:
    name = call.params["RouteTableId"]
    table = backend(call).route_tables.get(name)
    if table is not None and (table._associations or _is_main(table)):
        raise _in_use(f"The routeTable '{name}' has dependencies and cannot be deleted.")


@before("ec2", "AssociateRouteTable")
def associate_table(_: Any, call: Call) -> None:
    # moto would say yes and leave the subnet where it is.
    wanted, subnet = call.params["RouteTableId"], call.params.get("SubnetId")
    for table in backend(call).route_tables.values():
        if subnet and subnet in table._associations.values() and table.id != wanted:
            raise Fault(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {wanted} conflicts with an existing association",
            )


@before("ec2", "CreateRoute")
def create_route(_: Any, call: Call) -> None:
    table, wanted = backend(call).route_tables.get(call.params["RouteTableId"]), call.params.get("DestinationCidrBlock")
    if table and wanted and any(route.destination_cidr_block == wanted for route in table.routes):
        raise Fault("RouteAlreadyExists", f"The route identified by {wanted} already exists.")


@before("ec2", "ReleaseAddress")
def release_address(_: Any, call: Call) -> None:
    wanted = call.params.get("AllocationId")
    for address in backend(call).addresses:
        if address.allocation_id == wanted and _holder(call, wanted):
            raise Fault("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def _holder(call: Call, allocation: str) -> str | None:
    for gateway in backend(call).nat_gateways.values():
        if gateway.state not in GONE and any(a.get("allocationId") == allocation for a in gateway.address_set):
            return gateway.id
    return None


@before("ec2", "CreateNatGateway")
def create_nat_gateway(_: Any, call: Call) -> dict[str, Any] | None:
    known = STATE.extras.get(("token", call.params.get("ClientToken", "")))
    if known and backend(call).nat_gateways[known["NatGateway"]["NatGatewayId"]].state not in GONE:
        return known
    allocation = call.params.get("AllocationId")
    if call.params.get("ConnectivityType", "public") == "public":
        if allocation is None:
            raise Fault("MissingParameter", "The request must include the AllocationId parameter.")
        if not any(address.allocation_id == allocation for address in backend(call).addresses):
            raise Fault("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist")
        if _holder(call, allocation):
            raise Fault(
                "Resource.AlreadyAssociated",
                f"resource {allocation} is already associated with {_holder(call, allocation)}",
            )
        vpc = vpc_of(call, call.params["SubnetId"])
        if vpc and not any(g.vpc and g.vpc.id == vpc for g in backend(call).internet_gateways.values()):
            raise Fault("Gateway.NotAttached", f"Network {vpc} has no Internet gateway attached")
    return None


@after("ec2", "CreateNatGateway")
def nat_gateway_created(_: Any, call: Call, result: dict[str, Any]) -> None:
    gateway = backend(call).nat_gateways[result["NatGateway"]["NatGatewayId"]]
    gateway.state = result["NatGateway"]["State"] = "pending"
    STATE.transitions["nat", gateway.id] = STATE.steps
    if token := call.params.get("ClientToken"):
        STATE.extras["token", token] = result


@before("ec2", "DeleteNatGateway")
def delete_nat_gateway(_: Any, call: Call) -> dict[str, Any]:
    name = call.params["NatGatewayId"]
    gateway = backend(call).nat_gateways.get(name)
    if gateway is None:
        raise Fault("NatGatewayNotFound", f"The Nat Gateway {name} was not found")
    if not call.params.get("DryRun") and gateway.state not in GONE:
        gateway.state = "deleting"
        STATE.transitions["nat", name] = STATE.steps
    return {"NatGatewayId": name}


@before("ec2", "DescribeNatGateways")
def describe_nat_gateways(_: Any, call: Call) -> None:
    for gateway in backend(call).nat_gateways.values():
        if gateway.state in ("pending", "deleting") and STATE.step("nat", gateway.id) == 0:
            if gateway.state == "pending":
                gateway.state = "available"
            else:
                gateway.state = "deleted"
                _let_go(call, gateway)


def _let_go(call: Call, gateway: Any) -> None:
    ec2 = backend(call)
    for address in ec2.addresses:
        if any(a.get("allocationId") == address.allocation_id for a in gateway.address_set):
            address.association_id = None
            address.eni = None
    ec2.enis.pop(gateway._eni.id, None)


@before("ec2", "CreateSubnet")
def create_subnet(_: Any, call: Call) -> None:
    ec2, wanted = backend(call), call.params.get("CidrBlock")
    vpc = ec2.vpcs.get(call.params["VpcId"])
    if vpc is None or not wanted:
        return
    network = ipaddress.ip_network(wanted, strict=False)
    if not 16 <= network.prefixlen <= 28 or not any(
        network.subnet_of(ipaddress.ip_network(block["cidr_block"])) for block in vpc.get_cidr_block_association_set()
    ):
        raise Fault("InvalidSubnet.Range", f"The CIDR '{wanted}' is invalid.")
    for zone in ec2.subnets.values():
        for subnet in zone.values():
            if subnet.vpc_id == vpc.id and network.overlaps(ipaddress.ip_network(subnet.cidr_block)):
                raise Fault("InvalidSubnet.Conflict", f"The CIDR '{wanted}' conflicts with another subnet")


def _create_flow_logs(ec2: Any, log_destination: str | None, log_destination_type: str | None, **params: Any) -> Any:
    """moto takes the folder in a bucket for part of the bucket's name."""
    bucket = log_destination
    if log_destination_type == "s3":
        bucket = log_destination.partition("/")[0]
    made = _moto_create_flow_logs(ec2, log_destination=bucket, log_destination_type=log_destination_type, **params)
    for one in made[0]:
        one.log_destination = log_destination
    return made


_moto_create_flow_logs = EC2Backend.create_flow_logs
EC2Backend.create_flow_logs = _create_flow_logs
