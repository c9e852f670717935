"""Load balancers and target groups: names are unique, protection protects, targets take time to be healthy."""

import ipaddress
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

import fleet
from calls import Call
from rules import Fault, after, before
from state import ACCOUNT, STATE

PUBLIC = "internet-facing"


def backend(call: Call) -> Any:
    return elbv2_backends[ACCOUNT][call.region]


@before("elbv2", "CreateLoadBalancer")
def create_balancer(gateway: Any, call: Call) -> dict[str, Any] | None:
    name = call.params["Name"]
    if len(name) > 32:
        raise Fault(
            "ValidationError",
            f"The load balancer name '{name}' cannot be longer than '32' characters",
        )
    subnets = call.params.get("Subnets") or [m["SubnetId"] for m in call.params.get("SubnetMappings", [])]
    for balancer in backend(call).load_balancers.values():
        if balancer.name == name:
            same = (
                sorted(s.id for s in balancer.subnets) == sorted(subnets)
                and sorted(balancer.security_groups or []) == sorted(call.params.get("SecurityGroups", []))
                and balancer.scheme == call.params.get("Scheme", PUBLIC)
            )
            if not same:
                raise Fault(
                    "DuplicateLoadBalancerName",
                    f"A load balancer with the same name '{name}' exists, but with different settings",
                )
            return {"LoadBalancers": gateway.ask("elbv2", "DescribeLoadBalancers", Names=[name])["LoadBalancers"]}
    _check_subnets(call, subnets)
    return None


@before("elbv2", "SetSubnets")
def set_subnets(_: Any, call: Call) -> None:
    _check_subnets(call, call.params.get("Subnets", []))


