"""Instance refreshes, which moto does not have: one describe is one step."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.cloudwatch.models import cloudwatch_backends

import fleet
import scaling
from calls import Call
from rules import Fault, before
from state import ACCOUNT, STATE

ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
# How many describes a refresh waits for instances that do not get into service.
PATIENCE = 30
SHOWN = (
    "InstanceRefreshId AutoScalingGroupName Status StatusReason StartTime EndTime PercentageComplete "
    "InstancesToUpdate Preferences DesiredConfiguration RollbackDetails"
).split()


@before("autoscaling", "StartInstanceRefresh")
def start(_: Any, call: Call) -> dict[str, Any]:
    group = scaling.existing(call)
    if _active(group.name):
        raise Fault(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        )
    preferences = call.params.get("Preferences", {})
    desired = call.params.get("DesiredConfiguration")
    _check_preferences(preferences)
    wanted = fleet.specification(group)
    if desired:
        mixed = desired.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
        wanted = desired.get("LaunchTemplate") or mixed["LaunchTemplateSpecification"]
    version = scaling.check_template(call, wanted)
    if preferences.get("AutoRollback"):
        _check_rollback(call, desired, wanted, group)
    template = group.ec2_backend.get_launch_template(version.template.id)
    refresh = {
        "InstanceRefreshId": str(uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Pending",
        "StartTime": datetime.now(UTC),
        "PercentageComplete": 0,
        "InstancesToUpdate": len(fleet.alive(group)),
        "Preferences": {"MinHealthyPercentage": 90, "SkipMatching": False, "AutoRollback": False, **preferences},
        "DesiredConfiguration": desired,
        "wanted": {"LaunchTemplateId": template.id, "Version": str(wanted.get("Version") or "$Default")},
        "former": fleet.specification(group),
        "old": [state.instance.id for state in fleet.alive(group)],
        "going": [],
        "left": PATIENCE,
        "region": call.region,
    }
    if preferences.get("SkipMatching"):
        matching = [s.instance.id for s in fleet.alive(group) if s.launch_template["Version"] == str(version.number)]
        refresh["old"] = [name for name in refresh["old"] if name not in matching]
        refresh["InstancesToUpdate"] = len(refresh["old"])
    STATE.refreshes.insert(0, refresh)
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


def _check_preferences(preferences: dict[str, Any]) -> None:
    percentages = preferences.get("CheckpointPercentages", [])
    if percentages != sorted(set(percentages)) or any(not 1 <= p <= 100 for p in percentages):
        raise Fault(
            "ValidationError",
            "CheckpointPercentages must be unique and in ascending order, between 1 and 100.",
        )
    low, high = preferences.get("MinHealthyPercentage", 90), preferences.get("MaxHealthyPercentage", 100)
    if not 100 <= high <= 200 or high - low > 100:
        raise Fault(
            "ValidationError",
            "MaxHealthyPercentage must be between 100 and 200, and at most 100 above MinHealthyPercentage.",
        )
    if "MaxHealthyPercentage" in preferences and "MinHealthyPercentage" not in preferences:
        raise Fault(
            "ValidationError",
            "You must specify MinHealthyPercentage when MaxHealthyPercentage is given.",
        )


def _check_rollback(call: Call, desired: Any, wanted: dict[str, str], group: Any) -> None:
    if not desired:
        raise Fault("ValidationError", "AutoRollback requires a desired configuration.")
    for one in (wanted, fleet.specification(group)):
        if str(one.get("Version") or "$Default").startswith("$"):
            raise Fault(
                "ValidationError",
                "AutoRollback is not available for launch templates with the version $Latest or $Default.",
            )
        if str(scaling.check_template(call, one).data.get("ImageId", "")).startswith("resolve:ssm:"):
            raise Fault(
                "ValidationError",
                "AutoRollback is not available when the launch template's ImageId is a Systems Manager "
                "parameter.",
            )


@before("autoscaling", "CancelInstanceRefresh")
def cancel(_: Any, call: Call) -> dict[str, Any]:
    refresh = _active(scaling.existing(call).name)
    if refresh is None or refresh["Status"] == "Cancelling":
        raise Fault(
            "ActiveInstanceRefreshNotFound",
            "No in progress or pending Instance Refresh found for Auto Scaling group",
        )
    refresh["Status"] = "Cancelling"
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


@before("autoscaling", "RollbackInstanceRefresh")
def roll_back(_: Any, call: Call) -> dict[str, Any]:
    group = scaling.existing(call)
    refresh = _active(group.name)
    if refresh is None or refresh["Status"] not in ("Pending", "InProgress", "Baking"):
        raise Fault(
            "ActiveInstanceRefreshNotFound",
            "No in progress or pending Instance Refresh found for Auto Scaling group",
        )
    try:
        _check_rollback(call, refresh["DesiredConfiguration"], refresh["wanted"], group)
    except Fault as fault:
        raise Fault("IrreversibleInstanceRefresh", fault.message) from fault
    _begin_rollback(refresh, "The rollback was requested.")
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


@before("autoscaling", "DescribeInstanceRefreshes")
def describe(_: Any, call: Call) -> dict[str, Any]:
    group = scaling.existing(call)
    wanted = call.params.get("InstanceRefreshIds")
    shown = [
        refresh
        for refresh in STATE.refreshes
        if refresh["AutoScalingGroupName"] == group.name and (not wanted or refresh["InstanceRefreshId"] in wanted)
    ]
    if wanted and len(shown) < len(set(wanted)):
        raise Fault("ValidationError", "One or more instance refreshes were not found.")
    answer = [{key: refresh[key] for key in SHOWN if refresh.get(key) is not None} for refresh in shown]
    for refresh in shown:
        _step(refresh)
    return {"InstanceRefreshes": answer[: call.params.get("MaxRecords", 50)]}


def _active(name: str) -> dict[str, Any] | None:
    for refresh in STATE.refreshes:
        if refresh["AutoScalingGroupName"] == name and refresh["Status"] in ACTIVE:
            return refresh
    return None


def _step(refresh: dict[str, Any]) -> None:
    """What happens between this describe and the next."""
    group = fleet.group_named(refresh["region"], refresh["AutoScalingGroupName"])
    status = refresh["Status"]
    if status == "Pending":
        refresh["Status"] = "InProgress"
    elif status == "Cancelling":
        _end(refresh, "Cancelled", "Cancelled due to user request.")
    elif status == "RollbackInProgress":
        _roll_on(refresh, group)
    elif status == "InProgress":
        _go_on(refresh, group)


def _go_on(refresh: dict[str, Any], group: Any) -> None:
    fleet.pass_time(group)
    reason = _trouble(refresh)
    if refresh["old"] and not refresh["going"]:
        # At most half is replaced before trouble is noticed.
        _begin_half(refresh, group)
    elif reason and refresh["Preferences"]["AutoRollback"]:
        _begin_rollback(refresh, reason)
    elif reason:
        _end(refresh, "Failed", reason)
    elif _half_is_there(refresh, group):
        fleet.terminate(group, fleet.going(group))
        refresh["InstancesToUpdate"] = len(refresh["old"])
        refresh["PercentageComplete"] = 50 if refresh["old"] else 100
        refresh["going"] = []
        if not refresh["old"]:
            _apply(group, refresh["wanted"])
            _end(refresh, "Successful", None)


def _begin_half(refresh: dict[str, Any], group: Any) -> None:
    half = refresh["old"][: (len(refresh["old"]) + 1) // 2]
    refresh["old"] = refresh["old"][len(half) :]
    refresh["going"] = half
    fleet.launch(group, len(half))


def _half_is_there(refresh: dict[str, Any], group: Any) -> bool:
    refresh["left"] -= 1
    there = [s for s in fleet.alive(group) if (s.lifecycle_state, s.health_status) == ("InService", "Healthy")]
    return len(there) >= group.desired_capacity + len(fleet.going(group))


def _roll_on(refresh: dict[str, Any], group: Any) -> None:
    """What was replaced is replaced again."""
    refresh["left"] -= 1
    if not refresh["PercentageComplete"]:
        template = group.ec2_backend.get_launch_template(refresh["wanted"]["LaunchTemplateId"])
        version = str(template.get_version(refresh["wanted"]["Version"]).number)
        fleet.terminate(group, [s for s in fleet.alive(group) if s.launch_template["Version"] == version])
        fleet.set_desired_capacity(group, group.desired_capacity)
        refresh["PercentageComplete"], refresh["InstancesToUpdate"] = 100, 0
        return
    fleet.pass_time(group)
    if all(state.lifecycle_state == "InService" for state in fleet.alive(group)):
        _end(refresh, "RollbackSuccessful", refresh["StatusReason"])
    elif refresh["left"] <= 0:
        _end(refresh, "RollbackFailed", refresh["StatusReason"])


def _trouble(refresh: dict[str, Any]) -> str | None:
    # AWS is patient.
    if STATE.refresh_outcome == "failed" or STATE.unhealthy_targets or refresh["left"] <= 0:
        return "Instances did not become healthy within the grace period."
    alarms = cloudwatch_backends[ACCOUNT][refresh["region"]].alarms
    for name in refresh["Preferences"].get("AlarmSpecification", {}).get("Alarms", []):
        if name in alarms and alarms[name].state_value == "ALARM":
            return f"The alarm {name} is in ALARM state."
    return None


def _begin_rollback(refresh: dict[str, Any], reason: str) -> None:
    refresh["Status"], refresh["StatusReason"], refresh["left"] = "RollbackInProgress", reason, PATIENCE
    refresh["RollbackDetails"] = {
        "RollbackReason": reason,
        "RollbackStartTime": datetime.now(UTC),
        "PercentageCompleteOnRollback": refresh["PercentageComplete"],
        "InstancesToUpdateOnRollback": refresh["InstancesToUpdate"],
    }
    refresh["PercentageComplete"] = 0


def _end(refresh: dict[str, Any], status: str, reason: str | None) -> None:
    refresh.update(Status=status, StatusReason=reason, EndTime=datetime.now(UTC))


def _apply(group: Any, wanted: dict[str, str]) -> None:
    group.ec2_launch_template = group.ec2_backend.get_launch_template(wanted["LaunchTemplateId"])
    group.launch_template_version = wanted["Version"]
    group.provided_launch_template_version = wanted["Version"]
