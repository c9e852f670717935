#!/usr/bin/env bats
#
# Certificates and names: what AWS refuses, and what takes its time.

load emulator
# shellcheck source-path=SCRIPTDIR source=fixture.bash
source "$BATS_TEST_DIRNAME/fixture.bash"

setup_file() {
  start_emulator
  make_network
  make_balancer
  zone=$(text aws route53 create-hosted-zone --name example.org --caller-reference 1 --query HostedZone.Id)
  export zone
}

setup() {
  fork_emulator
}

teardown_file() {
  stop_emulator
}

# change ACTION NAME TYPE VALUE
change() {
  aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch "$(jq -n --arg action "$1" --arg name "$2" --arg type "$3" \
    --arg value "$4" '{Changes: [{Action: $action, ResourceRecordSet: {Name: $name, Type: $type, TTL: 60, ResourceRecords: [{Value: $value}]}}]}')"
}

# alias NAME DNS-NAME
alias_to() {
  aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch "$(jq -n --arg name "$1" --arg dns "$2" \
    '{Changes: [{Action: "CREATE", ResourceRecordSet: {Name: $name, Type: "A",
      AliasTarget: {HostedZoneId: "Z2P70J7EXAMPLE", DNSName: $dns, EvaluateTargetHealth: false}}}]}')"
}

request() {
  text aws acm request-certificate --domain-name "$1" --validation-method DNS --query CertificateArn
}

describe() {
  text aws acm describe-certificate --certificate-arn "$certificate" --query "Certificate.$1"
}

listen() {
  aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTPS --port 443 --certificates "CertificateArn=$certificate" \
    --default-actions "Type=forward,TargetGroupArn=$target_group"
}

@test "a record is created once, beside no CNAME, and deleted only as it is" {
  change CREATE a.example.org A 192.0.2.1
  refused InvalidChangeBatch change CREATE a.example.org A 192.0.2.2
  refused InvalidChangeBatch change CREATE a.example.org CNAME b.example.org
  refused InvalidChangeBatch change DELETE a.example.org A 192.0.2.2
  refused InvalidChangeBatch change DELETE b.example.org A 192.0.2.1
  change DELETE a.example.org A 192.0.2.1
  is "$(text aws route53 list-resource-record-sets --hosted-zone-id "$zone" --query "length(ResourceRecordSets[?Type=='A'])")" 0
}

@test "an alias leads to a balancer that is there" {
  alias_to a.example.org "$(text aws elbv2 describe-load-balancers --query 'LoadBalancers[0].DNSName')"
  refused InvalidChangeBatch alias_to b.example.org nobody.eu-central-1.elb.amazonaws.com
}

@test "a certificate is known after a while, issued when its record is there, and used only then" {
  local record value status
  certificate=$(request dash.example.org)
  refused ResourceNotFoundException describe Status
  is "$(describe 'DomainValidationOptions[0].ResourceRecord')" None
  read -r record value < <(describe 'DomainValidationOptions[0].ResourceRecord.[Name,Value]')
  refused UnsupportedCertificate listen
  is "$(describe Status) $(describe Status) $(describe Status) $(describe Status)" \
    'PENDING_VALIDATION PENDING_VALIDATION PENDING_VALIDATION PENDING_VALIDATION'
  change CREATE "$record" CNAME "$value"
  while status=$(describe Status) && [[ $status == PENDING_VALIDATION ]]; do :; done
  is "$status" ISSUED
  listen
  refused ResourceInUseException aws acm delete-certificate --certificate-arn "$certificate"
}

@test "who may create records of a type may do no more" {
  local keys
  aws iam create-user --user-name names
  aws iam put-user-policy --user-name names --policy-name names --policy-document '{"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "route53:ChangeResourceRecordSets", "Resource": "arn:aws:route53:::hostedzone/*", "Condition":
      {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsActions": ["CREATE"], "route53:ChangeResourceRecordSetsRecordTypes": ["A"]}}}}'
  keys=$(text aws iam create-access-key --user-name names --query 'AccessKey.[AccessKeyId,SecretAccessKey]')
  strict config '{"enforce_iam": true}'
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <<<"$keys"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  change CREATE a.example.org A 192.0.2.1
  refused AccessDenied change UPSERT a.example.org A 192.0.2.2
  refused AccessDenied change CREATE b.example.org MX '1 a.example.org'
  refused AccessDenied aws route53 list-hosted-zones
}
