#!/usr/bin/env bats
#
# A fleet that only engineers look at: no balancer, and nobody comes in from outside.
# shellcheck disable=SC2030,SC2031,SC2154 # bats sets status, output and stderr, anew for each test

bats_require_minimum_version 1.5.0
load deploy

inward=(ALLOW_CIDR= BALANCER=none NAT_MODE=none)

setup_file() {
  deployed_emulator "${inward[@]}"
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

group() {
  aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod --output text --query "AutoScalingGroups[0].$1"
}

# together: of the bill that was printed, at the least number of instances.
together() {
  awk '/^together/ { print $2 }' <<<"$output"
}

# before A B: the first call of A came before the first of B.
before() {
  mutations | awk -v a="$1" -v b="$2" '$2 == a && !x { x = NR } $2 == b && !y { y = NR } END { exit !(x && y && x < y) }' || {
    echo "$1 is not before $2:"
    mutations
    return 1
  }
}

@test "it is deployed without a balancer, and ends with the way in" {
  [ "$(tail -n 1 "$BATS_FILE_TMPDIR/deploy.out")" = 'make open REGION=eu-central-1 ENV=prod' ]
  [ -z "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerName' --output text)" ]
  [ "$(group HealthCheckType)" = EC2 ]
  # What instances trust is in user-data, and nobody stands before them.
  run aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "\$Latest" \
    --query 'LaunchTemplateVersions[0].LaunchTemplateData.UserData' --output text
  [[ $(base64 -d <<<"$output") == *"FLEETDASH_TRUST_PROXY='' FLEETDASH_ALLOW_HOSTS=''"* ]]
  run aws ec2 describe-security-groups --filters Name=tag:fleetdash:environment,Values=prod --query 'sort(SecurityGroups[].GroupName)' --output text
  [ "$output" = $'fleetdash-prod-endpoints\tfleetdash-prod-hosts' ]
}

@test "the next deploy needs no ALLOW_CIDR and changes nothing; nothing is wrong" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy ALLOW_CIDR=
  [ "$status" = 0 ]
  [[ $stderr == *'nothing to change'* ]]
  run --separate-stderr fleetdash doctor
  said 'every instance is in service'
  said 'Nothing is wrong.'
  run --separate-stderr fleetdash status
  said 'make open REGION=eu-central-1 ENV=prod'
  said 'fleetdash-prod-no-healthy-host'
  said 'InService  Healthy  none      current'
  [ "$status" = 0 ]
  [ -z "$(mutations)" ]
}

@test "the bill is half of the standard one, and a third with endpoints in one zone" {
  run --separate-stderr fleetdash plan ALLOW_CIDR=
  awk -v sum="$(together)" 'BEGIN { exit !(sum > 50 && sum <= 65) }'
  said 'With a balancer and NAT in each zone it would be 122.07 at 2 instances.'
  run --separate-stderr fleetdash plan ALLOW_CIDR= ENDPOINT_ZONES=1
  awk -v sum="$(together)" 'BEGIN { exit !(sum > 30 && sum <= 45) }'
  run --separate-stderr fleetdash plan ENV=other VPC_CIDR=10.90.0.0/20
  [[ $output != *'it would be'* ]]
}

@test "what only a balancer does is refused, all at once and by name" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy ALLOW_CIDR=203.0.113.0/24 DOMAIN=dash.example.org OIDC_CLIENT_ID=me ACCESS_LOGS=yes
  [ "$status" = 2 ]
  local key
  for key in ALLOW_CIDR DOMAIN OIDC_CLIENT_ID ACCESS_LOGS; do
    [[ $stderr == *"fleetdash: $key: with BALANCER=none nobody comes in"* ]]
  done
  run --separate-stderr fleetdash deploy ALLOW_CIDR= BALANCER=nome
  [[ $stderr == *'BALANCER "nome": application or none'* ]]
  [ -z "$(mutations)" ]
}

@test "a release that does not start is rolled back, and one that does rolls out" {
  run --separate-stderr fleetdash deploy ALLOW_CIDR= FLUSH=30s
  [ "$status" = 0 ]
  [[ $stderr == *'2 of 2 instances healthy'* || $output == *'make open'* ]]
  strict config '{"refresh_outcome": "failed"}'
  run --separate-stderr fleetdash deploy ALLOW_CIDR= FLUSH=20s
  [ "$status" = 1 ]
}

@test "who goes back waits for the group where it has no balancer, whatever settings say" {
  local current
  current=$(aws ssm get-parameter --name /fleetdash/prod/current --query Parameter.Value --output text)
  aws ssm put-parameter --overwrite --name /fleetdash/prod/settings --value '{"ALLOW_CIDR":"203.0.113.0/24"}'
  run --separate-stderr fleetdash rollback "VERSION=${current%%:*}"
  echo "$stderr"
  [ "$status" = 0 ]
  [[ $stderr == *'runs already'* ]]
  [ "$output" = 'make open REGION=eu-central-1 ENV=prod' ]
}

@test "a balancer comes, and goes without an instance that it calls unhealthy" {
  run --separate-stderr fleetdash deploy BALANCER=application
  echo "$stderr"
  [ "$status" = 0 ]
  [[ $(tail -n 1 <<<"$output") == http://fleetdash-prod* ]]
  [ "$(group HealthCheckType)" = ELB ]
  [ -n "$(group 'TargetGroupARNs[]')" ]
  run --separate-stderr fleetdash plan
  said 'Nothing would change.'

  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy "${inward[@]}"
  echo "$stderr"
  [ "$status" = 0 ]
  before UpdateAutoScalingGroup DeleteLoadBalancer
  before DetachLoadBalancerTargetGroups DeleteTargetGroup
  before DeleteLoadBalancer RevokeSecurityGroupIngress
  [ "$(group HealthCheckType)" = EC2 ]
  [ -z "$(aws ec2 describe-security-groups --filters Name=group-name,Values=fleetdash-prod-balancer --query 'SecurityGroups[].GroupId' --output text)" ]
  run --separate-stderr fleetdash plan ALLOW_CIDR=
  said 'Nothing would change.'
}

@test "it goes as a whole" {
  run --separate-stderr fleetdash destroy
  [ "$status" = 0 ]
  run --separate-stderr fleetdash status
  said 'There is no deployment prod'
  [ -z "$(aws ec2 describe-vpcs --filters Name=is-default,Values=false --query 'Vpcs[].VpcId' --output text)" ]
}
