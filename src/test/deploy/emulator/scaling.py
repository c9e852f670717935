"""Auto Scaling groups: unique, within their bounds, deleted only when empty, and describing all that was set."""

import base64
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.iam.models import iam_backends

import fleet
import launching
from calls import Call
from rules import Fault, after, before
from state import ACCOUNT, STATE

METRICS = (
    "GroupMinSize GroupMaxSize GroupDesiredCapacity GroupInServiceInstances GroupPendingInstances "
    "GroupStandbyInstances GroupTerminatingInstances GroupTotalInstances GroupInServiceCapacity GroupPendingCapacity "
    "GroupStandbyCapacity GroupTerminatingCapacity GroupTotalCapacity WarmPoolDesiredCapacity WarmPoolWarmedCapacity "
    "WarmPoolPendingCapacity WarmPoolTerminatingCapacity WarmPoolTotalCapacity GroupAndWarmPoolDesiredCapacity "
    "GroupAndWarmPoolTotalCapacity"
).split()
# Accepted by AWS and dropped, or not updated, by moto.
KEPT = (
    "CapacityRebalance DefaultCooldown DefaultInstanceWarmup DesiredCapacityType HealthCheckGracePeriod "
    "InstanceMaintenancePolicy MaxInstanceLifetime TerminationPolicies"
).split()


def backend(call: Call) -> Any:
    return autoscaling_backends[ACCOUNT][call.region]


def existing(call: Call) -> Any:
    name = call.params["AutoScalingGroupName"]
    group = fleet.group_named(call.region, name)
    if group is None:
        raise Fault(
            "ValidationError",
            f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found",
        )
    return group


@before("autoscaling", "CreateAutoScalingGroup")
def create_group(_: Any, call: Call) -> None:
    name = call.params["AutoScalingGroupName"]
    if name in backend(call).autoscaling_groups:
        raise Fault(
            "AlreadyExists",
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
        )
    low, high = call.params["MinSize"], call.params["MaxSize"]
    _check_bounds(low, high, call.params.get("DesiredCapacity", low))
    _check_template(call)
    _check_target_groups(call)


@after("autoscaling", "CreateAutoScalingGroup")
def group_created(_: Any, call: Call, __: dict[str, Any]) -> None:
    name = call.params["AutoScalingGroupName"]
    STATE.extras["group", name] = {key: call.params[key] for key in KEPT if key in call.params}
    for hook in call.params.get("LifecycleHookSpecificationList", []):
        made = backend(call).create_lifecycle_hook(
            hook["LifecycleHookName"],
            name,
            hook["LifecycleTransition"],
            hook.get("HeartbeatTimeout"),
            hook.get("DefaultResult"),
        )
        made.role_arn, made.notification_target_arn = hook.get("RoleARN"), hook.get("NotificationTargetARN")


@after("iam", "CreateInstanceProfile")
def profile_created(_: Any, call: Call, __: dict[str, Any]) -> None:
    STATE.transitions["profile", call.params["InstanceProfileName"]] = STATE.steps


@after("iam", "AddRoleToInstanceProfile")
def role_added(_: Any, call: Call, __: dict[str, Any]) -> None:
    # EC2 cannot assume it at once.
    STATE.transitions["role", call.params["InstanceProfileName"]] = STATE.steps


@before("ec2", "GetConsoleOutput")
def console(_: Any, call: Call) -> dict[str, Any]:
    """What the boot said, as long as the instance is there."""
    name = call.params["InstanceId"]
    instance = ec2_backends[ACCOUNT][call.region].get_instance_by_id(name)
    if instance is None or instance.state == "terminated":
        raise Fault("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist")
    lines = ["[    1.0] Linux", "[   30.1] cloud-init[900]: fleetdash-boot: 30.1 s: the release is current\r"]
    if STATE.refresh_outcome == "failed" or STATE.unhealthy_targets or launching.failing(name):
        lines += ["fleetdash-boot: 31.0 s: FAILED in line 7 with code 1: false\r"]
    text = base64.b64encode("\n".join(lines).encode()).decode()
    return {"InstanceId": name, "Timestamp": datetime.now(UTC), "Output": text}


@before("autoscaling", "UpdateAutoScalingGroup")
def update_group(_: Any, call: Call) -> None:
    group = existing(call)
    if STATE.extra("group", group.name).get("Status"):
        raise Fault("ScalingActivityInProgress", f"AutoScalingGroup {group.name} is pending delete")
    low, high = call.params.get("MinSize", group.min_size), call.params.get("MaxSize", group.max_size)
    desired = call.params.get("DesiredCapacity")
    # Bounds given alone move the capacity along.
    if desired is None and low <= high:
        desired = max(low, min(high, group.desired_capacity))
    _check_bounds(low, high, group.desired_capacity if desired is None else desired)
    _check_template(call)
    group.desired_capacity = desired
    STATE.extra("group", group.name).update({key: call.params[key] for key in KEPT if key in call.params})


