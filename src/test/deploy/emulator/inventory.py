"""All there is, described so that two runs that ended alike give the same bytes."""

import json
import re
from collections.abc import Callable
from typing import Any

import canonical
from rules import Fault
from state import STATE

Ask = Callable[..., dict[str, Any]]

# What a describe of a kind answers: service, action, member of the result.
EC2 = {
    "vpc": ("DescribeVpcs", "Vpcs"),
    "subnet": ("DescribeSubnets", "Subnets"),
    "internet-gateway": ("DescribeInternetGateways", "InternetGateways"),
    "nat-gateway": ("DescribeNatGateways", "NatGateways"),
    "address": ("DescribeAddresses", "Addresses"),
    "route-table": ("DescribeRouteTables", "RouteTables"),
    "vpc-endpoint": ("DescribeVpcEndpoints", "VpcEndpoints"),
    "flow-log": ("DescribeFlowLogs", "FlowLogs"),
    "security-group": ("DescribeSecurityGroups", "SecurityGroups"),
    "security-group-rule": ("DescribeSecurityGroupRules", "SecurityGroupRules"),
    "launch-template": ("DescribeLaunchTemplates", "LaunchTemplates"),
}
BUCKET = {
    "location": "GetBucketLocation",
    "versioning": "GetBucketVersioning",
    "encryption": "GetBucketEncryption",
    "public-access": "GetPublicAccessBlock",
    "ownership": "GetBucketOwnershipControls",
    "tags": "GetBucketTagging",
    "lifecycle": "GetBucketLifecycleConfiguration",
    "policy": "GetBucketPolicy",
    "logging": "GetBucketLogging",
}


def take(gateway: Any, ignored_keys: list[str]) -> dict[str, Any]:
    _settle(gateway.ask)
    found: dict[str, Any] = {}
    for part in (_network, _scaling, _balancing, _identity, _watching, _names, lambda ask: _buckets(ask, ignored_keys)):
        found.update(part(gateway.ask))
    return canonical.form(found)


def _settle(ask: Ask) -> None:
    """Lets the time pass that transitions still take, so that none of them shows."""
    for _ in range(4 * STATE.steps + 4):
        ask("ec2", "DescribeNatGateways")
        ask("ec2", "DescribeVpcEndpoints")
        ask("ec2", "DescribeNetworkInterfaces")
        ask("elbv2", "DescribeLoadBalancers")
        ask("autoscaling", "DescribeAutoScalingGroups")
        if not STATE.lingering and not any(kind not in ("target", "profile", "role") for kind, _ in STATE.transitions):
            return


def _network(ask: Ask) -> dict[str, Any]:
    found = {kind: ask("ec2", action).get(member, []) for kind, (action, member) in EC2.items()}
    found["nat-gateway"] = [gateway for gateway in found["nat-gateway"] if gateway["State"] != "deleted"]
    for template in found["launch-template"]:
        name = template["LaunchTemplateId"]
        versions = ask("ec2", "DescribeLaunchTemplateVersions", LaunchTemplateId=name)["LaunchTemplateVersions"]
        template["Versions"] = {str(v["VersionNumber"]): v["LaunchTemplateData"] for v in versions}
    for vpc in found["vpc"]:
        for attribute in ("enableDnsHostnames", "enableDnsSupport"):
            shown = ask("ec2", "DescribeVpcAttribute", VpcId=vpc["VpcId"], Attribute=attribute)
            vpc[attribute] = shown[attribute[0].upper() + attribute[1:]]["Value"]
    instances = [i for r in ask("ec2", "DescribeInstances")["Reservations"] for i in r["Instances"]]
    found["instance"] = [
        {k: i.get(k) for k in ("InstanceId", "ImageId", "InstanceType", "SubnetId", "SecurityGroups", "Tags")}
        for i in instances
        if i["State"]["Name"] != "terminated"
    ]
    return found


def _scaling(ask: Ask) -> dict[str, Any]:
    groups = ask("autoscaling", "DescribeAutoScalingGroups")["AutoScalingGroups"]
    for group in groups:
        name = {"AutoScalingGroupName": group["AutoScalingGroupName"]}
        group["Hooks"] = ask("autoscaling", "DescribeLifecycleHooks", **name)["LifecycleHooks"]
        group["Policies"] = ask("autoscaling", "DescribePolicies", **name)["ScalingPolicies"]
        refreshes = [r for r in STATE.refreshes if r["AutoScalingGroupName"] == group["AutoScalingGroupName"]]
        group["Refreshing"] = any(r["Status"].endswith("Progress") or r["Status"] == "Pending" for r in refreshes)
    return {"auto-scaling-group": groups}


