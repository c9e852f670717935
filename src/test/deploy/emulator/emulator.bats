#!/usr/bin/env bats
#
# The control interface, the copies, and the pre-forked command line.

load emulator
# shellcheck source-path=SCRIPTDIR source=fixture.bash
source "$BATS_TEST_DIRNAME/fixture.bash"

setup_file() {
  start_emulator
  make_network
}

setup() {
  fork_emulator
}

teardown_file() {
  stop_emulator
}

@test "an injected failure strikes as often as told" {
  strict config '{"action": "CreateVpc", "code": "VpcLimitExceeded", "times": 1}'

  refused VpcLimitExceeded aws ec2 create-vpc --cidr-block 10.5.0.0/16
  aws ec2 create-vpc --cidr-block 10.5.0.0/16
}

@test "each call is recorded" {
  strict reset-calls '{}'
  aws ec2 describe-vpcs
  aws ssm put-parameter --name a --type String --value a
  refused ParameterAlreadyExists aws ssm put-parameter --name a --type String --value a

  is "$(strict calls | jq -c '.[] | [.service, .action, .mutating, .error, .principal]')" "$(printf '%s\n' \
    '["ec2","DescribeVpcs",false,null,"arn:aws:iam::123456789012:root"]' \
    '["ssm","PutParameter",true,null,"arn:aws:iam::123456789012:root"]' \
    '["ssm","PutParameter",true,"ParameterAlreadyExists","arn:aws:iam::123456789012:root"]')"
}

@test "the inventory of two equal accounts has the same bytes, and of others it has not" {
  local first=$EMULATOR
  make_balancer
  make_fleet --health-check-type EC2
  strict inventory >"$BATS_TEST_TMPDIR/first"
  fork_emulator
  make_fleet --health-check-type EC2
  make_balancer
  strict inventory >"$BATS_TEST_TMPDIR/second"
  aws elbv2 modify-target-group --target-group-arn "$target_group" --health-check-interval-seconds 7 --health-check-timeout-seconds 6
  strict inventory >"$BATS_TEST_TMPDIR/third"

  [[ $first != "$EMULATOR" ]]
  cmp "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/second"
  run cmp "$BATS_TEST_TMPDIR/second" "$BATS_TEST_TMPDIR/third"
  ((status == 1))
  jq -e '(.["load-balancer"] | length == 1) and (.subnet | any(.SubnetId == "subnet/10.0.0.0/24"))' "$BATS_TEST_TMPDIR/first"
}

@test "a kill strikes after the change and before its answer" {
  # shellcheck disable=SC2016 # expanded by the inner shell
  run setsid --wait bash -c '
    curl --silent --data "{\"after\": 2, \"pgid\": $$}" "$EMULATOR/strict/kill"
    aws ec2 create-vpc --cidr-block 10.1.0.0/16 >"$1"
    aws ssm put-parameter --name a --type String --value a >"$1"
    echo survived' _ "$BATS_TEST_TMPDIR/answer"

  ((status != 0))
  [[ $output != *survived* && ! -s $BATS_TEST_TMPDIR/answer ]]
  is "$(text aws ssm get-parameter --name a --query Parameter.Version)" 1
}

@test "a snapshot is kept after each change" {
  strict snapshot '{"on": true}'
  aws ssm put-parameter --name a --type String --value a
  aws ssm get-parameter --name a
  aws ssm put-parameter --name b --type String --value b

  is "$(strict snapshot | jq -c 'map([.number, .call.action])')" '[[1,"PutParameter"],[2,"PutParameter"]]'
  use_emulator "$(strict snapshot | jq -r '.[0].endpoint')"
  aws ssm get-parameter --name a
  refused ParameterNotFound aws ssm get-parameter --name b
  strict stop '{}'
  run aws ssm get-parameter --name a
  [[ $status != 0 && $output == *'Could not connect'* ]]
}

@test "the pre-forked command line has its caller's input, directory and status" {
  local big=$BATS_TEST_TMPDIR/big
  head -c 20000000 /dev/urandom >"$big"
  aws s3 mb s3://data
  aws s3 cp - s3://data/big <"$big"
  aws s3 cp s3://data/big - | cmp - "$big"
  cd "$BATS_TEST_TMPDIR"
  aws s3api put-object --bucket data --key big --body big
  run aws ec2 no-such-command
  ((status == 2 || status == 252))
  run env -i "$(command -v aws)" sts get-caller-identity
  [[ $status != 0 && $output == *credentials* ]]
}

@test "who kills the command line kills its call" {
  local pipe=$BATS_TEST_TMPDIR/pipe client status=0
  mkfifo "$pipe"
  aws s3 mb s3://data
  aws s3 cp - s3://data/never <"$pipe" &
  client=$!
  exec {writer}>"$pipe"
  kill -KILL "$client"

  # Ends when nobody reads on, and not before.
  timeout "${patience:?}" yes >&"$writer" || status=$?
  ((status != 124))
  refused 404 aws s3api head-object --bucket data --key never
}
