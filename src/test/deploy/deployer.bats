#!/usr/bin/env bats
#
# The deploying person, with no permissions but those of deploy/iam: every command works, and what is not the
# deployment's is out of reach.

bats_require_minimum_version 1.5.0
load deploy

setup_file() {
  export RELEASE_JAR=${RELEASE_JAR:-$root/target/fleetdash.jar}
  [[ -r $RELEASE_JAR ]] || {
    echo "there is no $RELEASE_JAR: run mvn package first" >&2
    return 1
  }
  export POLL_SECONDS=0 RETRY_SECONDS=0
  start_emulator
  local file keys
  aws iam create-user --user-name ops >/dev/null
  for file in "$root"/deploy/iam/*.json; do
    aws iam attach-user-policy --user-name ops --policy-arn \
      "$(aws iam create-policy --policy-name "$(basename "$file" .json)" --policy-document "file://$file" --query Policy.Arn --output text)"
  done
  export FOREIGN_VPC
  FOREIGN_VPC=$(aws ec2 create-vpc --cidr-block 172.30.0.0/16 --query Vpc.VpcId --output text)
  aws s3api create-bucket --bucket foreign --create-bucket-configuration LocationConstraint=eu-central-1 >/dev/null
  aws iam create-role --role-name foreign --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
  keys=$(aws iam create-access-key --user-name ops --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <<<"$keys"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  strict config '{"enforce_iam": true}' >/dev/null
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# Nothing was tried that the policies do not allow.
nothing_denied() {
  local denied
  denied=$(strict calls | jq -r '.[] | select((.error // "") | test("Denied|Unauthorized")) | .service + " " + .action')
  [[ -z $denied ]] || {
    echo "denied: $denied"
    return 1
  }
}

@test "every command works with these permissions" {
  local command current settings=(NAT_MODE=single FLOW_LOGS=yes ACCESS_LOGS=yes JOURNAL_LOGS=yes ALARM_EMAIL=ops@example.org)
  fleetdash deploy "${settings[@]}"
  settings+=(METRICS_CIDR=203.0.113.7/32 PERMISSIONS_BOUNDARY=arn:aws:iam::aws:policy/PowerUserAccess FLUSH=30s RETAIN_RAW=50d PURCHASE=spot)
  fleetdash deploy "${settings[@]}" NAT_MODE=none
  for command in plan status; do
    fleetdash "$command" "${settings[@]}" NAT_MODE=none >/dev/null
  done
  current=$(aws ssm get-parameter --name /fleetdash/prod/current --query Parameter.Value --output text)
  fleetdash rollback "${settings[@]}" NAT_MODE=none "VERSION=${current%%:*}"
  run fleetdash doctor "${settings[@]}" NAT_MODE=none
  [[ $output == *'what AWS lets us try without doing it is allowed'* ]]
  fleetdash destroy DELETE_DATA=yes
  nothing_denied
}

@test "what is not the deployment's is out of reach" {
  local failed=0
  local -a call
  while read -r -a call; do
    if aws "${call[@]}" >"$BATS_TEST_TMPDIR/answer" 2>&1; then
      echo "allowed: ${call[*]}"
      failed=1
    elif ! grep -qE 'AccessDenied|UnauthorizedOperation' "$BATS_TEST_TMPDIR/answer"; then
      echo "failed otherwise: ${call[*]}: $(<"$BATS_TEST_TMPDIR/answer")"
      failed=1
    fi
  done <<TABLE
ec2 create-vpc --cidr-block 10.0.0.0/16
ec2 delete-vpc --vpc-id $FOREIGN_VPC
ec2 create-tags --resources $FOREIGN_VPC --tags Key=fleetdash:environment,Value=prod
ec2 create-subnet --vpc-id $FOREIGN_VPC --cidr-block 172.30.0.0/24
ec2 terminate-instances --instance-ids i-0123456789abcdef0
s3api list-objects-v2 --bucket foreign
s3api delete-bucket --bucket foreign
iam create-user --user-name me
iam create-role --role-name mine --assume-role-policy-document {}
iam put-role-policy --role-name foreign --policy-name more --policy-document {}
iam attach-role-policy --role-name fleetdash-prod-eu-central-1-host --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
iam attach-user-policy --user-name ops --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
ssm get-parameter --name /secret
autoscaling delete-auto-scaling-group --auto-scaling-group-name other
sns delete-topic --topic-arn arn:aws:sns:eu-central-1:123456789012:other
logs delete-log-group --log-group-name /other
TABLE
  return "$failed"
}
