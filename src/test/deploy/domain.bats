#!/usr/bin/env bats
#
# HTTPS with one word: DOMAIN gets a certificate and records, from whatever state a run before has left, and what is somebody
# else's stays as it is.
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  base_of 'network_ensure security_ensure balancer_ensure'
  ZONE=$(make_zone example.org)
  TEAM=$(make_zone team.example.org)
  DNS=$(reads 'LoadBalancers[].DNSName' elbv2 describe-load-balancers)
  export ZONE TEAM DNS
  # Nobody outside sees it.
  make_zone metrics.team.example.org --hosted-zone-config PrivateZone=true --vpc \
    "VPCRegion=eu-central-1,VPCId=$(reads 'Vpcs[0].VpcId' ec2 describe-vpcs)"
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# make_zone NAME [OPTIONS]
make_zone() {
  reads HostedZone.Id route53 create-hosted-zone --name "$1" --caller-reference "$1" "${@:2}"
}

# records ZONE: name, type and value of each that is not the zone's own.
records() {
  aws route53 list-resource-record-sets --hosted-zone-id "$1" --output json | jq -r '.ResourceRecordSets[]
    | select(.Type != "NS" and .Type != "SOA") | [.Name, .Type, (.AliasTarget.DNSName // .ResourceRecords[0].Value)] | join(" ")' | sort
}

# put_record ZONE NAME TYPE VALUE
put_record() {
  aws route53 change-resource-record-sets --hosted-zone-id "$1" --change-batch "$(jq -n --arg name "$2" --arg type "$3" --arg value "$4" \
    '{Changes: [{Action: "CREATE", ResourceRecordSet: {Name: $name, Type: $type, TTL: 60, ResourceRecords: [{Value: $value}]}}]}')"
}

certificates() {
  reads 'CertificateSummaryList[].CertificateArn' acm list-certificates
}

listener() {
  local balancer
  balancer=$(reads 'LoadBalancers[0].LoadBalancerArn' elbv2 describe-load-balancers)
  reads "Listeners[?Port==\`$1\`].[$2]" elbv2 describe-listeners --load-balancer-arn "$balancer"
}

validated_by='_c9edd76ee4a0e2a74388032f3861cc50.ykybfrwcxw.acm-validations.aws.'

# led_here NAME: its records as they should be.
led_here() {
  printf '%s\n' "_d930b28be6c5927595552b219965053e.$1. CNAME $validated_by" "$1. A $DNS"
}

inventory() {
  strict inventory '{}'
}

@test "one word makes certificate, records, HTTPS and a redirect; a second run changes nothing" {
  run changes balancer_ensure DOMAIN=metrics.example.org
  echo "$output"
  [ "$(sed '/Listener\|Rule/d' <<<"$output")" = 'RequestCertificate
AddTags
ChangeResourceRecordSets
ChangeResourceRecordSets' ]
  [ "$(records "$ZONE")" = "$(led_here metrics.example.org)" ]
  expect 'the certificate that is asked for' 'metrics.example.org ISSUED' \
    "$(reads 'Certificate.[DomainName,Status]' acm describe-certificate --certificate-arn "$(certificates)")"
  expect 'whose it is' 'fleetdash-prod prod' "$(reads 'sort_by(Tags,&Key)[].Value' acm list-tags-for-certificate --certificate-arn "$(certificates)")"
  expect HTTPS "HTTPS $(certificates)" "$(listener 443 'Protocol,Certificates[0].CertificateArn')"
  expect 'HTTP leads there' 'redirect HTTPS' "$(listener 80 'DefaultActions[0].Type,DefaultActions[0].RedirectConfig.Protocol')"
  [ -z "$(changes balancer_ensure DOMAIN=metrics.example.org)" ]
  [ -z "$(plan balancer_ensure DOMAIN=Metrics.Example.org)" ]
  [ "$(plan balancer_url DOMAIN=metrics.example.org)" = https://metrics.example.org ]
}

@test "HTTPS is let in by a name alone" {
  [ "$(changes security_ensure DOMAIN=metrics.example.org)" = AuthorizeSecurityGroupIngress ]
  [ -z "$(changes security_ensure CERTIFICATE_ARN=none DOMAIN=metrics.example.org | sed '/^RevokeSecurityGroupIngress$/d')" ]
}

@test "a plan says what it takes, and changes nothing" {
  run plan balancer_ensure DOMAIN=metrics.example.org
  [ "$status" = 0 ]
  [ "$(head -n 4 <<<"$output" | cut -f1,2)" = 'request	certificate for metrics.example.org
create	record that validates metrics.example.org
set	marks of balancer fleetdash-prod
create	record metrics.example.org' ]
  [[ $output == *$'create\tlistener 443'* ]]
}

@test "several names are in one certificate, and each in the public zone that is nearest to it" {
  changes balancer_ensure DOMAIN=metrics.team.example.org,example.org
  [ "$(records "$TEAM")" = "$(led_here metrics.team.example.org)" ]
  [ "$(records "$ZONE")" = "$(led_here example.org)" ]
  expect names 'example.org metrics.team.example.org' \
    "$(reads 'sort(Certificate.SubjectAlternativeNames)' acm describe-certificate --certificate-arn "$(certificates)")"
  [ -z "$(changes balancer_ensure DOMAIN=metrics.team.example.org,example.org)" ]
}

@test "a name that leads elsewhere is left to whom it belongs, before anything is made" {
  put_record "$ZONE" metrics.example.org CNAME other.example.com
  run changes balancer_ensure DOMAIN=metrics.example.org
  [ "$status" != 0 ]
  [[ $output == *'metrics.example.org leads to other.example.com already, and that record was not made here: delete it in Route 53'* ]]
  [ "$(records "$ZONE")" = 'metrics.example.org. CNAME other.example.com' ]
  run plan balancer_ensure DOMAIN=metrics.example.org
  [[ $(<"$BATS_TEST_TMPDIR/log") == *'metrics.example.org leads to other.example.com already'* ]]
}

@test "a record that leads here already is somebody's, and stays" {
  put_record "$ZONE" metrics.example.org CNAME "$DNS"
  changes balancer_ensure DOMAIN=metrics.example.org
  changes balancer_ensure
  [ "$(records "$ZONE")" = "metrics.example.org. CNAME $DNS" ]
}

@test "with the zone elsewhere the records are said, and whoever comes back goes on with the same certificate" {
  local arn
  CERTIFICATE_SECONDS=0 run changes balancer_ensure DOMAIN=metrics.example.net
  [ "$status" != 0 ]
  [[ $output == *'no public zone of account 123456789012 holds metrics.example.net: create these records where its zone is'* ]]
  [[ $output == *"  _d930b28be6c5927595552b219965053e.metrics.example.net. CNAME $validated_by"* ]]
  [[ $output == *"  metrics.example.net. CNAME $DNS."* ]]
  [[ $output == *'run the same command again: it goes on with the same certificate'* ]]
  arn=$(certificates)
  strict config '{"validation": "elsewhere"}'
  run changes balancer_ensure DOMAIN=metrics.example.net
  [[ $output != *RequestCertificate* ]]
  expect 'the same certificate' "$arn $arn" "$(certificates) $(listener 443 'Certificates[0].CertificateArn')"
  [ -z "$(records "$ZONE")" ]
}

@test "a validation that never comes ends with the records that ACM looks for" {
  strict config '{"validation": "never"}'
  CERTIFICATE_SECONDS=0 run changes balancer_ensure DOMAIN=metrics.example.org
  [ "$status" != 0 ]
  [[ $output == *"ACM has not found the records that validate metrics.example.org yet: _d930b28be6c5927595552b219965053e.metrics.example.org. CNAME $validated_by."* ]]
  [ -z "$(listener 443 Protocol)" ]
}

@test "a certificate that ACM refuses makes way for another" {
  local former
  strict config '{"validation": "failed"}'
  run changes balancer_ensure DOMAIN=metrics.example.org
  [[ $output == *'ACM does not issue the certificate for metrics.example.org: FAILED (CAA_ERROR)'* ]]
  former=$(certificates)
  strict config '{"validation": "records"}'
  changes balancer_ensure DOMAIN=metrics.example.org
  [[ $(certificates) != *"$former"* && $(certificates) == "$(listener 443 'Certificates[0].CertificateArn')" ]]
  [ -z "$(changes balancer_ensure DOMAIN=metrics.example.org)" ]
}

@test "whatever call a run ended at, the next goes on: one certificate, each record once" {
  local call
  changes balancer_ensure DOMAIN=metrics.example.org
  inventory >"$BATS_TEST_TMPDIR/whole"
  for call in DescribeCertificate AddTags ChangeResourceRecordSets CreateListener; do
    fork_emulator
    strict config "{\"action\": \"$call\", \"code\": \"Weird\"}"
    run changes balancer_ensure DOMAIN=metrics.example.org
    [ "$status" != 0 ]
    changes balancer_ensure DOMAIN=metrics.example.org
    inventory | diff "$BATS_TEST_TMPDIR/whole" -
  done
}

@test "another name gets another certificate, and what was made for the former goes" {
  local former
  changes balancer_ensure DOMAIN=metrics.example.org
  former=$(certificates)
  changes balancer_ensure DOMAIN=dash.example.org
  [ "$(records "$ZONE")" = "$(led_here dash.example.org)" ]
  [[ $(certificates) != *"$former"* && $(certificates) == "$(listener 443 'Certificates[0].CertificateArn')" ]]
  [ -z "$(changes balancer_ensure DOMAIN=dash.example.org)" ]
}

@test "a name that is given up leaves nothing behind" {
  inventory >"$BATS_TEST_TMPDIR/before"
  changes balancer_ensure DOMAIN=metrics.example.org
  changes balancer_ensure
  inventory | diff "$BATS_TEST_TMPDIR/before" -
  [ -z "$(plan balancer_ensure)" ]
}

@test "a record that validates another certificate too stays" {
  changes balancer_ensure DOMAIN=metrics.example.org
  aws acm request-certificate --domain-name metrics.example.org --validation-method DNS
  changes balancer_ensure
  [ "$(records "$ZONE")" = "_d930b28be6c5927595552b219965053e.metrics.example.org. CNAME $validated_by" ]
}

@test "a certificate of one's own is used as it is, and its name led here where it leads nowhere" {
  local certificate
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=metrics.example.org -days 1 \
    -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/certificate" 2>/dev/null
  certificate=$(reads CertificateArn acm import-certificate --certificate "fileb://$BATS_TEST_TMPDIR/certificate" \
    --private-key "fileb://$BATS_TEST_TMPDIR/key")
  put_record "$ZONE" proxied.example.org A 192.0.2.1
  run changes balancer_ensure CERTIFICATE_ARN="$certificate" DOMAIN=metrics.example.org,proxied.example.org
  [[ $output != *RequestCertificate* ]]
  [ "$(records "$ZONE")" = "metrics.example.org. A $DNS
proxied.example.org. A 192.0.2.1" ]
  [ "$(listener 443 'Certificates[0].CertificateArn')" = "$certificate" ]
  changes balancer_ensure
  [ "$(certificates)" = "$certificate" ]
  [ "$(records "$ZONE")" = 'proxied.example.org. A 192.0.2.1' ]
}

@test "where settings are forgotten, a certificate that was requested is not taken for one that was brought" {
  changes balancer_ensure DOMAIN=metrics.example.org
  run plan 'adopt_balancer settings_print' DOMAIN=metrics.example.org
  [[ $output == *DOMAIN* && $output != *CERTIFICATE_ARN* ]]
  aws elbv2 remove-tags --tag-keys fleetdash:certificate \
    --resource-arns "$(reads 'LoadBalancers[0].LoadBalancerArn' elbv2 describe-load-balancers)"
  run plan 'adopt_balancer settings_print' DOMAIN=metrics.example.org
  [[ $output == *CERTIFICATE_ARN* ]]
}

@test "CERTIFICATE_ARN=none serves the name over plain HTTP" {
  run changes balancer_ensure CERTIFICATE_ARN=none DOMAIN=dash.example.net
  [ -z "$output" ]
  [[ $(plan balancer_url CERTIFICATE_ARN=none DOMAIN=dash.example.net) == "http://$DNS" ]]
}

@test "destroying it removes its records and its certificate, and no others" {
  changes balancer_ensure DOMAIN=metrics.example.org
  aws acm request-certificate --domain-name other.example.org --validation-method DNS
  put_record "$ZONE" other.example.org A 192.0.2.1
  changes 'domain_delete balancer_delete certificate_delete' DOMAIN=metrics.example.org
  [ "$(records "$ZONE")" = 'other.example.org. A 192.0.2.1' ]
  [ "$(reads 'CertificateSummaryList[].DomainName' acm list-certificates)" = other.example.org ]
  [ -z "$(plan 'domain_delete balancer_delete certificate_delete' DOMAIN=metrics.example.org)" ]
}
