"""Where moto accepts a parameter and shows something else, or nothing: put right after the fact."""

import json
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.elbv2.models import elbv2_backends
from moto.sns.models import sns_backends

from calls import Call
from rules import Fault, after, before
from state import ACCOUNT, STATE

# Rules that name a group have descriptions as well.
SecurityGroupRule.description = property(
    lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description")
)
SecurityGroupRule.referenced_group_info = property(
    lambda rule: {k: v for k, v in rule.source_group.items() if k != "Description"} or None
)


@before("elbv2", "CreateListener")
def create_listener(gateway: Any, call: Call) -> dict[str, Any] | None:
    arn, port = call.params["LoadBalancerArn"], call.params.get("Port")
    balancer = elbv2_backends[ACCOUNT][call.region].load_balancers.get(arn)
    if balancer is None:
        return None
    for listener in gateway.ask("elbv2", "DescribeListeners", LoadBalancerArn=arn)["Listeners"]:
        if listener["Port"] != int(port):
            continue
        wanted = {k: call.params.get(k) for k in ("Protocol", "DefaultActions")}
        if wanted == {k: listener.get(k) for k in wanted}:
            return {"Listeners": [listener]}
        raise Fault("DuplicateListener", "A listener already exists on this port for this load balancer")
    if call.params.get("Protocol") == "HTTPS" and not call.params.get("Certificates"):
        raise Fault("ValidationError", "A certificate must be specified for HTTPS listeners")
    return None


@after("elbv2", "CreateListener", "DescribeListeners", "ModifyListener")
def listeners(_: Any, __: Call, result: dict[str, Any]) -> None:
    for listener in result["Listeners"]:
        listener.pop("AlpnPolicy", None) if not listener.get("AlpnPolicy") else None
        if listener["Protocol"] == "HTTP":
            listener.pop("SslPolicy", None)


@after("ec2", "CreateLaunchTemplate", "CreateLaunchTemplateVersion")
def template_created(_: Any, call: Call, result: dict[str, Any]) -> None:
    shown = result.get("LaunchTemplate") or result["LaunchTemplateVersion"]
    template = ec2_backends[ACCOUNT][call.region].launch_templates[shown["LaunchTemplateId"]]
    made, source = template.versions[-1], call.params.get("SourceVersion")
    if source is not None:
        inherited = template.get_version(source)
        made.data, made.instance_tags = inherited.data | made.data, inherited.instance_tags
    data = made.data
    # The template's own tags are no part of what it launches.
    specifications = [s for s in data.get("TagSpecifications", []) if s["ResourceType"] != "launch-template"]
    data["TagSpecifications"] = specifications
    if not specifications:
        del data["TagSpecifications"]


@after("ec2", "DescribeVpcEndpointServices")
def endpoint_services(_: Any, __: Call, result: dict[str, Any]) -> None:
    result["ServiceNames"] = list(dict.fromkeys(result["ServiceNames"]))


@before("sns", "Subscribe")
def subscribe(_: Any, call: Call) -> None:
    if call.params["TopicArn"] not in sns_backends[ACCOUNT][call.region].topics:
        raise Fault("NotFound", "Topic does not exist", 404)


@after("sns", "Subscribe")
def subscribed(_: Any, call: Call, result: dict[str, Any]) -> None:
    if call.params["Protocol"].startswith("email"):
        result["SubscriptionArn"] = "pending confirmation"


@after("sns", "ConfirmSubscription")
def confirmed(_: Any, call: Call, __: dict[str, Any]) -> None:
    # The mail with the token is not sent: the token is the address itself.
    STATE.extra("confirmed", call.params["TopicArn"])[call.params["Token"]] = True


@after("sns", "ListSubscriptionsByTopic", "ListSubscriptions")
def subscriptions(_: Any, __: Call, result: dict[str, Any]) -> None:
    for subscription in result["Subscriptions"]:
        known = STATE.extra("confirmed", subscription["TopicArn"])
        if subscription["Protocol"].startswith("email") and subscription["Endpoint"] not in known:
            subscription["SubscriptionArn"] = "PendingConfirmation"


@after("cloudwatch", "GetDashboard")
def dashboard(_: Any, __: Call, result: dict[str, Any]) -> None:
    """Keys have no order."""
    body = json.loads(result["DashboardBody"], object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    result["DashboardBody"] = json.dumps(body)


@before("cloudwatch", "PutMetricAlarm")
def put_alarm(_: Any, call: Call) -> None:
    alarm = cloudwatch_backends[ACCOUNT][call.region].alarms.get(call.params["AlarmName"])
    state = ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    if alarm:
        state = (alarm.state_value, alarm.state_reason)
    STATE.extras["alarm", call.params["AlarmName"]] = {"state": state}


@after("cloudwatch", "PutMetricAlarm")
def alarm_put(_: Any, call: Call, __: dict[str, Any]) -> None:
    alarm = cloudwatch_backends[ACCOUNT][call.region].alarms[call.params["AlarmName"]]
    alarm.state_value, alarm.state_reason = STATE.extras.pop(("alarm", alarm.name))["state"]


@after("resourcegroupstaggingapi", "GetResources")
def tagged(_: Any, call: Call, result: dict[str, Any]) -> None:
    known = {mapping["ResourceARN"] for mapping in result["ResourceTagMappingList"]}
    ec2 = ec2_backends[ACCOUNT][call.region]
    kinds = {"eipalloc": "elastic-ip", "vpce": "vpc-endpoint", "lt": "launch-template", "sgr": "security-group-rule"}
    types = call.params.get("ResourceTypeFilters") or []
    for name, tags in ec2.tags.items():
        kind = kinds.get(name.partition("-")[0])
        arn = f"arn:aws:ec2:{call.region}:{ACCOUNT}:{kind}/{name}"
        wanted = not types or "ec2" in types or f"ec2:{kind}" in types
        if kind and wanted and arn not in known and tags and _fits(tags, call.params.get("TagFilters", [])):
            shown = [{"Key": k, "Value": v} for k, v in tags.items()]
            result["ResourceTagMappingList"].append({"ResourceARN": arn, "Tags": shown})


def _fits(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    return all(f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"]) for f in filters)
