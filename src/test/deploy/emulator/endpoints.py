"""VPC endpoints: one a service and table, and those with interfaces take their time."""

from typing import Any

from calls import Call
from network import backend
from rules import Fault, after, before
from state import STATE


@before("ec2", "CreateVpcEndpoint")
def create_endpoint(_: Any, call: Call) -> None:
    if call.params.get("VpcEndpointType", "Gateway") == "Gateway":
        _no_second_endpoint(call, call.params["ServiceName"], call.params.get("RouteTableIds", []))
    elif call.params.get("PrivateDnsEnabled", True):
        for endpoint in backend(call).vpc_end_points.values():
            same = endpoint.vpc_id == call.params["VpcId"] and endpoint.service_name == call.params["ServiceName"]
            if same and endpoint.state != "deleted" and endpoint.vpc_endpoint_type == "Interface":
                raise Fault(
                    "InvalidParameter",
                    "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                    f"{endpoint.service_name} in the VPC {endpoint.vpc_id}",
                )


@before("ec2", "ModifyVpcEndpoint")
def modify_endpoint(_: Any, call: Call) -> None:
    endpoint = backend(call).vpc_end_points.get(call.params["VpcEndpointId"])
    if endpoint is not None:
        added = set(call.params.get("AddRouteTableIds", [])) - set(endpoint.route_table_ids or [])
        _no_second_endpoint(call, endpoint.service_name, list(added))


def _no_second_endpoint(call: Call, service: str, tables: list[str]) -> None:
    for endpoint in backend(call).vpc_end_points.values():
        for table in tables:
            if endpoint.service_name == service and table in (endpoint.route_table_ids or []):
                raise Fault(
                    "RouteAlreadyExists",
                    f"route table {table} already has a route with destination-prefix-list-id "
                    f"{endpoint.destination_prefix_list_id}",
                )


@after("ec2", "CreateVpcEndpoint")
def endpoint_created(_: Any, call: Call, result: dict[str, Any]) -> None:
    shown = result["VpcEndpoint"]
    endpoint = backend(call).vpc_end_points[shown["VpcEndpointId"]]
    endpoint.vpc_endpoint_type = shown["VpcEndpointType"] = call.params.get("VpcEndpointType", "Gateway")
    if endpoint.vpc_endpoint_type == "Gateway":
        endpoint.private_dns_enabled = shown["PrivateDnsEnabled"] = False
    else:
        endpoint.state = shown["State"] = "pending"
        STATE.transitions["vpce", endpoint.id] = STATE.steps


@before("ec2", "DeleteVpcEndpoints")
def delete_endpoints(_: Any, call: Call) -> dict[str, Any]:
    ec2, unsuccessful = backend(call), []
    for name in call.params["VpcEndpointIds"]:
        endpoint = ec2.vpc_end_points.get(name)
        if endpoint is None:
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": f"The Vpc Endpoint Id '{name}' does not exist"}
            unsuccessful.append({"ResourceId": name, "Error": error})
        elif endpoint.vpc_endpoint_type == "Gateway":
            ec2.delete_vpc_endpoints([name])
            del ec2.vpc_end_points[name]
        else:
            endpoint.state = "deleting"
            STATE.transitions["vpce", name] = STATE.steps
    return {"Unsuccessful": unsuccessful}


@before("ec2", "DescribeVpcEndpoints")
def describe_endpoints(_: Any, call: Call) -> None:
    ec2 = backend(call)
    for endpoint in list(ec2.vpc_end_points.values()):
        if endpoint.state in ("pending", "deleting") and STATE.step("vpce", endpoint.id) == 0:
            if endpoint.state == "pending":
                endpoint.state = "available"
            else:
                ec2.delete_vpc_endpoints([endpoint.id])
                del ec2.vpc_end_points[endpoint.id]
