"""One API call, understood with botocore's service models: service, action, parameters, caller."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from botocore import parsers, serialize
from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers

import s3_operations
from rules import Fault

# Signing names that are not the names of botocore's models.
MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
}
SIGNING = {model: signing for signing, model in MODELS.items()}
READING = re.compile("^(Describe|Get|List|Head|Search|Lookup|Simulate|Validate|Test|Select|AssumeRole)")
CREDENTIAL = re.compile(r"Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request")


class Request:
    """The HTTP request, read completely."""

    def __init__(self, environ: dict[str, Any], body: bytes):
        self.environ = environ
        self.body = body
        self.method = environ["REQUEST_METHOD"]
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/"
        self.raw_path, _, self.query = raw.partition("?")
        self.headers = Headers(
            [(key[5:].replace("_", "-").lower(), value) for key, value in environ.items() if key.startswith("HTTP_")]
            + [
                (key.replace("_", "-").lower(), environ[key])
                for key in ("CONTENT_TYPE", "CONTENT_LENGTH")
                if environ.get(key)
            ]
        )
        authorization = self.headers.get("authorization", "")
        scope = CREDENTIAL.search(authorization) or CREDENTIAL.search(
            "Credential=" + dict(parse_qsl(self.query)).get("X-Amz-Credential", "")
        )
        self.access_key, self.date, self.region, self.signing = scope.groups() if scope else (None,) * 4


class Call:
    """Service, action and parameters of a request; knows how to write an answer in its protocol."""

    def __init__(self, service: str, action: str, params: dict, protocol: str, request: Request | None = None):
        self.service = service
        self.action = action
        self.params = params
        self.protocol = protocol
        self.request = request
        self.region = (request and request.region) or "eu-central-1"
        self.principal: str | None = None
        # The IAM actions that the caller must be allowed.
        self.needed: list[str] = []
        self.model = get_service_model(service).operation_model(action)

    @property
    def signing(self) -> str:
        return SIGNING.get(self.service, self.service)

    @property
    def mutating(self) -> bool:
        return not READING.match(self.action) and not self.params.get("DryRun")

    def result(self, status: int, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """What the client would read out of the answer."""
        parser = parsers.create_parser(self.protocol)
        answer = {"status_code": status, "headers": {k.lower(): v for k, v in headers.items()}, "body": body}
        parsed = parser.parse(answer, self.model.output_shape)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def answer(self, result: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        serializer = get_serializer_class(self.service, self.protocol)(self.model)
        answer = serializer.serialize(result)
        body = answer["body"]
        content_type = "application/x-amz-json-1.1" if self.protocol == "json" else "text/xml"
        headers = {"Content-Type": content_type, **answer["headers"]}
        return answer["status_code"], headers, body.encode() if isinstance(body, str) else body


def parse(request: Request) -> Call | None:
    """None when it is no AWS call that the models know."""
    if request.signing is None:
        # Without a signature it can only be meant for a bucket, or for sts.
        if request.method == "POST" and request.raw_path == "/":
            return None
        return _parse_s3(request)
    if request.signing == "s3":
        return _parse_s3(request)
    service = MODELS.get(request.signing, request.signing)
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        return None
    target = request.headers.get("x-amz-target")
    if target:
        return _parse_json(request, service, target.split(".")[-1])
    if model.protocol == "rest-xml":
        return _parse_rest(request, service)
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if "Action" not in form or form["Action"] not in model.operation_names:
        return None
    protocol = "ec2" if model.protocol == "ec2" else "query"
    return Call(service, form["Action"], _parameters(service, form["Action"], protocol, values=form), protocol, request)


def _parse_json(request: Request, service: str, action: str) -> Call:
    params = _parameters(service, action, "json", body=request.body, headers=request.headers)
    return Call(service, action, params, "json", request)


def _parse_rest(request: Request, service: str) -> Call | None:
    for action, method, path in _paths(service):
        match = path.fullmatch(request.raw_path)
        if match and method == request.method:
            labels = {name: unquote(value) for name, value in match.groupdict().items()}
            values = dict(parse_qsl(request.query, keep_blank_values=True))
            parts = {"body": request.body, "headers": request.headers, "values": values, "url_params": labels}
            return Call(service, action, _parameters(service, action, "rest-xml", **parts), "rest-xml", request)
    return None


@cache
def _paths(service: str) -> list[tuple[str, str, re.Pattern]]:
    model, paths = get_service_model(service), []
    for action in model.operation_names:
        http = model.operation_model(action).http
        path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", http["requestUri"].partition("?")[0].rstrip("/"))
        paths.append((action, http["method"], re.compile(path + "/?")))
    return paths


def _parse_s3(request: Request) -> Call | None:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    found = s3_operations.find(request.method, request.raw_path, query, request.headers)
    if found is None:
        return None
    action, labels = found
    labels = {name: unquote(value) for name, value in labels.items()}
    params: dict[str, Any] = dict(labels)
    # The body of an object is nobody's parameter; documents are parsed by who needs them.
    for name, shape in get_service_model("s3").operation_model(action).input_shape.members.items():
        location = shape.serialization.get("location")
        key = shape.serialization.get("name", name)
        if location == "querystring" and key in query:
            params[name] = query[key]
        elif location == "header" and key.lower() in request.headers:
            params[name] = request.headers[key.lower()]
    return Call("s3", action, params, "rest-xml", request)


def _parameters(service: str, action: str, protocol: str, **parts: Any) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](get_service_model(service).operation_model(action))
    request = {"method": "POST", "values": {}, "headers": {}, "body": b"", "url_path": "/", "url_params": {}, **parts}
    try:
        return parser.parse(request) or {}
    except (ValueError, TypeError) as error:
        raise Fault("ValidationError", f"cannot read the parameters of {action}: {error}") from error


@cache
def _serializer(protocol: str) -> Any:
    return serialize.create_serializer(protocol, include_validation=False)


def fault_answer(protocol: str, fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """The error as each protocol writes it."""
    code, message = _xml(fault.code), _xml(fault.message)
    if protocol == "json":
        body = json.dumps({"__type": fault.code, "message": fault.message})
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-query-error": f"{fault.code};Sender"}
        return fault.status, headers, body.encode()
    if protocol == "ec2":
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>"
    elif protocol == "rest-xml":
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>0</RequestId></Error>"
    else:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
    return fault.status, {"Content-Type": "text/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def request_of(service: str, action: str, params: dict[str, Any]) -> tuple[Call, dict[str, Any]]:
    """A call of the emulator's own, with the environment that moto's application expects."""
    model = get_service_model(service)
    protocol = {"smithy-rpc-v2-cbor": "json"}.get(model.protocol, model.protocol)
    operation = model.operation_model(action)
    parts = _serializer(protocol).serialize_to_request(params, operation)
    body, query = parts["body"], parts["query_string"]
    if isinstance(body, dict):
        body = urlencode(body)
    body = body.encode() if isinstance(body, str) else bytes(body or b"")
    if isinstance(query, dict):
        query = urlencode(query)
    path, _, fixed = parts["url_path"].partition("?")
    query = "&".join(part for part in (fixed, query) if part)
    signing = SIGNING.get(service, service)
    scope = f"AKIAEMULATOR/20200101/eu-central-1/{signing}/aws4_request"
    environ = {
        "REQUEST_METHOD": parts["method"],
        "RAW_URI": path + ("?" + query if query else ""),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    for key, value in parts["headers"].items():
        name = key.upper().replace("-", "_")
        environ["CONTENT_TYPE" if name == "CONTENT_TYPE" else f"HTTP_{name}"] = value
    environ["PATH_INFO"] = unquote(path)
    environ["QUERY_STRING"] = query
    request = Request(environ, body)
    return Call(service, action, params, protocol, request), environ
