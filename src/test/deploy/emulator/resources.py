"""Which IAM actions on which ARNs a call needs, and the condition keys it carries."""

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from moto.acm.models import acm_backends
from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends

import s3_operations
from calls import Call
from policies import role_of
from state import ACCOUNT

Need = tuple[str, str, dict[str, list[str]]]

EC2_TYPES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "eipalloc": "elastic-ip",
    "rtb": "route-table",
    "vpce": "vpc-endpoint",
    "lt": "launch-template",
    "fl": "vpc-flow-log",
    "i": "instance",
    "vol": "volume",
    "ami": "image",
    "eni": "network-interface",
    "acl": "network-acl",
}
EC2_CREATED = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateSecurityGroup": "security-group",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "AllocateAddress": "elastic-ip",
    "CreateRouteTable": "route-table",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateLaunchTemplate": "launch-template",
    "CreateFlowLogs": "vpc-flow-log",
    "RunInstances": "instance",
}
# Where requests are signed by one name and policies written with another.
IAM_NAMES = {"monitoring": "cloudwatch"}
EC2_ID = re.compile(r"^([a-z]+)-[0-9a-f]{8,17}$")


def needed(call: Call) -> Iterator[Need]:
    if call.service == "s3":
        yield from _s3(call)
    elif call.service == "ec2":
        yield from _ec2(call)
    elif call.action == "StartSession":
        yield from _session(call)
    elif call.service == "acm":
        yield action_of(call), *_certificate(call)
    elif call.service == "route53":
        yield from _names(call)
    else:
        for resource in other_resources(call):
            yield action_of(call), resource, {}


def action_of(call: Call) -> str:
    """The action that has the call's name, which every service but S3 has for every call."""
    return f"{IAM_NAMES.get(call.signing, call.signing)}:{call.action}"


def context(call: Call) -> dict[str, list[str]]:
    request, params = call.request, call.params
    keys = {
        # Loopback stands for the TLS connection it would be.
        "aws:SecureTransport": ["false" if "x-emulate-insecure-transport" in request.headers else "true"],
        "aws:SourceIp": ["127.0.0.1"],
        "aws:RequestedRegion": [call.region],
        "aws:ResourceAccount": [ACCOUNT],
        "s3:ResourceAccount": [ACCOUNT],
    }
    if call.principal and call.principal != "anonymous":
        keys["aws:PrincipalArn"] = [role_of(call.principal)]
        keys["aws:PrincipalAccount"] = [ACCOUNT]
        if ":user/" in call.principal:
            keys["aws:username"] = [call.principal.rpartition("/")[2]]
    if call.service == "s3":
        keys["s3:TlsVersion"] = ["1.3"]
        for name, key in (("Prefix", "s3:prefix"), ("Delimiter", "s3:delimiter"), ("MaxKeys", "s3:max-keys")):
            if name in params:
                keys[key] = [str(params[name])]
        for header, value in request.headers.items():
            if header in ("if-none-match", "if-match") or header.startswith("x-amz-"):
                keys[f"s3:{header}"] = [value]
    # EC2 decides on each resource by itself, and only what is created or tagged has the tags of the request.
    return keys if call.service == "ec2" else keys | tag_context(requested_tags(params))


def tag_context(tags: dict[str, str]) -> dict[str, list[str]]:
    keys = {f"aws:RequestTag/{key}": [value] for key, value in tags.items()}
    return keys | {"aws:TagKeys": list(tags)} if tags else keys


def _s3(call: Call) -> Iterator[Need]:
    bucket, key = call.params.get("Bucket"), call.params.get("Key")
    action = s3_operations.iam_action(call.action, call.params)
    if bucket is None:
        yield action, "*", {}
    elif call.action == "DeleteObjects":
        for name, version in _deleted(call):
            yield "s3:DeleteObjectVersion" if version else "s3:DeleteObject", f"arn:aws:s3:::{bucket}/{name}", {}
    else:
        yield action, f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}", {}
    if source := call.params.get("CopySource"):
        yield "s3:GetObject", "arn:aws:s3:::" + unquote(source).lstrip("/").partition("?")[0], {}
    # Who may not list learns not even that an object is missing.
    if call.action in ("GetObject", "HeadObject") and bucket in s3_backends[ACCOUNT]["aws"].buckets:
        if s3_backends[ACCOUNT]["aws"].get_object(bucket, key) is None:
            yield "s3:ListBucket", f"arn:aws:s3:::{bucket}", {"s3:prefix": [key]}