def _balancing(ask: Ask) -> dict[str, Any]:
    balancers = ask("elbv2", "DescribeLoadBalancers")["LoadBalancers"]
    for balancer in balancers:
        arn = balancer["LoadBalancerArn"]
        balancer["Attributes"] = ask("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=arn)["Attributes"]
        balancer["Tags"] = _elb_tags(ask, arn)
        balancer["Listeners"] = ask("elbv2", "DescribeListeners", LoadBalancerArn=arn)["Listeners"]
        for listener in balancer["Listeners"]:
            listener["Tags"] = _elb_tags(ask, listener["ListenerArn"])
            listener["Rules"] = ask("elbv2", "DescribeRules", ListenerArn=listener["ListenerArn"])["Rules"]
    groups = ask("elbv2", "DescribeTargetGroups")["TargetGroups"]
    for group in groups:
        arn = group["TargetGroupArn"]
        group["Attributes"] = ask("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=arn)["Attributes"]
        group["Tags"] = _elb_tags(ask, arn)
    return {"load-balancer": balancers, "target-group": groups}


def _elb_tags(ask: Ask, arn: str) -> Any:
    return ask("elbv2", "DescribeTags", ResourceArns=[arn])["TagDescriptions"][0]["Tags"]


def _identity(ask: Ask) -> dict[str, Any]:
    roles = ask("iam", "ListRoles")["Roles"]
    for role in roles:
        name = {"RoleName": role["RoleName"]}
        role["Tags"] = ask("iam", "ListRoleTags", **name)["Tags"]
        role["Attached"] = ask("iam", "ListAttachedRolePolicies", **name)["AttachedPolicies"]
        role["Inline"] = {
            policy: ask("iam", "GetRolePolicy", PolicyName=policy, **name)["PolicyDocument"]
            for policy in ask("iam", "ListRolePolicies", **name)["PolicyNames"]
        }
    policies = ask("iam", "ListPolicies", Scope="Local")["Policies"]
    for policy in policies:
        shown = ask("iam", "GetPolicyVersion", PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        policy["Document"] = shown["PolicyVersion"]["Document"]
        policy["Tags"] = ask("iam", "ListPolicyTags", PolicyArn=policy["Arn"])["Tags"]
    profiles = ask("iam", "ListInstanceProfiles")["InstanceProfiles"]
    for profile in profiles:
        profile["Roles"] = [role["RoleName"] for role in profile["Roles"]]
    return {"role": roles, "policy": policies, "instance-profile": profiles, "user": ask("iam", "ListUsers")["Users"]}


def _watching(ask: Ask) -> dict[str, Any]:
    alarms = ask("cloudwatch", "DescribeAlarms")["MetricAlarms"]
    for alarm in alarms:
        alarm["Tags"] = ask("cloudwatch", "ListTagsForResource", ResourceARN=alarm["AlarmArn"])["Tags"]
    dashboards = ask("cloudwatch", "ListDashboards")["DashboardEntries"]
    for dashboard in dashboards:
        name = dashboard["DashboardName"]
        dashboard["Body"] = json.loads(ask("cloudwatch", "GetDashboard", DashboardName=name)["DashboardBody"])
    topics = ask("sns", "ListTopics")["Topics"]
    for topic in topics:
        arn = topic["TopicArn"]
        topic["Attributes"] = ask("sns", "GetTopicAttributes", TopicArn=arn)["Attributes"]
        topic["Subscriptions"] = ask("sns", "ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]
        topic["Tags"] = ask("sns", "ListTagsForResource", ResourceArn=arn)["Tags"]
    logs = ask("logs", "DescribeLogGroups")["logGroups"]
    for group in logs:
        group["tags"] = ask("logs", "ListTagsLogGroup", logGroupName=group["logGroupName"])["tags"]
    parameters = [p for p in ask("ssm", "DescribeParameters")["Parameters"] if not p["Name"].startswith("/aws/")]
    for parameter in parameters:
        name = parameter["Name"]
        parameter["Value"] = ask("ssm", "GetParameter", Name=name)["Parameter"]["Value"]
        parameter["Tags"] = ask("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=name)["TagList"]
    return {"alarm": alarms, "dashboard": dashboards, "topic": topics, "log-group": logs, "parameter": parameters}


def _names(ask: Ask) -> dict[str, Any]:
    zones = ask("route53", "ListHostedZones")["HostedZones"]
    for zone in zones:
        zone["Records"] = ask("route53", "ListResourceRecordSets", HostedZoneId=zone["Id"].rpartition("/")[2])["ResourceRecordSets"]
    certificates = [
        {
            **{key: one[key] for key in ("DomainName", "Status", "Type")},
            "Names": sorted(one["SubjectAlternativeNameSummaries"]),
            "Tags": ask("acm", "ListTagsForCertificate", CertificateArn=one["CertificateArn"])["Tags"],
        }
        for one in ask("acm", "ListCertificates")["CertificateSummaryList"]
    ]
    return {"zone": zones, "certificate": certificates}


def _buckets(ask: Ask, ignored_keys: list[str]) -> dict[str, Any]:
    buckets = []
    for bucket in ask("s3", "ListBuckets").get("Buckets", []):
        name = bucket["Name"]
        shown: dict[str, Any] = {"Name": name}
        for setting, action in BUCKET.items():
            try:
                shown[setting] = ask("s3", action, Bucket=name)
            except Fault as fault:
                shown[setting] = fault.code
        if isinstance(shown["policy"], dict):
            shown["policy"] = json.loads(shown["policy"]["Policy"])
        objects = ask("s3", "ListObjectsV2", Bucket=name).get("Contents", [])
        shown["keys"] = {
            o["Key"]: o["ETag"]
            for o in objects
            if not any(re.search(pattern, f"{name}/{o['Key']}") for pattern in ignored_keys)
        }
        buckets.append(shown)
    return {"bucket": buckets}
