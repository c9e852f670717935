"""The instance metadata service, version 2, as an instance with tags sees it: imds.py DIRECTORY

The directory's files are read for each request, so that a test can change what is said:
  instance.json     instanceId, region, availabilityZone, instanceType, imageId, privateIp, accountId
  credentials.json  of the role: RoleName, AccessKeyId, SecretAccessKey, Token, Expiration
  tags.json         name to value
  lifecycle         the Auto Scaling group's target state
  user-data         as the launch template holds it
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "a-token-of-this-boot"
VERSIONS = ("2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
directory = Path(sys.argv[1])


def load(name: str) -> dict[str, str]:
    return json.loads((directory / name).read_text())


def tree() -> dict[str, str]:
    """Every leaf below meta-data/."""
    instance = load("instance.json")
    credentials = load("credentials.json")
    mac = "02:00:00:00:00:02"
    leaves = {
        "ami-id": instance["imageId"],
        "instance-id": instance["instanceId"],
        "instance-type": instance["instanceType"],
        "hostname": instance["instanceId"],
        "local-hostname": instance["instanceId"],
        "local-ipv4": instance["privateIp"],
        "mac": mac,
        "placement/availability-zone": instance["availabilityZone"],
        "placement/region": instance["region"],
        f"network/interfaces/macs/{mac}/device-number": "0",
        f"network/interfaces/macs/{mac}/local-ipv4s": instance["privateIp"],
        "autoscaling/target-lifecycle-state": (directory / "lifecycle").read_text().strip(),
        "iam/security-credentials/" + credentials["RoleName"]: json.dumps(
            {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", **credentials}
        ),
    }
    for name, value in load("tags.json").items():
        leaves["tags/instance/" + name] = value
    return leaves


def meta_data(path: str) -> str | None:
    leaves = tree()
    if path in leaves:
        return leaves[path]
    prefix = path if path == "" or path.endswith("/") else path + "/"
    below = {leaf.removeprefix(prefix) for leaf in leaves if leaf.startswith(prefix)}
    names = {name.split("/")[0] + "/" if "/" in name else name for name in below}
    return "\n".join(sorted(names)) or None


def answer(path: str) -> str | None:
    if path == "":
        return "\n".join(VERSIONS)
    version, _, rest = path.partition("/")
    if version not in VERSIONS:
        return None
    if rest in ("", "dynamic/"):
        return "instance-identity/" if rest else "dynamic/\nmeta-data/\nuser-data"
    if rest == "user-data":
        return (directory / "user-data").read_text()
    if rest == "dynamic/instance-identity/document":
        return json.dumps(load("instance.json"))
    if rest == "dynamic/instance-identity/":
        return "document"
    if rest.startswith("meta-data"):
        return meta_data(rest.removeprefix("meta-data").removeprefix("/"))
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        asked = "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
        self._say(200, TOKEN) if self.path == "/latest/api/token" and asked else self._say(400, "")

    def do_GET(self) -> None:
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self._say(401, "")
            return
        found = answer(self.path.lstrip("/"))
        self._say(404, "") if found is None else self._say(200, found)

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("169.254.169.254", 80), Handler).serve_forever()