def _deleted(call: Call) -> Iterator[tuple[str, str | None]]:
    for element in tree.fromstring(call.request.body).iterfind("{*}Object"):
        yield element.findtext("{*}Key") or "", element.findtext("{*}VersionId")


def _ec2(call: Call) -> Iterator[Need]:
    action = f"ec2:{call.action}"
    # What describes is not decided on resources.
    if call.action.startswith("Describe") and not call.params.get("DryRun") or action == "ec2:GetLaunchTemplateData":
        yield action, "*", {}
        return
    prefix = f"arn:aws:ec2:{call.region}:{ACCOUNT}:"
    params = {k: v for k, v in call.params.items() if k != "LaunchTemplateData"}
    found = False
    for name in sorted(set(_ids(params))):
        kind = EC2_TYPES.get(EC2_ID.match(name)[1])
        if kind:
            found = True
            added = tag_context(requested_tags(params)) if call.action == "CreateTags" else {}
            yield action, f"{prefix}{kind}/{name}", _ec2_tags(call, name) | added
    if "LaunchTemplateName" in params and call.action != "CreateLaunchTemplate":
        found = True
        name = ec2_backends[ACCOUNT][call.region].launch_template_name_to_ids.get(params["LaunchTemplateName"], "*")
        yield action, f"{prefix}launch-template/{name}", _ec2_tags(call, name)
    created = EC2_CREATED.get(call.action)
    if created:
        found = True
        yield action, f"{prefix}{created}/*", tag_context(requested_tags(params))
    if not found:
        yield action, "*", {}


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _ids(one)
    elif isinstance(value, list):
        for one in value:
            yield from _ids(one)
    elif isinstance(value, str) and EC2_ID.match(value):
        yield value


def _ec2_tags(call: Call, name: str) -> dict[str, list[str]]:
    tags = ec2_backends[ACCOUNT][call.region].tags.get(name, {})
    return {
        **{f"aws:ResourceTag/{key}": [value] for key, value in tags.items()},
        **{f"ec2:ResourceTag/{key}": [value] for key, value in tags.items()},
    }


def _session(call: Call) -> Iterator[Need]:
    """A session is decided on the instance, by its tags, and on the document that runs there."""
    target, document = call.params["Target"], call.params.get("DocumentName", "SSM-SessionManagerRunShell")
    tags = ec2_backends[ACCOUNT][call.region].tags.get(target, {})
    seen = {f"ssm:resourceTag/{key}": [value] for key, value in tags.items()}
    yield "ssm:StartSession", f"arn:aws:ec2:{call.region}:{ACCOUNT}:instance/{target}", seen
    owner = "" if document.startswith("AWS-") else ACCOUNT
    yield "ssm:StartSession", f"arn:aws:ssm:{call.region}:{owner}:document/{document}", {}


def _certificate(call: Call) -> tuple[str, dict[str, list[str]]]:
    arn = call.params.get("CertificateArn", "*")
    certificate = acm_backends[ACCOUNT][call.region]._certificates.get(arn)
    tags = certificate.tags if certificate else {}
    return arn, {f"aws:ResourceTag/{key}": [value] for key, value in tags.items()}


def _names(call: Call) -> Iterator[Need]:
    zone = call.params.get("HostedZoneId") or call.params.get("Id")
    changes = call.params.get("ChangeBatch", {}).get("Changes", [])
    key, keys = f"route53:{call.action}", {}
    if changes:
        sets = [change["ResourceRecordSet"] for change in changes]
        keys = {
            f"{key}Actions": [change["Action"] for change in changes],
            f"{key}RecordTypes": [one["Type"] for one in sets],
            f"{key}NormalizedRecordNames": [one["Name"].lower().rstrip(".") for one in sets],
        }
    yield key, f"arn:aws:route53:::hostedzone/{zone}" if zone else "*", keys


