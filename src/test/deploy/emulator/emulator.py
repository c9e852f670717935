"""AWS as strict as the deployment needs it: moto behind a gateway. Prints its URL; ends with its standard input."""

import gc
import os
import sys

os.environ.setdefault("MOTO_ACCOUNT_ID", "123456789012")
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
# Objects stay in memory: in a file, copies of the emulator would share its position.
os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(1 << 30)

import balancing  # noqa: E402, F401
import completion  # noqa: E402, F401
import endpoints  # noqa: E402, F401
import forks  # noqa: E402
import identity  # noqa: E402, F401
import interfaces  # noqa: E402, F401
import names  # noqa: E402, F401
import network  # noqa: E402, F401
import refresh  # noqa: E402, F401
import scaling  # noqa: E402, F401
import sessions  # noqa: E402, F401
import storage  # noqa: E402, F401
from gateway import Gateway  # noqa: E402

# The first call to a service loads it; better before the first fork than after.
WARM = {
    "acm": "ListCertificates",
    "autoscaling": "DescribeAutoScalingGroups",
    "cloudwatch": "DescribeAlarms",
    "ec2": "DescribeVpcs",
    "elbv2": "DescribeLoadBalancers",
    "iam": "ListRoles",
    "logs": "DescribeLogGroups",
    "resourcegroupstaggingapi": "GetResources",
    "route53": "ListHostedZones",
    "s3": "ListBuckets",
    "secretsmanager": "ListSecrets",
    "sns": "ListTopics",
    "ssm": "DescribeParameters",
    "sts": "GetCallerIdentity",
}


def main() -> None:
    gateway = Gateway()
    for service, action in WARM.items():
        gateway.ask(service, action)
    listener = forks.listen()
    # What exists now lives as long as the process, and stays shared with its copies.
    gc.freeze()
    print(forks.endpoint(listener), flush=True)
    # Nobody reads on.
    os.dup2(2, 1)
    forks.serve(gateway, listener, sys.stdin.fileno())


if __name__ == "__main__":
    main()
