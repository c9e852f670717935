"""The instances of an Auto Scaling group: launched from the template, in service and gone only after a while."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.autoscaling import models
from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState

import launching
from state import ACCOUNT, STATE


def specification(group: FakeAutoScalingGroup) -> dict[str, str]:
    """Template and version as the group names them."""
    template = group.ec2_launch_template
    return {"LaunchTemplateId": template.id, "Version": str(group.launch_template_version)}


def alive(group: FakeAutoScalingGroup) -> list[InstanceState]:
    return [state for state in group.instance_states if not state.lifecycle_state.startswith("Terminating")]


def refreshing(group: FakeAutoScalingGroup) -> dict[str, Any]:
    """The refresh that replaces instances just now."""
    for refresh in STATE.refreshes:
        if refresh["AutoScalingGroupName"] == group.name and refresh["Status"] == "InProgress":
            return refresh
    return {}


def going(group: FakeAutoScalingGroup) -> list[InstanceState]:
    """What a refresh will terminate once the instances that it has launched before are in service."""
    return [state for state in alive(group) if state.instance.id in refreshing(group).get("going", [])]


def launch(group: FakeAutoScalingGroup, count: int) -> None:
    """From the group's own template, or from the one that a refresh wants."""
    wanted = refreshing(group).get("wanted") or specification(group)
    template = group.ec2_backend.get_launch_template(wanted["LaunchTemplateId"])
    version = template.get_version(wanted["Version"])
    data = version.data
    tags = group.get_propagated_tags()
    for one in data.get("TagSpecifications", []):
        if one.get("ResourceType") == "instance":
            tags = {**{tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}, **tags}
    profile = data.get("IamInstanceProfile", {}).get("Name", "")
    reason = STATE.launch_failure
    if not reason and STATE.step("role", profile) > 0:
        reason = f"Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
    if reason:
        _note(group, f"Launching a new EC2 instance.  Status Reason: {reason}", reason)
        return
    tags[ASG_NAME_TAG] = group.name
    tags |= {"aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": str(version.number)}
    for _ in range(count):
        subnet = _emptiest_subnet(group)
        reservation = group.ec2_backend.run_instances(
            data.get("ImageId"),
            1,
            data.get("UserData"),
            [],
            security_group_ids=_groups(data),
            instance_type=data.get("InstanceType"),
            is_instance_type_default=False,
            subnet_id=subnet,
            placement=group.ec2_backend.get_subnet(subnet).availability_zone,
            tags={"instance": dict(tags)},
            metadata_options=data.get("MetadataOptions", {}),
        )
        instance = reservation.instances[0]
        instance.autoscaling_group = group
        state = InstanceState(instance, "Pending", protected_from_scale_in=group.new_instances_protected_from_scale_in)
        state.template = {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": str(version.number),
        }
        group.instance_states.append(state)
        STATE.transitions["instance", instance.id] = STATE.steps
        state.activity = _note(group, f"Launching a new EC2 instance: {instance.id}")
        launching.note_boot(state, data.get("UserData"))


def _groups(data: dict[str, Any]) -> list[str]:
    interfaces = data.get("NetworkInterfaces") or [{}]
    return list(data.get("SecurityGroupIds") or interfaces[0].get("Groups") or [])


def _emptiest_subnet(group: FakeAutoScalingGroup) -> str:
    used = [state.instance.subnet_id for state in alive(group)]
    return min(group.vpc_zone_identifier.split(","), key=used.count)


