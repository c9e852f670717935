"""Certificates of ACM, which wait for records in the DNS, and names in Route 53, where a create overwrites nothing."""

from collections.abc import Iterator
from typing import Any

from moto.acm.models import CertBundle, acm_backends
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

from calls import Call
from rules import Fault, after, before
from state import ACCOUNT, STATE

PENDING = "PENDING_VALIDATION"

# moto would issue whatever has been asked for a minute ago.
CertBundle.check = lambda _: None


def zones() -> dict[str, Any]:
    return route53_backends[ACCOUNT]["aws"].zones


def certificate_of(call: Call, arn: str) -> Any:
    return acm_backends[ACCOUNT][call.region]._certificates.get(arn)


@before("acm", "RequestCertificate")
def request_certificate(_: Any, call: Call) -> None:
    if call.params.get("ValidationMethod") != "DNS":
        raise Fault("InvalidParameterException", "the emulator validates by DNS only")
    known = acm_backends[ACCOUNT][call.region]._idempotency_tokens
    if known.get(call.params.get("IdempotencyToken"), {}).get("arn") not in (None, *_certificates(call)):
        raise Fault("EmulatorUnsupported", "the token of a certificate that was deleted: AWS does not say what it does")


def _certificates(call: Call) -> list[str]:
    return list(acm_backends[ACCOUNT][call.region]._certificates)


@after("acm", "RequestCertificate")
def certificate_requested(_: Any, __: Call, result: dict[str, Any]) -> None:
    # Given again for a token, it is not a new one.
    extra = STATE.extra("certificate", result["CertificateArn"])
    if not extra:
        extra["requested"] = True
        STATE.transitions["certificate", result["CertificateArn"]] = STATE.steps


@before("acm", "DescribeCertificate")
def describe_certificate(_: Any, call: Call) -> None:
    arn = call.params["CertificateArn"]
    certificate = certificate_of(call, arn)
    if certificate is None:
        return
    extra = STATE.extra("certificate", arn)
    if certificate.status != PENDING:
        extra["hidden"] = False
        return
    left = STATE.step("certificate", arn)
    extra["hidden"] = left > 0 and not extra.get("validating")
    if extra["hidden"] and left == STATE.steps:
        raise Fault("ResourceNotFoundException", f"Could not find certificate {arn} in account {ACCOUNT}.")
    if STATE.validation == "failed":
        certificate.status = "FAILED"
    elif extra.get("validating") and left == 0:
        certificate.status = "ISSUED"
    elif not extra["hidden"] and not extra.get("validating") and _validated(certificate):
        extra["validating"] = True
        STATE.transitions["certificate", arn] = STATE.steps


def _validated(certificate: Any) -> bool:
    if STATE.validation != "records":
        return STATE.validation == "elsewhere"
    options = certificate.describe()["Certificate"]["DomainValidationOptions"]
    return all(_resolves(option["ResourceRecord"]) for option in options)


def _resolves(wanted: dict[str, str]) -> bool:
    """In a public zone: nobody outside sees a private one."""
    return any(
        record.name == wanted["Name"] and record.type == "CNAME" and record.records == [wanted["Value"]]
        for zone in zones().values()
        for record in zone.rrsets
        if not zone.private_zone
    )


@after("acm", "DescribeCertificate")
def certificate_described(_: Any, __: Call, result: dict[str, Any]) -> None:
    shown = result["Certificate"]
    if shown["Status"] == "FAILED":
        shown["FailureReason"] = "CAA_ERROR"
    if shown["Type"] == "AMAZON_ISSUED" and shown["Status"] != "ISSUED":
        for key in ("IssuedAt", "NotAfter", "NotBefore", "Serial", "Issuer"):
            shown.pop(key, None)
    if STATE.extra("certificate", shown["CertificateArn"]).get("hidden"):
        for option in shown["DomainValidationOptions"]:
            option.pop("ResourceRecord")