def _check_subnets(call: Call, names: list[str]) -> None:
    zones, ec2 = [], ec2_backends[ACCOUNT][call.region]
    for name in names:
        found = [zone for zone, subnets in ec2.subnets.items() if name in subnets]
        if not found:
            raise Fault("SubnetNotFound", f"The subnet ID '{name}' does not exist")
        zones += found
        if ipaddress.ip_network(ec2.subnets[found[0]][name].cidr_block).prefixlen > 27:
            raise Fault(
                "InvalidSubnet",
                f"Not enough IP space available in {name}. ELB requires at least 8 free IP addresses in each "
                "subnet.",
            )
    if len(set(zones)) < len(zones):
        raise Fault(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if len(zones) < 2:
        raise Fault(
            "ValidationError",
            "At least two subnets in two different Availability Zones must be specified",
        )


@after("elbv2", "CreateLoadBalancer")
def balancer_created(_: Any, call: Call, result: dict[str, Any]) -> None:
    for shown in result["LoadBalancers"]:
        balancer = backend(call).load_balancers[shown["LoadBalancerArn"]]
        balancer.state = "provisioning"
        shown["State"] = {"Code": "provisioning"}
        balancer.scheme = shown["Scheme"] = call.params.get("Scheme", PUBLIC)
        STATE.transitions["alb", balancer.arn] = STATE.steps
        balancer.attrs.setdefault("idle_timeout.timeout_seconds", "60")
        balancer.attrs.setdefault("routing.http.drop_invalid_header_fields.enabled", "false")


@before("elbv2", "DescribeLoadBalancers")
def describe_balancers(_: Any, call: Call) -> None:
    for balancer in backend(call).load_balancers.values():
        # moto would activate it at the first look.
        balancer.activate = lambda: None
        if balancer.state == "provisioning" and STATE.step("alb", balancer.arn) == 0:
            balancer.state = "active"


@before("elbv2", "DeleteLoadBalancer")
def delete_balancer(_: Any, call: Call) -> None:
    arn = call.params["LoadBalancerArn"]
    balancer = backend(call).load_balancers.get(arn)
    if balancer is None:
        return
    if str(balancer.attrs.get("deletion_protection.enabled")).lower() == "true":
        raise Fault(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    STATE.lingering.append(
        {
            "owner": arn,
            "subnets": [subnet.id for subnet in balancer.subnets],
            "groups": list(balancer.security_groups or []),
            "public": balancer.scheme == PUBLIC,
            "left": STATE.steps,
        }
    )


@before("elbv2", "CreateTargetGroup")
def create_target_group(gateway: Any, call: Call) -> dict[str, Any] | None:
    name = call.params["Name"]
    if len(name) > 32:
        raise Fault("ValidationError", f"Target group name '{name}' cannot be longer than '32' characters")
    _check_health_check(call.params)
    for group in backend(call).target_groups.values():
        if group.name == name:
            shown = gateway.ask("elbv2", "DescribeTargetGroups", Names=[name])["TargetGroups"]
            given = {k: v for k, v in call.params.items() if k not in ("Name", "Tags")}
            if any(str(shown[0].get(key)) != str(value) for key, value in given.items()):
                raise Fault(
                    "DuplicateTargetGroupName",
                    f"A target group with the same name '{name}' exists, but with different settings",
                )
            return {"TargetGroups": shown}
    return None


@before("elbv2", "ModifyTargetGroup")
def modify_target_group(_: Any, call: Call) -> None:
    _check_health_check(call.params)


def _check_health_check(params: dict[str, Any]) -> None:
    interval, timeout = params.get("HealthCheckIntervalSeconds", 30), params.get("HealthCheckTimeoutSeconds", 5)
    if "HealthCheckIntervalSeconds" in params and timeout >= interval:
        raise Fault(
            "ValidationError",
            f"Health check interval must be greater than the timeout: '{interval}' is not above '{timeout}'",
        )
    if not 5 <= interval <= 300 or not 2 <= timeout <= 120:
        raise Fault(
            "ValidationError",
            "Health check interval must be between 5 and 300 seconds, the timeout between 2 and 120",
        )
    for key in ("HealthyThresholdCount", "UnhealthyThresholdCount"):
        if not 2 <= params.get(key, 2) <= 10:
            raise Fault("ValidationError", f"{key} must be between 2 and 10")


@before("elbv2", "DeleteTargetGroup")
def delete_target_group(_: Any, call: Call) -> None:
    arn = call.params["TargetGroupArn"]
    if used(call, arn):
        raise Fault("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")


def used(call: Call, arn: str) -> bool:
    for balancer in backend(call).load_balancers.values():
        for listener in balancer.listeners.values():
            actions = [*listener.default_actions, *(a for rule in listener.rules.values() for a in rule.actions)]
            if any(arn in str(action.data) for action in actions):
                return True
    return False


@before("elbv2", "DescribeTargetHealth")
def describe_target_health(_: Any, call: Call) -> dict[str, Any] | None:
    arn = call.params["TargetGroupArn"]
    group = backend(call).target_groups.get(arn)
    if group is None:
        return None
    fleet.pass_time_behind(call.region, arn)
    targets = call.params.get("Targets") or list(group.targets.values())
    return {"TargetHealthDescriptions": [_health(call, group, target) for target in targets]}


def _health(call: Call, group: Any, target: dict[str, Any]) -> dict[str, Any]:
    name = target["Id"]
    shown = {"Target": {"Id": name, "Port": int(target.get("Port") or group.port)}, "HealthCheckPort": str(group.port)}
    if name not in group.targets:
        health = _state("unused", "Target.NotRegistered", "Target is not registered to the target group")
    elif not used(call, group.arn):
        health = _state("unused", "Target.NotInUse", "Target group receives no traffic from a load balancer")
    elif STATE.unhealthy_targets is True or STATE.unhealthy_targets and name in STATE.unhealthy_targets:
        health = _state("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
    else:
        health = _ageing(group.arn, name)
    return {**shown, "TargetHealth": health}


def _state(state: str, reason: str, description: str) -> dict[str, str]:
    return {"State": state, "Reason": reason, "Description": description}


def _ageing(arn: str, name: str) -> dict[str, str]:
    known = STATE.extra("target", f"{arn} {name}")
    if not known:
        known["seen"] = True
        STATE.transitions["target", f"{arn} {name}"] = STATE.steps
    if STATE.step("target", f"{arn} {name}") > 0:
        return _state("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    return {"State": "healthy"}


@before("elbv2", "DeregisterTargets")
def deregister_targets(_: Any, call: Call) -> None:
    for target in call.params["Targets"]:
        STATE.extras.pop(("target", f"{call.params['TargetGroupArn']} {target['Id']}"), None)