def other_resources(call: Call) -> list[str]:
    params, region = call.params, call.region
    place = f"{region}:{ACCOUNT}"
    if call.service == "ssm":
        names = [params["Name"]] if "Name" in params else params.get("Names", [])
        if "ResourceId" in params:
            names = [params["ResourceId"]]
        if "Path" in params:
            names = [params["Path"].rstrip("/")]
        return [n if n.startswith("arn:") else f"arn:aws:ssm:{place}:parameter/{n.lstrip('/')}" for n in names] or ["*"]
    if call.service == "secretsmanager":
        name = params.get("SecretId") or params.get("Name") or "*"
        return [name if name.startswith("arn:") else f"arn:aws:secretsmanager:{place}:secret:{name}-a1B2c3"]
    if call.service == "iam":
        for key, kind in (("PolicyArn", None), ("InstanceProfileName", "instance-profile"), ("RoleName", "role")):
            # Attaching is decided on the role, not on the policy.
            if key in params and not (key == "PolicyArn" and "RoleName" in params):
                return [params[key] if kind is None else f"arn:aws:iam::{ACCOUNT}:{kind}/{params[key]}"]
        for key, kind in (("PolicyName", "policy"), ("UserName", "user")):
            if key in params:
                return [f"arn:aws:iam::{ACCOUNT}:{kind}/{params[key]}"]
        if call.action == "CreateServiceLinkedRole":
            return [f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{params['AWSServiceName']}/*"]
        return ["*"]
    if call.service == "autoscaling" and call.mutating:
        names = [params[k] for k in ("AutoScalingGroupName",) if k in params]
        names += [tag["ResourceId"] for tag in params.get("Tags", []) if tag.get("ResourceId")]
        names += [_group_of(params["InstanceId"], region)] if "InstanceId" in params and not names else []
        return [f"arn:aws:autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{n}" for n in names] or ["*"]
    if call.service == "elbv2" and call.mutating:
        arns = [v for k, v in params.items() if k.endswith("Arn") and k != "CertificateArn"]
        arns += params.get("ResourceArns", [])
        if call.action == "CreateLoadBalancer":
            arns = [f"arn:aws:elasticloadbalancing:{place}:loadbalancer/app/{params['Name']}/*"]
        if call.action == "CreateTargetGroup":
            arns = [f"arn:aws:elasticloadbalancing:{place}:targetgroup/{params['Name']}/*"]
        return arns or ["*"]
    if call.service == "logs":
        name = params.get("logGroupName")
        return [f"arn:aws:logs:{place}:log-group:{name}:*"] if name else [params.get("resourceArn", "*")]
    if call.service == "cloudwatch":
        names = [params["AlarmName"]] if "AlarmName" in params else params.get("AlarmNames", [])
        arns = [f"arn:aws:cloudwatch:{place}:alarm:{n}" for n in names if call.mutating]
        dashboards = [params["DashboardName"]] if "DashboardName" in params else params.get("DashboardNames", [])
        arns += [f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{n}" for n in dashboards]
        return arns or [params.get("ResourceARN", "*")]
    if call.service == "sns":
        if "Name" in params:
            return [f"arn:aws:sns:{place}:{params['Name']}"]
        # AWS names no resource for what is done to a subscription.
        return [params.get("TopicArn") or params.get("ResourceArn") or "*"]
    if call.action == "AssumeRole":
        return [params["RoleArn"]]
    return ["*"]


def _group_of(instance: str, region: str) -> str:
    for group in autoscaling_backends[ACCOUNT][region].autoscaling_groups.values():
        if any(state.instance.id == instance for state in group.instance_states):
            return group.name
    return "*"


def requested_tags(params: dict[str, Any]) -> dict[str, str]:
    tags: dict[str, str] = {}
    lists = [specification.get("Tags", []) for specification in params.get("TagSpecifications") or []]
    given = params.get("Tags") or params.get("tags") or []
    if isinstance(given, dict):
        return {k: v for k, v in given.items()}
    for one in [*lists, given]:
        tags.update({t["Key"]: t.get("Value", "") for t in one if isinstance(t, dict) and "Key" in t})
    return tags
