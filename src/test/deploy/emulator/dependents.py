"""Dependent actions: what a caller must also be allowed for its call, as AWS's pages have it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from calls import Call
from resources import EC2_CREATED, Need, action_of, other_resources, requested_tags, tag_context
from state import ACCOUNT

AWS = "https://docs.aws.amazon.com/"
# Page, and the day on which it was looked at. Where AWS says nothing, what there is instead.
BALANCER = AWS + "elasticloadbalancing/latest/userguide/elb-api-permissions.html", "2026-11-28"
BALANCER_TAGS = AWS + "elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html", "2026-11-28"
CERTIFICATE_TAGS = "no page found: AWS's answer to those who lack it, in issues", "2026-11-28"
EC2 = AWS + "service-authorization/latest/reference/list_amazonec2.html", "2026-11-28"
EC2_ADDRESSES = AWS + "aws-managed-policy/latest/reference/AWSS3OnOutpostsServiceRolePolicy.html", "2026-11-28"
FLOW_LOGS = AWS + "vpc/latest/userguide/flow-logs-s3.html", "2026-11-28"
GROUP = AWS + "autoscaling/ec2/userguide/ec2-auto-scaling-api-permissions.html", "2026-11-28"
GROUP_UPDATE = AWS + "autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html", "2026-11-28"
GROUP_REFRESH = "no page found: a refresh ends with an update of the group", "2026-11-28"
GROUP_TAGS = "no page found: the API's action for tags of a group", "2026-11-28"
IAM = AWS + "service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html", "2026-11-28"
IAM_POLICY_TAGS = AWS + "IAM/latest/UserGuide/id_tags_customer-managed-policies.html", "2026-11-28"
IAM_PROFILE_TAGS = AWS + "IAM/latest/UserGuide/id_tags_instance-profiles.html", "2026-11-28"
IAM_ROLE_TAGS = AWS + "IAM/latest/UserGuide/id_tags_roles.html", "2026-11-28"
ALARM_TAGS = AWS + "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html", "2026-11-28"
LOG_TAGS = AWS + "AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html", "2026-11-28"
PARAMETER_TAGS = "no page found: AWS's answer to those who lack it, in logs", "2026-11-28"
TOPIC_TAGS = AWS + "sns/latest/api/API_CreateTopic.html", "2026-11-28"

Uses = Iterator[tuple[str, dict[str, list[str]]]]


class Dependent(NamedTuple):
    action: str
    dependent: str
    when: str
    # Each resource on which the dependent action is needed, with its condition keys; none when it does not apply.
    uses: Callable[[Call], Uses]
    page: tuple[str, str]


def needed(call: Call) -> Iterator[Need]:
    for row in ROWS.get(action_of(call), ()):
        for resource, keys in row.uses(call):
            yield row.dependent, resource, keys


def _looked_up(_: Call) -> Uses:
    yield "*", {}


def _service_role(service: str) -> Callable[[Call], Uses]:
    """Asked for at each call: the account is one in which nobody has used the service yet."""

    def uses(_: Call) -> Uses:
        role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/*"
        yield role, {"iam:AWSServiceName": [service]}

    return uses


def _pool(call: Call) -> Uses:
    yield f"arn:aws:ec2:{call.region}:{ACCOUNT}:ipv4pool-ec2/*", {}


def _private_names(call: Call) -> Uses:
    if call.params.get("VpcEndpointType") == "Interface" and call.params.get("PrivateDnsEnabled", True):
        # AWS's reference names the zone, and AWS's refusals the VPC.
        yield "arn:aws:route53:::hostedzone/*", {}
        yield f"arn:aws:ec2:{call.region}:{ACCOUNT}:vpc/{call.params['VpcId']}", {}


def _delivered_to_s3(call: Call) -> Uses:
    if call.params.get("LogDestinationType") == "s3":
        yield "*", {}


def _passed(member: str, service: str) -> Callable[[Call], Uses]:
    def uses(call: Call) -> Uses:
        if member in call.params:
            role = call.params[member]
            role = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
            yield role, {"iam:PassedToService": [service]}

    return uses


def _passed_by_template(call: Call) -> Uses:
    profile = _template(call).get("IamInstanceProfile", {})
    for one in iam_backends[ACCOUNT]["aws"].instance_profiles.values():
        if one.roles and (profile.get("Name") == one.name or profile.get("Arn") == one.arn):
            yield one.roles[0].arn, {"iam:PassedToService": ["ec2.amazonaws.com"]}


def _launched(call: Call) -> Uses:
    data = _template(call)
    if not data:
        return
    prefix = f"arn:aws:ec2:{call.region}:{ACCOUNT}:"
    tags = _launched_tags(data)
    yield f"arn:aws:ec2:{call.region}::image/{data.get('ImageId', '*')}", {}
    yield prefix + "launch-template/*", {}
    yield prefix + "network-interface/*", {}
    for kind in ("instance", "volume"):
        yield f"{prefix}{kind}/*", tag_context(tags.get(kind, {}))
    for group in data.get("SecurityGroupIds", []):
        yield f"{prefix}security-group/{group}", {}
    subnets = call.params.get("VPCZoneIdentifier") or getattr(_group(call), "vpc_zone_identifier", None)
    for subnet in (subnets or "*").split(","):
        yield f"{prefix}subnet/{subnet}", {}


def _launched_with_tags(call: Call) -> Uses:
    for kind, tags in _launched_tags(_template(call)).items():
        keys = {"ec2:CreateAction": ["RunInstances"], **tag_context(tags)}
        yield f"arn:aws:ec2:{call.region}:{ACCOUNT}:{kind}/*", keys


def _launched_tags(data: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {one["ResourceType"]: requested_tags(one) for one in data.get("TagSpecifications", [])}


def _group(call: Call) -> Any:
    return autoscaling_backends[ACCOUNT][call.region].autoscaling_groups.get(call.params["AutoScalingGroupName"])


def _template(call: Call) -> dict[str, Any]:
    """What the launch template of the call says; nothing when the call has none, or one that is not there."""
    wanted = call.params.get("DesiredConfiguration", call.params).get("LaunchTemplate", {})
    backend = ec2_backends[ACCOUNT][call.region]
    named = backend.launch_template_name_to_ids.get(wanted.get("LaunchTemplateName"))
    template = backend.launch_templates.get(wanted.get("LaunchTemplateId") or named)
    number = str(wanted.get("Version") or "$Default")
    if template is None or number.isdigit() and int(number) > len(template.versions):
        return {}
    return template.get_version(number).data


def _tagged_in_ec2(call: Call) -> Uses:
    tags = requested_tags(call.params)
    if tags:
        kind = EC2_CREATED[call.action]
        keys = {"ec2:CreateAction": [call.action], **tag_context(tags)}
        yield f"arn:aws:ec2:{call.region}:{ACCOUNT}:{kind}/*", keys


def _tagged(call: Call) -> Uses:
    if requested_tags(call.params):
        for resource in other_resources(call):
            yield resource, {}


def _tagged_in_balancer(call: Call) -> Uses:
    # The API names what the new one belongs to.
    kind = {"CreateListener": "listener", "CreateRule": "listener-rule"}.get(call.action)
    for resource, _ in _tagged(call):
        if kind:
            before, _, after = resource.partition("/")
            resource = f"{before.rpartition(':')[0]}:{kind}/{after}/*"
        yield resource, {"elasticloadbalancing:CreateAction": [call.action]}


def _table() -> Iterator[Dependent]:
    first = "the service has no role in the account yet"
    for action, looks in (
        ("CreateLoadBalancer", "AccountAttributes Addresses InternetGateways SecurityGroups Subnets Vpcs"),
        ("CreateTargetGroup", "InternetGateways Vpcs"),
        ("SetSubnets", "Subnets"),
    ):
        for look in looks.split():
            yield Dependent(f"elasticloadbalancing:{action}", f"ec2:Describe{look}", "always", _looked_up, BALANCER)
    role = _service_role("elasticloadbalancing.amazonaws.com")
    for action in ("LoadBalancer", "TargetGroup"):
        yield Dependent(f"elasticloadbalancing:Create{action}", "iam:CreateServiceLinkedRole", first, role, BALANCER)
    for action in ("LoadBalancer", "TargetGroup", "Listener", "Rule"):
        yield Dependent(
            f"elasticloadbalancing:Create{action}",
            "elasticloadbalancing:AddTags",
            "there are tags",
            _tagged_in_balancer,
            BALANCER_TAGS,
        )

    yield Dependent("ec2:AllocateAddress", "ec2:AllocateAddress", "always, without tags", _pool, EC2_ADDRESSES)
    yield Dependent(
        "ec2:CreateVpcEndpoint", "route53:AssociateVPCWithHostedZone", "it has private DNS names", _private_names, EC2
    )
    for action in EC2_CREATED:
        yield Dependent(f"ec2:{action}", "ec2:CreateTags", "there are tags", _tagged_in_ec2, EC2)
    for action in ("CreateLogDelivery", "DeleteLogDelivery"):
        yield Dependent("ec2:CreateFlowLogs", f"logs:{action}", "they go to S3", _delivered_to_s3, FLOW_LOGS)
    yield Dependent("ec2:DeleteFlowLogs", "logs:DeleteLogDelivery", "always", _looked_up, FLOW_LOGS)
    passed = _passed("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com")
    yield Dependent("ec2:CreateFlowLogs", "iam:PassRole", "a role delivers them", passed, EC2)

    for action, page in (
        ("CreateAutoScalingGroup", GROUP),
        ("UpdateAutoScalingGroup", GROUP_UPDATE),
        ("StartInstanceRefresh", GROUP_REFRESH),
    ):
        action = f"autoscaling:{action}"
        yield Dependent(action, "ec2:RunInstances", "there is a launch template", _launched, page)
        yield Dependent(action, "ec2:CreateTags", "the launch template has tags", _launched_with_tags, page)
        yield Dependent(action, "iam:PassRole", "the launch template has a profile", _passed_by_template, page)
    role = _service_role("autoscaling.amazonaws.com")
    yield Dependent("autoscaling:CreateAutoScalingGroup", "iam:CreateServiceLinkedRole", first, role, GROUP)
    passed = _passed("RoleARN", "autoscaling.amazonaws.com")
    yield Dependent("autoscaling:PutLifecycleHook", "iam:PassRole", "it has a role", passed, GROUP)

    passed = _passed("RoleName", "ec2.amazonaws.com")
    yield Dependent("iam:AddRoleToInstanceProfile", "iam:PassRole", "always", passed, IAM)
    for kind, page in (("InstanceProfile", IAM_PROFILE_TAGS), ("Policy", IAM_POLICY_TAGS), ("Role", IAM_ROLE_TAGS)):
        for dependent in (f"iam:Tag{kind}", f"iam:List{kind}Tags"):
            yield Dependent(f"iam:Create{kind}", dependent, "there are tags", _tagged, page)
    for action, tag, page in (
        ("acm:RequestCertificate", "acm:AddTagsToCertificate", CERTIFICATE_TAGS),
        ("autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", GROUP_TAGS),
        ("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", ALARM_TAGS),
        ("logs:CreateLogGroup", "logs:TagResource", LOG_TAGS),
        ("sns:CreateTopic", "sns:TagResource", TOPIC_TAGS),
        ("ssm:PutParameter", "ssm:AddTagsToResource", PARAMETER_TAGS),
    ):
        yield Dependent(action, tag, "there are tags", _tagged, page)


ROWS: dict[str, list[Dependent]] = {}
for _row in _table():
    ROWS.setdefault(_row.action, []).append(_row)