@after("acm", "ListCertificates")
def certificates_listed(_: Any, call: Call, result: dict[str, Any]) -> None:
    for shown in result["CertificateSummaryList"]:
        certificate = certificate_of(call, shown["CertificateArn"])
        shown["SubjectAlternativeNameSummaries"] = certificate.describe()["Certificate"]["SubjectAlternativeNames"]


@before("acm", "DeleteCertificate")
def delete_certificate(_: Any, call: Call) -> None:
    arn = call.params["CertificateArn"]
    # It takes a while until ACM has heard that it is in use no more.
    lately = STATE.extras.get(("certificate", arn), {}).pop("used", False)
    if lately or any(arn in listener.certificates for listener in _listeners(call)):
        raise Fault("ResourceInUseException", f"Certificate {arn} in account {ACCOUNT} is in use.")


def _listeners(call: Call) -> Iterator[Any]:
    for balancer in elbv2_backends[ACCOUNT][call.region].load_balancers.values():
        yield from balancer.listeners.values()


@before("elbv2", "CreateListener", "ModifyListener")
def use_certificate(_: Any, call: Call) -> None:
    for one in call.params.get("Certificates", []):
        arn = one["CertificateArn"]
        certificate = certificate_of(call, arn)
        if certificate is None:
            raise Fault("CertificateNotFound", f"Certificate '{arn}' not found")
        if certificate.status != "ISSUED":
            raise Fault(
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a "
                "supported key size.",
            )
        STATE.extra("certificate", arn)["used"] = True


@before("route53", "ChangeResourceRecordSets")
def change_records(_: Any, call: Call) -> None:
    zone = zones().get(call.params["HostedZoneId"])
    if zone is None:
        return
    for change in call.params["ChangeBatch"]["Changes"]:
        wanted = change["ResourceRecordSet"]
        name, kind = wanted["Name"].rstrip(".") + ".", wanted["Type"]
        there = [record for record in zone.rrsets if record.name == name]
        told = f"resource record set [name='{name}', type='{kind}']"
        if change["Action"] == "DELETE":
            _check_deleted(wanted, [record for record in there if record.type == kind], told)
        elif change["Action"] == "CREATE" and any(record.type == kind for record in there):
            raise _bad_batch(f"Tried to create {told} but it already exists")
        elif any("CNAME" in (kind, record.type) and record.type != kind for record in there):
            raise _bad_batch(
                f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with "
                f"the same DNS name in zone {zone.name}"
            )
        if change["Action"] != "DELETE" and "AliasTarget" in wanted:
            _check_alias(wanted["AliasTarget"], name, kind)


def _check_deleted(wanted: dict[str, Any], there: list[Any], told: str) -> None:
    if not there:
        raise _bad_batch(f"Tried to delete {told} but it was not found")
    values = [one["Value"] for one in wanted.get("ResourceRecords", [])]
    alias = there[0].alias_target or {}
    same = values == list(there[0].records or []) and int(wanted.get("TTL", 0)) == int(there[0].ttl or 0)
    if not same or wanted.get("AliasTarget", {}).get("DNSName") != alias.get("DNSName"):
        raise _bad_batch(f"Tried to delete {told} but the values provided do not match the current values")


def _check_alias(target: dict[str, Any], name: str, kind: str) -> None:
    balancers = [b for region in elbv2_backends[ACCOUNT].values() for b in region.load_balancers.values()]
    found = [b for b in balancers if target["DNSName"].removeprefix("dualstack.").rstrip(".") == b.dns_name]
    if not any(target["HostedZoneId"] == balancer.canonical_hosted_zone_id for balancer in found):
        raise _bad_batch(
            f"Tried to create an alias that targets {target['DNSName']}, type {kind} in zone {target['HostedZoneId']}, "
            f"but the alias target name does not lie within the target zone (for {name})"
        )


def _bad_batch(message: str) -> Fault:
    return Fault("InvalidChangeBatch", f"[{message}]")