@before("autoscaling", "SetDesiredCapacity")
def set_desired(_: Any, call: Call) -> None:
    group, wanted = existing(call), call.params["DesiredCapacity"]
    if wanted > group.max_size:
        raise Fault(
            "ValidationError",
            f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} for the "
            "AutoScalingGroup.",
        )
    if wanted < group.min_size:
        raise Fault(
            "ValidationError",
            f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} for the "
            "AutoScalingGroup.",
        )


def _check_bounds(low: int, high: int, desired: int) -> None:
    if low > high:
        raise Fault(
            "ValidationError",
            f"Max bound, {high}, must be greater than or equal to min bound, {low}",
        )
    if not low <= desired <= high:
        raise Fault(
            "ValidationError",
            f"Desired capacity:{desired} must be between the specified min size:{low} and max size:{high}",
        )


def _check_template(call: Call) -> None:
    mixed = call.params.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    wanted = call.params.get("LaunchTemplate") or mixed
    if wanted:
        _check_launch(call, check_template(call, wanted).data)


def _unlaunchable(reason: str) -> Fault:
    return Fault("ValidationError", f"You must use a valid fully-formed launch template. {reason}")


def _check_launch(call: Call, data: dict[str, Any]) -> None:
    """What a group's template names must be there, and fit together."""
    if not data.get("ImageId") or not data.get("InstanceType"):
        raise _unlaunchable("The request must contain the parameters ImageId and InstanceType")
    profile = data.get("IamInstanceProfile", {})
    known = iam_backends[ACCOUNT]["aws"].instance_profiles.values()
    if profile and not any(one.name == profile.get("Name") or one.arn == profile.get("Arn") for one in known):
        raise _unlaunchable("Invalid IAM Instance Profile")
    # Auto Scaling hears of a new one some time after IAM.
    if profile and STATE.step("profile", profile.get("Name", "")) > 0:
        raise _unlaunchable(
            f"Value ({profile['Name']}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        )
    ec2, image, kind = backend(call).ec2_backend, data["ImageId"], data["InstanceType"]
    if image.startswith("resolve:ssm:"):
        return
    if image not in ec2.amis:
        raise _unlaunchable(f"The image id '[{image}]' does not exist")
    if kind not in INSTANCE_TYPES:
        raise _unlaunchable(f"Invalid instance type '{kind}'")
    architecture = ec2.amis[image].architecture
    if architecture not in INSTANCE_TYPES[kind]["ProcessorInfo"]["SupportedArchitectures"]:
        raise _unlaunchable(
            f"The architecture '{architecture}' of the specified AMI does not match that of the instance type "
            f"'{kind}'",
        )


@after("ec2", "CreateLaunchTemplate", "CreateLaunchTemplateVersion")
def warn_of_template(_: Any, call: Call, result: dict[str, Any]) -> None:
    """A template may say what nothing can be launched from, and is made all the same."""
    image = call.params["LaunchTemplateData"].get("ImageId")
    if image and image not in ec2_backends[ACCOUNT][call.region].amis and not image.startswith("resolve:ssm:"):
        error = {"Code": "InvalidAMIID.NotFound", "Message": f"The image id '[{image}]' does not exist"}
        result["Warning"] = {"Errors": [error]}


def check_template(call: Call, wanted: dict[str, str]) -> Any:
    """The template's version, which must exist."""
    ec2 = backend(call).ec2_backend
    name = wanted.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(wanted.get("LaunchTemplateName"))
    template = ec2.launch_templates.get(name)
    if template is None:
        raise _unlaunchable("The specified launch template does not exist.")
    version = str(wanted.get("Version") or "$Default")
    if version not in ("$Default", "$Latest") and version not in [str(one.number) for one in template.versions]:
        raise _unlaunchable(f"Could not find launch template version {version}.")
    return template.get_version(version)


def _check_target_groups(call: Call) -> None:
    known = backend(call).elbv2_backend.target_groups
    for arn in call.params.get("TargetGroupARNs", []):
        if arn not in known:
            raise Fault(
                "ValidationError",
                "Provided Target Groups may not be valid. Please ensure they exist and try again.",
            )


@before("autoscaling", "DeleteAutoScalingGroup")
def delete_group(_: Any, call: Call) -> dict[str, Any] | None:
    group = existing(call)
    if group.instance_states and not call.params.get("ForceDelete"):
        raise Fault(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending activities still in the group.",
        )
    if not group.instance_states:
        _forget(call, group)
        return None
    group.min_size = 0
    group.set_desired_capacity(0)
    STATE.extra("group", group.name)["Status"] = "Delete in progress"
    return {}


def _forget(call: Call, group: Any) -> None:
    """Policies and hooks go with their group."""
    asg = backend(call)
    asg.policies = {k: v for k, v in asg.policies.items() if v.auto_scaling_group_name != group.name}
    asg.lifecycle_hooks = {k: v for k, v in asg.lifecycle_hooks.items() if v.auto_scaling_group_name != group.name}
    STATE.extras.pop(("group", group.name), None)
    STATE.refreshes[:] = [one for one in STATE.refreshes if one["AutoScalingGroupName"] != group.name]


@before("autoscaling", "DescribeAutoScalingGroups", "DescribeAutoScalingInstances")
@before("ec2", "DescribeInstances")
def pass_time(_: Any, call: Call) -> None:
    for group in list(backend(call).autoscaling_groups.values()):
        fleet.pass_time(group)
        if STATE.extra("group", group.name).get("Status") and not group.instance_states:
            _forget(call, group)
            backend(call).autoscaling_groups.pop(group.name)


@after("autoscaling", "DescribeAutoScalingGroups")
def describe_groups(_: Any, __: Call, result: dict[str, Any]) -> None:
    for group in result["AutoScalingGroups"]:
        group.update(STATE.extra("group", group["AutoScalingGroupName"]))
        group.setdefault("CapacityRebalance", False)
        if group.get("MixedInstancesPolicy"):
            group.pop("LaunchTemplate", None)


@before("autoscaling", "PutScalingPolicy", "PutLifecycleHook", "DescribeLifecycleHooks")
@before("autoscaling", "SuspendProcesses", "AttachLoadBalancerTargetGroups")
def needs_group(_: Any, call: Call) -> None:
    existing(call)


@after("autoscaling", "PutScalingPolicy")
def policy_put(_: Any, call: Call, __: dict[str, Any]) -> None:
    # moto would share one name among all groups.
    policies, name = backend(call).policies, call.params["PolicyName"]
    policies[f"{call.params['AutoScalingGroupName']}/{name}"] = policies.pop(name)


@before("autoscaling", "DeletePolicy")
def delete_policy(_: Any, call: Call) -> dict[str, Any]:
    policies, wanted = backend(call).policies, call.params["PolicyName"]
    group = call.params.get("AutoScalingGroupName")
    for key, policy in list(policies.items()):
        if wanted in (policy.name, policy.arn) and group in (None, policy.auto_scaling_group_name):
            del policies[key]
            return {}
    raise Fault("ValidationError", f"Policy {wanted} not found")


@after("autoscaling", "PutLifecycleHook")
def hook_put(_: Any, call: Call, __: dict[str, Any]) -> None:
    hook = backend(call).lifecycle_hooks[f"{call.params['AutoScalingGroupName']}_{call.params['LifecycleHookName']}"]
    hook.role_arn = call.params.get("RoleARN")
    hook.notification_target_arn = call.params.get("NotificationTargetARN")


@before("autoscaling", "CompleteLifecycleAction")
def complete_action(_: Any, call: Call) -> dict[str, Any]:
    group, result, name = existing(call), call.params["LifecycleActionResult"], call.params.get("InstanceId")
    if result not in ("CONTINUE", "ABANDON"):
        raise Fault("ValidationError", f"Lifecycle action result {result} is not valid: it is CONTINUE or ABANDON")
    hook = launching.hook(group)
    for state in group.instance_states:
        waits = state.instance.id == name and state.lifecycle_state == "Pending:Wait"
        if waits and hook and hook.name == call.params["LifecycleHookName"]:
            fleet.complete(group, state, result, f"Lifecycle Action Completed with {result} Result")
            return {}
    raise Fault("ValidationError", f"No active Lifecycle Action found with instance ID {name}")


@before("autoscaling", "EnableMetricsCollection")
def enable_metrics(_: Any, call: Call) -> dict[str, Any]:
    existing(call).metrics = list(call.params.get("Metrics") or METRICS)
    return {}


@before("autoscaling", "DisableMetricsCollection")
def disable_metrics(_: Any, call: Call) -> dict[str, Any]:
    group = existing(call)
    group.metrics = [m for m in group.metrics if m not in (call.params.get("Metrics") or METRICS)]
    return {}


@before("autoscaling", "DescribeScalingActivities")
def describe_activities(_: Any, call: Call) -> dict[str, Any]:
    wanted = call.params.get("AutoScalingGroupName")
    return {"Activities": [a for a in STATE.activities if wanted in (None, a["AutoScalingGroupName"])]}
