#!/usr/bin/env bats
#
# Whole commands against the emulator: from nothing, again, what was changed by hand, interrupted, and gone.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets status, output and stderr, anew for each test
bats_require_minimum_version 1.5.0
load deploy

setup_file() {
  deployed_emulator
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

@test "a deploy from nothing ends with the URL" {
  [[ $(tail -n 1 "$BATS_FILE_TMPDIR/deploy.out") == http://fleetdash-prod*.elb.amazonaws.com ]]
}

@test "a deploy warns that plain HTTP can be read on the way" {
  grep -q 'warning: without DOMAIN or CERTIFICATE_ARN' "$BATS_FILE_TMPDIR/deploy.log"
}

@test "the second deploy makes no mutating call" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy
  [ "$status" = 0 ]
  [[ $stderr == *'nothing to change'* ]]
  [ -z "$(mutations)" ]
}

# The first instance of the group.
first_instance() {
  aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod \
    --query 'AutoScalingGroups[0].Instances[0].InstanceId' --output text
}

# checks INSTANCE STATUS…: what the balancer is answered from now on. Then more of them than it takes to act.
checks() {
  local instance=$1 i
  shift
  strict config "{\"health_checks\": {\"$instance\": $(jq -nc '[$ARGS.positional[] | tonumber]' --args "$@")}}"
  for ((i = 0; i < 12; i++)); do
    first_instance >/dev/null
  done
}

# restarted_with DRAIN: what the balancer is answered while systemctl restarts an instance, at worst: from the signal until the
# next start answers go by the drain and at most ten seconds.
restarted_with() {
  local -i fails=$((($1 + 10 + 4) / 5))
  printf '503 %.0s' $(seq "$fails")
  echo 200
}

@test "systemctl restart on an instance costs the group no instance" {
  local instance drain
  instance=$(first_instance)
  drain=$(aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "\$Latest" \
    --query 'LaunchTemplateVersions[0].LaunchTemplateData.UserData' --output text \
    | base64 -d | sed -n "s/.* FLEETDASH_DRAIN='\([0-9]*\)s'.*/\1/p")

  # shellcheck disable=SC2046 # one word each
  checks "$instance" $(restarted_with "$drain")
  [ "$(first_instance)" = "$instance" ]

  # As long as the unit drains for other balancers would be too long.
  drain=$(sed -n 's/^Environment=FLEETDASH_DRAIN=\([0-9]*\)s$/\1/p' "$root/systemd/fleetdash.service")
  # shellcheck disable=SC2046 # one word each
  checks "$instance" $(restarted_with "$drain")
  [ "$(first_instance)" != "$instance" ]
}

@test "an instance whose process hangs is replaced" {
  local instance
  instance=$(first_instance)
  checks "$instance" 504
  [ "$(first_instance)" != "$instance" ]
}

@test "plan names what would change and what the deployment costs, and changes nothing" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash plan MAX_SIZE=6 CPU_TARGET=60
  [ "$status" = 0 ]
  said '2 to 4 → 2 to 6'
  said 'NAT, 2 with an address each'
  said together
  [ -z "$(mutations)" ]
}

@test "status shows instances, health, version, alarms, URL and cost, and changes nothing" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash status
  [ "$status" = 0 ]
  said 'InService  Healthy  healthy   current'
  said 'http://fleetdash-prod'
  said fleetdash-prod-no-healthy-host
  said 'together'
  [ "$(grep -c '^i-' <<<"$output")" = 2 ]
  [ -z "$(mutations)" ]
}

@test "a name of one's own is rolled out, and said where it has to lead" {
  run --separate-stderr fleetdash deploy DOMAIN=dash.example.org CERTIFICATE_ARN=none
  [ "$status" = 0 ]
  [[ $stderr == *'dash.example.org has to lead to fleetdash-prod'*'by CNAME'* ]]
  [[ $output == *'roll out'* ]]
  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy DOMAIN=dash.example.org
  [ "$status" = 0 ]
  [ -z "$(mutations)" ]
}

@test "a certificate without the name that it is for is refused before anything is changed" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash deploy CERTIFICATE_ARN=arn:aws:acm:eu-central-1:123456789012:certificate/x
  [ "$status" = 1 ]
  [[ $stderr == *'DOMAIN=dash.example.org'* ]]
  [ -z "$(mutations)" ]
}

