#!/usr/bin/env bats
#
# What can be wrong before or while something is changed: each a clear sentence with the mend, and nothing half done that
# the next run would not complete.
# shellcheck disable=SC2030,SC2031,SC2154 # bats sets status, output and stderr, anew for each test

bats_require_minimum_version 1.5.0
load deploy

setup_file() {
  export RELEASE_JAR=${RELEASE_JAR:-$root/target/fleetdash.jar} POLL_SECONDS=0 RETRY_SECONDS=0
  start_emulator
  # A bucket for leases, and nothing else: what is tried here ends before more is needed.
  aws s3api create-bucket --bucket fleetdash-prod-123456789012-eu-central-1-releases \
    --create-bucket-configuration LocationConstraint=eu-central-1
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

refused() {
  [ "$status" != 0 ]
  [ -z "$(mutations)" ]
  said "$1"
  [[ $output != *'stopped at'* ]]
}

@test "no credentials" {
  strict reset-calls '{}'
  AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' run fleetdash deploy
  refused "no AWS credentials: run 'aws configure'"
}

@test "expired credentials" {
  strict reset-calls '{}'
  strict config '{"expired_credentials": true}'
  run fleetdash deploy
  refused 'have expired: sign in again'
}

@test "a region that is not there" {
  strict reset-calls '{}'
  # Nobody listens on the discard port.
  AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_MAX_ATTEMPTS=1 run fleetdash deploy REGION=eu-nowhere-1
  refused 'is REGION spelt right'
}

@test "a command line that cannot put under a condition" {
  stand_in <<'END'
[[ $1 != --version ]] || { echo 'aws-cli/2.15.4 Python/3.11.6 Linux/6.1' && exit; }
[[ " $* " != *' --if-match '* ]] || { echo 'Unknown options: --if-match, x' >&2 && exit 252; }
END
  strict reset-calls '{}'
  run fleetdash deploy
  refused 'aws-cli/2.15.4 is too old'
  said 'install the AWS CLI 2.22.6 or newer'
  [ "$(strict calls)" = '[]' ]
}

@test "a command line that is told to write errors as JSON" {
  # The one of the tests does not know the setting yet.
  stand_in <<'END'
if [[ $AWS_CLI_ERROR_FORMAT == json ]]; then
  real=$(PATH=${PATH#*:} command -v aws)
  "$real" "$@" 2>"$BATS_TEST_TMPDIR/error" && exit
  sed -nE 's/.*An error occurred \(([^)]*)\).*: (.*)/{"Code": "\1", "Message": "\2"}/p' "$BATS_TEST_TMPDIR/error" >&2
  exit 254
fi
END
  AWS_CLI_ERROR_FORMAT=json run -0 fleetdash plan
  said 'target group fleetdash-prod'
}

@test "a name that is too long" {
  strict reset-calls '{}'
  run fleetdash deploy ENV=the-name-of-our-department
  refused 'at most 16'
}

@test "nobody said who may open it" {
  strict reset-calls '{}'
  run "$root/deploy/fleetdash" deploy YES=1
  refused 'ALLOW_CIDR=203.0.113.7/32'
}

@test "a block that another VPC has" {
  aws ec2 create-vpc --cidr-block 10.80.0.0/16
  strict reset-calls '{}'
  run fleetdash deploy
  refused 'set another, 10.81.0.0/20 is free'
}

@test "no terminal and no YES=1" {
  strict reset-calls '{}'
  run fleetdash deploy YES='' </dev/null
  refused 'say YES=1'
}

@test "a jar that does not start" {
  strict reset-calls '{}'
  echo nonsense >"$BATS_TEST_TMPDIR/bad.jar"
  RELEASE_JAR=$BATS_TEST_TMPDIR/bad.jar run fleetdash deploy
  refused 'does not start, so that it is not rolled out'
}

# lease OWNER PID UNTIL [PLACE]
lease() {
  aws s3api put-object --bucket fleetdash-prod-123456789012-eu-central-1-releases --key deploy.lease \
    --metadata "{\"owner\":\"$1\",\"pid\":\"$2\",\"until\":\"$3\",\"place\":\"${4-$(</proc/sys/kernel/random/boot_id)$(readlink /proc/self/ns/pid)}\"}"
}

@test "somebody else is deploying" {
  lease 'arn:aws:iam::123456789012:user/anna on desk-7' 1 $((EPOCHSECONDS + 3600))
  strict reset-calls '{}'
  run fleetdash deploy
  refused 'user/anna on desk-7 is changing prod right now'
}

@test "a run of one's own that is still going on" {
  lease "arn:aws:iam::123456789012:root on $(uname -n)" $$ $((EPOCHSECONDS + 3600))
  strict reset-calls '{}'
  run fleetdash deploy
  refused 'is changing prod right now'
}

@test "a run in a container that has this one's name, and ends its process ids elsewhere" {
  lease "arn:aws:iam::123456789012:root on $(uname -n)" 4194305 $((EPOCHSECONDS + 3600)) of-another
  strict reset-calls '{}'
  run fleetdash deploy
  refused 'is changing prod right now'
}

@test "a quota reached midway stops with the mend; leases that expired, or are one's own, are taken over" {
  local owner who pid until
  for owner in 'arn:aws:iam::123456789012:user/anna on desk-7|1|0' \
    "arn:aws:iam::123456789012:root on $(uname -n)|4194305|$((EPOCHSECONDS + 3600))"; do
    fork_emulator
    strict config '{"action": "CreateVpc", "code": "VpcLimitExceeded"}'
    IFS='|' read -r who pid until <<<"$owner"
    lease "$who" "$pid" "$until"
    run fleetdash deploy
    [ "$status" = 1 ]
    said 'a quota of the account is used up at ec2 create-vpc: raise it'
    # Given back, so that the next one need not wait.
    [ "$(aws s3api head-object --bucket fleetdash-prod-123456789012-eu-central-1-releases --key deploy.lease --query Metadata.until --output text)" -le "$EPOCHSECONDS" ]
  done
}

@test "what may not be read is not taken for absent" {
  # In a plan, where nothing else would notice that the gateways were not told.
  strict reset-calls '{}'
  strict config '{"action": "DescribeNatGateways", "code": "UnauthorizedOperation", "times": 9}'
  run fleetdash destroy
  refused 'root may not do this: ec2 describe-nat-gateways'
}