def terminate(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    for state in states:
        state.lifecycle_state = "Terminating"
        STATE.transitions["instance", state.instance.id] = STATE.steps
        for arn in group.target_group_arns:
            target_group = group.autoscaling_backend.elbv2_backend.target_groups.get(arn)
            if target_group:
                target_group.targets.pop(state.instance.id, None)
        _note(group, f"Terminating EC2 instance: {state.instance.id}")


def pass_time(group: FakeAutoScalingGroup) -> None:
    """One describe is one step for instances that start or stop."""
    for state in list(group.instance_states):
        if state.lifecycle_state == "InService" and (state.health_status == "Unhealthy" or _given_up(group, state)):
            terminate(group, [state])
        if STATE.step("instance", state.instance.id) > 0:
            continue
        if state.lifecycle_state == "Pending" and launching.hook(group):
            launching.wait(state)
        elif state.lifecycle_state == "Pending":
            complete(group, state, "CONTINUE", "")
            # Where nobody waits for its word, a boot that fails says that the instance is unhealthy.
            state.health_status = "Unhealthy" if launching.failing(state.instance.id) else "Healthy"
        elif state.lifecycle_state == "Pending:Wait":
            complete(group, state, *launching.verdict(group, state))
        elif state.lifecycle_state == "Terminating":
            group.instance_states.remove(state)
            group.ec2_backend.terminate_instances([state.instance.id])
    set_desired_capacity(group, group.desired_capacity)


def complete(group: FakeAutoScalingGroup, state: InstanceState, result: str, how: str) -> None:
    """The end of its launch."""
    STATE.transitions.pop(("instance", state.instance.id), None)
    if result == "CONTINUE":
        state.lifecycle_state = "InService"
        state.activity.update(StatusCode="Successful", Progress=100)
        group.autoscaling_backend.update_attached_target_groups(group.name)
        return
    token = uuid4()
    reason = f"Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {token} was abandoned: {how}"
    description = f"{state.activity['Description']}.  Status Reason: {reason}"
    state.activity.update(StatusCode="Cancelled", StatusMessage=reason, Description=description, Progress=100)
    terminate(group, [state])


def _given_up(group: FakeAutoScalingGroup, state: InstanceState) -> bool:
    """One describe is one health check; a group of type ELB ends what its balancer calls unhealthy."""
    name = state.instance.id
    answers = STATE.health_checks.get(name)
    if not answers:
        return False
    status = answers.pop(0) if len(answers) > 1 else answers[0]
    failures = STATE.extra("checks", name)
    failures["row"] = 0 if status == 200 else failures.get("row", 0) + 1
    known = group.autoscaling_backend.elbv2_backend.target_groups
    threshold = min((int(known[arn].unhealthy_threshold_count) for arn in group.target_group_arns), default=2)
    return group.health_check_type == "ELB" and failures["row"] >= threshold


def pass_time_behind(region: str, target_group: str) -> None:
    """Instances start or stop also for whoever looks at the balancer only."""
    for group in models.autoscaling_backends[ACCOUNT][region].autoscaling_groups.values():
        if target_group in group.target_group_arns:
            pass_time(group)


def set_desired_capacity(group: FakeAutoScalingGroup, capacity: int | None) -> None:
    group.desired_capacity = int(group.min_size if capacity is None else capacity)
    running = alive(group)
    surplus = len(running) - group.desired_capacity - len(going(group))
    if surplus > 0:
        removable = [state for state in running if not state.protected_from_scale_in]
        terminate(group, removable[:surplus])
    elif surplus < 0:
        launch(group, -surplus)


def update_attached_target_groups(backend: Any, name: str) -> None:
    group = backend.autoscaling_groups[name]
    targets = [{"Id": state.instance.id} for state in group.instance_states if state.lifecycle_state == "InService"]
    for arn in group.target_group_arns:
        target_group = backend.elbv2_backend.target_groups.get(arn)
        if target_group and targets:
            target_group.register([{**target, "Port": target_group.port} for target in targets])


def notify_terminate_instances(backend: Any, names: list[str]) -> None:
    """Whoever terminates an instance behind the group's back gets it replaced."""
    for group in backend.autoscaling_groups.values():
        group.instance_states = [state for state in group.instance_states if state.instance.id not in names]


def _note(group: FakeAutoScalingGroup, description: str, failure: str | None = None) -> dict[str, Any]:
    now = datetime.now(UTC)
    activity = {
        "ActivityId": str(uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": "The group's desired capacity or an instance's health changed.",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Failed" if failure else "Successful",
        **({"StatusMessage": failure} if failure else {}),
        "Progress": 100,
    }
    STATE.activities.insert(0, activity)
    return activity


def group_named(region: str, name: str) -> FakeAutoScalingGroup | None:
    return models.autoscaling_backends[ACCOUNT][region].autoscaling_groups.get(name)


def _update(group: FakeAutoScalingGroup, *args: Any, **kwargs: Any) -> None:
    if not kwargs.get("mixed_instances_policy") and not kwargs.get("launch_template"):
        kwargs["mixed_instances_policy"] = group.mixed_instances_policy
    _moto_update(group, *args, **kwargs)


_moto_update = FakeAutoScalingGroup.update
FakeAutoScalingGroup.update = _update
FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity
FakeAutoScalingGroup.provided_launch_template_version = None
InstanceState.launch_template = property(lambda state: getattr(state, "template", None))
models.AutoScalingBackend.update_attached_target_groups = update_attached_target_groups
models.AutoScalingBackend.notify_terminate_instances = notify_terminate_instances