# tagged KEY=VALUE: what costs, or is for what costs, and has that tag; a kind each.
tagged() {
  local key=${1%%=*} value=${1#*=} bucket
  aws ec2 describe-tags --filters "Name=key,Values=$key" "Name=value,Values=$value" --query 'Tags[].ResourceType' --output text | xargs -n 1
  aws elbv2 describe-tags --resource-arns "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerArn' --output text)" \
    --query "TagDescriptions[].Tags[?Key=='$key'&&Value=='$value'][].Key" --output text | sed 's/.*/balancer/'
  aws autoscaling describe-tags --filters "Name=key,Values=$key" --query "Tags[?Value=='$value'&&PropagateAtLaunch].ResourceType" --output text
  for bucket in data releases; do
    aws s3api get-bucket-tagging --bucket "fleetdash-prod-123456789012-eu-central-1-$bucket" --query "TagSet[?Key=='$key'&&Value=='$value'].Key" --output text | sed 's/.*/bucket/'
  done
  aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "\$Latest" --output text \
    --query "LaunchTemplateVersions[].LaunchTemplateData.TagSpecifications[?Tags[?Key=='$key'&&Value=='$value']].ResourceType" | xargs -n 1
}

@test "what costs is tagged as wanted, also where it stands already, and what others tagged is left" {
  aws elbv2 add-tags --resource-arns "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerArn' --output text)" --tags 'Key=By hand,Value=a b'
  run --separate-stderr fleetdash deploy TAGS=CostCenter=42,Team=web/a
  echo "$stderr"
  [ "$status" = 0 ]
  run tagged CostCenter=42
  echo "$output"
  [ "$(sort <<<"$output" | uniq -c | xargs)" = "1 auto-scaling-group 1 balancer 2 bucket 3 instance 2 nat-gateway 1 volume 2 vpc-elastic-ip 1 vpc-endpoint" ]
  run --separate-stderr fleetdash plan
  [ "${lines[0]}" = 'Nothing would change.' ]
  run --separate-stderr fleetdash plan TAGS=
  [[ $output == *'setting TAGS: CostCenter=42,Team=web/a → none'* ]]
}

@test "status of what is not there says how to make it" {
  run --separate-stderr fleetdash status ENV=other
  [ "$status" = 0 ]
  said 'make deploy creates one'
}

@test "doctor finds nothing wrong with a fresh deployment, and changes nothing" {
  strict reset-calls '{}'
  run --separate-stderr fleetdash doctor
  echo "$output"
  [ "$status" = 0 ]
  said 'Nothing is wrong.'
  [ -z "$(mutations)" ]
}

@test "doctor finds nothing wrong with what is not there" {
  run --separate-stderr fleetdash doctor ENV=other
  [ "$status" = 0 ]
  said 'nothing of other is deployed in eu-central-1: make deploy creates it'
  [[ $output != *drift* && $output != *NAT* ]]
}

@test "doctor tells of a newer image, and finds nothing wrong with the one that runs" {
  stand_in <<'END'
[[ $* != *al2023-ami* ]] || { echo ami-0123456789abcdef0 && exit; }
END
  run --separate-stderr fleetdash doctor
  [ "$status" = 0 ]
  said 'newer image: the next deploy brings Amazon Linux ami-0123456789abcdef0, instances have ami-'
}

id_of() {
  aws ec2 "describe-$1" --filters "Name=tag:Name,Values=$2" --query "$3" --output text
}

@test "what was changed by hand is reported, and put right by the next deploy" {
  local group endpoint instance
  inventory >"$BATS_TEST_TMPDIR/wanted"
  group=$(id_of security-groups fleetdash-prod-hosts 'SecurityGroups[].GroupId')
  endpoint=$(id_of vpc-endpoints fleetdash-prod-s3 'VpcEndpoints[].VpcEndpointId')
  instance=$(id_of instances fleetdash-prod 'Reservations[0].Instances[0].InstanceId')
  aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 22 --cidr 0.0.0.0/0
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod --min-size 1
  aws iam put-role-policy --role-name fleetdash-prod-eu-central-1-host --policy-name host \
    --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  aws s3api delete-public-access-block --bucket fleetdash-prod-123456789012-eu-central-1-data
  aws s3api delete-bucket-policy --bucket fleetdash-prod-123456789012-eu-central-1-data
  aws cloudwatch delete-alarms --alarm-names fleetdash-prod-no-healthy-host
  aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint"

  run --separate-stderr fleetdash doctor
  [ "$status" = 1 ]
  said 'port 22 from 0.0.0.0/0'
  said 'sizes of group fleetdash-prod'
  said 'permissions of role'
  said 'closed to the public'
  said 'data: policy'
  said 'alarm fleetdash-prod-no-healthy-host'
  said 'goes through NAT'

  fleetdash deploy
  inventory | diff "$BATS_TEST_TMPDIR/wanted" -

  # What a deploy cannot put right is at least said.
  aws ec2 modify-instance-metadata-options --instance-id "$instance" --http-tokens optional
  run --separate-stderr fleetdash doctor
  [ "$status" = 1 ]
  said "IMDSv1 is open on $instance"
}

# What a flush of the host puts: three rows of one minute.
put_rows() {
  local second at
  at=$(date -u -d 2026-11-23T10:15:00Z +%s)
  for second in 0 1 2; do
    echo "{\"ts\":$((at + second)),\"host\":\"web-1\",\"run\":1,\"uptime_seconds\":$second,\"cpu_utilization\":0.25}"
  done | gzip >"$BATS_TEST_TMPDIR/rows"
  aws s3api put-object --bucket fleetdash-prod-123456789012-eu-central-1-data --if-none-match '*' \
    --key v1/raw/dt=2026-11-23/hour=10/host=web-1/101500-1-1.ndjson.gz --body "$BATS_TEST_TMPDIR/rows"
}

@test "destroy keeps the data, compacted, says so, and leaves everybody else's things alone; a deploy finds the data again" {
  aws ec2 create-vpc --cidr-block 10.99.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=theirs}]'
  aws s3api create-bucket --bucket fleetdash-prod-theirs --create-bucket-configuration LocationConstraint=eu-central-1
  aws iam create-role --role-name fleetdash-theirs --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
  put_rows
  run --separate-stderr fleetdash destroy
  echo "$stderr"
  [ "$status" = 0 ]
  [[ $stderr == *'delete group fleetdash-prod: 2 instances'*'2026-11-23 web-1: 1 hours'*'the archive is compacted'* ]]
  aws s3api get-object --bucket fleetdash-prod-123456789012-eu-central-1-data \
    --key v1/1s/dt=2026-11-23/hour=10/host=web-1/data.ndjson.gz "$BATS_TEST_TMPDIR/hour"
  cmp <(zcat "$BATS_TEST_TMPDIR/hour") <(zcat "$BATS_TEST_TMPDIR/rows")
  [[ $stderr == *'kept'*'s3://fleetdash-prod-123456789012-eu-central-1-data'* ]]
  [ "$(aws ec2 describe-vpcs --query "sort(Vpcs[].Tags[?Key=='Name'].Value[])" --output text)" = theirs ]
  aws iam get-role --role-name fleetdash-theirs
  aws s3api head-bucket --bucket fleetdash-prod-theirs

  # The next deploy goes on with the archive that is there.
  aws s3api head-object --bucket fleetdash-prod-123456789012-eu-central-1-data \
    --key v1/raw/dt=2026-11-23/hour=10/host=web-1/101500-1-1.ndjson.gz
  run -0 fleetdash plan
  said 'group fleetdash-prod'
  [[ $output != *'bucket fleetdash-prod-123456789012'* ]]
}

# Of the calls there are to be killed after, interrupted tries each.
@test "a destroy that is killed goes on where it was until nothing is left, and so does a deploy until all is there" {
  inventory >"$BATS_TEST_TMPDIR/wanted"
  aws s3api put-object --bucket fleetdash-prod-123456789012-eu-central-1-data --key 'v1/a key with blanks' --if-none-match '*'
  killed_after 20 destroy DELETE_DATA=yes
  run fleetdash destroy DELETE_DATA=yes
  [ "$status" = 0 ]
  # Nobody needs what is deleted.
  [[ $output != *compact* ]]
  run ! grep compact "$BATS_TEST_TMPDIR/killed"
  run bash -c "$(declare -f strict); strict inventory | grep -c fleetdash"
  [ "$output" = 0 ]
  run --separate-stderr fleetdash destroy DELETE_DATA=yes
  [ "$status" = 0 ]
  [[ $stderr == *'nothing of prod is left'* ]]

  killed_after 34 deploy
  fleetdash deploy
  inventory | diff "$BATS_TEST_TMPDIR/wanted" -
}
