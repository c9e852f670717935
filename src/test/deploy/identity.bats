#!/usr/bin/env bats
#
# The instances' role and the analysts' policy, with IAM enforced: what each may do works, and what it may not is denied.
# What the emulator cannot judge (a group by its ARN before it exists, Session Manager) is asserted on the document.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  export DATA=fleetdash-prod-123456789012-eu-central-1-data RELEASES=fleetdash-prod-123456789012-eu-central-1-releases
  export ROLE=fleetdash-prod-eu-central-1-host ANALYST=arn:aws:iam::123456789012:policy/fleetdash-prod-eu-central-1-analyst
  start_emulator
  # Nothing is known before it is made.
  export PARTS_IDS=$BATS_FILE_TMPDIR/ids
  echo 'declare -gA id=()' >"$PARTS_IDS"
  parts apply 'storage_ensure identity_ensure' JOURNAL_LOGS=yes
  {
    aws s3api create-bucket --bucket foreign --create-bucket-configuration LocationConstraint=eu-central-1
    aws s3api put-object --bucket foreign --key v1/x
    aws s3api put-object --bucket "$DATA" --key v1/raw/old --if-none-match '*'
    aws s3api put-object --bucket "$DATA" --key v1/1m/old
    aws s3api put-object --bucket "$DATA" --key fleet/key
    aws s3api put-object --bucket "$DATA" --key README.md
    aws s3api put-object --bucket "$RELEASES" --key releases/1.0/fleetdash.jar --if-none-match '*'
    aws ssm put-parameter --type String --name /fleetdash/prod/current --value 1.0:abc
    aws ssm put-parameter --type String --name /fleetdash/staging/current --value 1.0:abc
    aws ssm put-parameter --type String --name /secret --value abc
    aws ssm put-parameter --type SecureString --name /fleetdash-secrets/oidc --value abc
  } >/dev/null
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# As an instance would be: with the role's temporary credentials.
become_instance() {
  local keys
  keys=$(aws sts assume-role --role-arn "arn:aws:iam::123456789012:role/$ROLE" --role-session-name i-0abc \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  enforce_iam
}

become_analyst() {
  local keys
  aws iam create-user --user-name ann >/dev/null
  aws iam attach-user-policy --user-name ann --policy-arn "$ANALYST"
  keys=$(aws iam create-access-key --user-name ann --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <<<"$keys"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  enforce_iam
}

enforce_iam() {
  strict config '{"enforce_iam": true}' >/dev/null
}

# Each line of the standard input is a call that is denied.
all_denied() {
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
  done
  return "$failed"
}

role_policy() {
  aws iam get-role-policy --role-name "$ROLE" --policy-name host --query PolicyDocument --output json | jq -r "$1"
}

@test "the instance's role can do its work" {
  become_instance
  aws s3api put-object --bucket "$DATA" --key v1/raw/new --if-none-match '*'
  aws s3api put-object --bucket "$DATA" --key v1/1m/old
  aws s3api get-object --bucket "$DATA" --key v1/raw/old "$BATS_TEST_TMPDIR/row"
  aws s3api list-objects-v2 --bucket "$DATA" --prefix v1/hosts/
  aws s3api get-object --bucket "$RELEASES" --key releases/1.0/fleetdash.jar "$BATS_TEST_TMPDIR/jar"
  [ "$(reads Parameter.Value ssm get-parameter --name /fleetdash/prod/current)" = 1.0:abc ]
}

@test "instances make the key of the fleet once, read it, and replace it by one that they have read" {
  local etag
  become_instance
  etag=$(aws s3api put-object --bucket "$DATA" --key fleet/new --if-none-match '*' --query ETag --output text)
  run ! aws s3api put-object --bucket "$DATA" --key fleet/new --if-none-match '*'
  [[ $output == *PreconditionFailed* ]]
  aws s3api get-object --bucket "$DATA" --key fleet/new "$BATS_TEST_TMPDIR/key"
  aws s3api list-objects-v2 --bucket "$DATA" --prefix fleet/
  aws s3api put-object --bucket "$DATA" --key fleet/new --body "$BATS_TEST_TMPDIR/key" --if-match "$etag"
  run ! aws s3api put-object --bucket "$DATA" --key fleet/new --body "$BATS_TEST_TMPDIR/key" --if-match '"0123"'
  [[ $output == *PreconditionFailed* ]]
}

@test "of an object that is not there the instance hears just that" {
  become_instance
  run ! aws s3api get-object --bucket "$DATA" --key v1/1h/none "$BATS_TEST_TMPDIR/row"
  [[ $output == *NoSuchKey* ]]
}

@test "everything else is denied to the instance" {
  local version
  version=$(reads 'Versions[0].VersionId' s3api list-object-versions --bucket "$DATA" --prefix v1/raw/old)
  become_instance
  all_denied <<TABLE
s3api delete-object --bucket $DATA --key v1/raw/old
s3api delete-object --bucket $DATA --key v1/raw/old --version-id $version
s3api delete-object --bucket $DATA --key fleet/key
s3api put-object --bucket $DATA --key v1/raw/old
s3api put-object --bucket $DATA --key README.md
s3api put-object --bucket $DATA --key elsewhere/x
s3api list-objects-v2 --bucket $DATA --prefix elsewhere/
s3api list-object-versions --bucket $DATA
s3api put-bucket-policy --bucket $DATA --policy {}
s3api put-bucket-versioning --bucket $DATA --versioning-configuration Status=Suspended
s3api put-bucket-lifecycle-configuration --bucket $DATA --lifecycle-configuration Rules=[]
s3api delete-bucket --bucket $DATA
s3api put-object --bucket $RELEASES --key releases/2.0/fleetdash.jar --if-none-match *
s3api put-object --bucket $RELEASES --key deploy.lease
s3api delete-object --bucket $RELEASES --key releases/1.0/fleetdash.jar
s3api list-objects-v2 --bucket $RELEASES
s3api get-object --bucket foreign --key v1/x $BATS_TEST_TMPDIR/x
s3api list-objects-v2 --bucket foreign --prefix v1/
s3api put-object --bucket foreign --key v1/y
s3api list-buckets
ssm get-parameter --name /secret
ssm get-parameter --name /fleetdash-secrets/oidc --with-decryption
ssm get-parameter --name /fleetdash/staging/current
ssm put-parameter --type String --overwrite --name /fleetdash/prod/current --value 0.9:abc
ssm get-parameters-by-path --path /
iam list-roles
iam get-role --role-name $ROLE
iam attach-role-policy --role-name $ROLE --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
iam put-role-policy --role-name $ROLE --policy-name more --policy-document {}
iam create-user --user-name me
sts assume-role --role-arn arn:aws:iam::123456789012:role/$ROLE --role-session-name me
ec2 describe-instances
ec2 run-instances --image-id ami-0123456789abcdef0
ec2 terminate-instances --instance-ids i-0123456789abcdef0
ec2 create-vpc --cidr-block 10.0.0.0/16
autoscaling describe-auto-scaling-groups
autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod --max-size 100
autoscaling set-instance-health --instance-id i-0123456789abcdef0 --health-status Unhealthy
autoscaling complete-lifecycle-action --auto-scaling-group-name other --lifecycle-hook-name launching --lifecycle-action-result CONTINUE --instance-id i-0123456789abcdef0
elbv2 describe-load-balancers
cloudwatch delete-alarms --alarm-names fleetdash-prod-cpu
logs create-log-stream --log-group-name /other --log-stream-name x
logs delete-log-group --log-group-name /fleetdash/prod
TABLE
}

@test "the role's document names every action, and a wildcard resource only where AWS has no other" {
  [ "$(role_policy '[.Statement[].Action] | flatten | map(select(contains("*"))) | length')" = 0 ]
  [ "$(role_policy '[.Statement[].Action] | flatten | map(select(test("Delete|Remove|Terminate"))) | length')" = 0 ]
  [ "$(role_policy '.Statement[] | select(.Resource == "*") | .Sid')" = SessionManager ]
  [ "$(role_policy '.Statement[] | select(.Sid == "OwnHealth") | .Action[]' | xargs)" = 'autoscaling:CompleteLifecycleAction autoscaling:SetInstanceHealth' ]
  [ "$(role_policy '.Statement[] | select(.Sid == "OwnHealth") | .Resource')" = \
    'arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:*:autoScalingGroupName/fleetdash-prod' ]
  [ "$(role_policy '.Statement[] | select(.Sid == "Journal") | .Resource')" = \
    'arn:aws:logs:eu-central-1:123456789012:log-group:/fleetdash/prod:*' ]
  [ "$(reads 'length(AttachedPolicies)' iam list-attached-role-policies --role-name "$ROLE")" = 0 ]
}

@test "only EC2 takes the role, and the profile carries it" {
  [ "$(aws iam get-role --role-name "$ROLE" --query Role.AssumeRolePolicyDocument --output json | jq -c '[.Statement[] | [.Principal, .Action]]')" = \
    '[[{"Service":"ec2.amazonaws.com"},"sts:AssumeRole"]]' ]
  [ "$(reads 'InstanceProfile.Roles[].RoleName' iam get-instance-profile --instance-profile-name "$ROLE")" = "$ROLE" ]
}

@test "without a journal there is no permission to write one" {
  changes identity_ensure
  [ -z "$(role_policy '.Statement[] | select(.Sid == "Journal") | .Resource')" ]
}

@test "a boundary is put on the role, and one that nobody here set is left" {
  local boundary=arn:aws:iam::aws:policy/PowerUserAccess other=arn:aws:iam::aws:policy/ReadOnlyAccess
  [ "$(changes identity_ensure JOURNAL_LOGS=yes "PERMISSIONS_BOUNDARY=$boundary")" = PutRolePermissionsBoundary ]
  [ "$(boundary_of "$ROLE")" = "$boundary" ]
  [ -z "$(changes identity_ensure JOURNAL_LOGS=yes "PERMISSIONS_BOUNDARY=$boundary")" ]
  aws iam put-role-permissions-boundary --role-name "$ROLE" --permissions-boundary "$other"
  [ -z "$(changes identity_ensure JOURNAL_LOGS=yes)" ]
  [ "$(boundary_of "$ROLE")" = "$other" ]

  parts apply identity_ensure ENV=new "PERMISSIONS_BOUNDARY=$boundary"
  [ "$(boundary_of fleetdash-new-eu-central-1-host)" = "$boundary" ]
}

boundary_of() {
  reads Role.PermissionsBoundary.PermissionsBoundaryArn iam get-role --role-name "$1"
}

@test "an analyst reads rows and rollups, nothing else" {
  become_analyst
  aws s3api get-object --bucket "$DATA" --key v1/raw/old "$BATS_TEST_TMPDIR/row"
  aws s3api get-object --bucket "$DATA" --key README.md "$BATS_TEST_TMPDIR/readme"
  aws s3api list-objects-v2 --bucket "$DATA" --prefix v1/raw/
  aws s3api get-bucket-location --bucket "$DATA"
  all_denied <<TABLE
s3api get-object --bucket $DATA --key fleet/key $BATS_TEST_TMPDIR/key
s3api list-objects-v2 --bucket $DATA --prefix fleet/
s3api put-object --bucket $DATA --key fleet/key
s3api list-objects-v2 --bucket $DATA
s3api put-object --bucket $DATA --key v1/1m/old
s3api put-object --bucket $DATA --key v1/raw/new --if-none-match *
s3api delete-object --bucket $DATA --key v1/raw/old
s3api get-object --bucket $RELEASES --key releases/1.0/fleetdash.jar $BATS_TEST_TMPDIR/jar
ssm get-parameter --name /fleetdash/prod/current
TABLE
}

@test "a second run changes nothing" {
  [ -z "$(plan identity_ensure JOURNAL_LOGS=yes)" ]
  [ -z "$(changes identity_ensure JOURNAL_LOGS=yes)" ]
}

@test "what was done by hand is put right, and what was added is taken away" {
  aws iam update-assume-role-policy --role-name "$ROLE" --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
  aws iam put-role-policy --role-name "$ROLE" --policy-name host --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  aws iam put-role-policy --role-name "$ROLE" --policy-name more --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  aws iam attach-role-policy --role-name "$ROLE" --policy-arn arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
  aws iam remove-role-from-instance-profile --instance-profile-name "$ROLE" --role-name "$ROLE"

  [ "$(changes identity_ensure JOURNAL_LOGS=yes | sort)" = 'AddRoleToInstanceProfile
DeleteRolePolicy
DetachRolePolicy
PutRolePolicy
UpdateAssumeRolePolicy' ]
  [ -z "$(changes identity_ensure JOURNAL_LOGS=yes)" ]
}

@test "the analysts' policy is put right however often it is changed" {
  local round former
  for round in 1 2 3 4 5 6; do
    former=$(reads 'Versions[?!IsDefaultVersion].VersionId|[0]' iam list-policy-versions --policy-arn "$ANALYST")
    ((round < 3)) || aws iam delete-policy-version --policy-arn "$ANALYST" --version-id "$former"
    aws iam create-policy-version --policy-arn "$ANALYST" --set-as-default --policy-document \
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}' >/dev/null
    [[ $(changes identity_ensure JOURNAL_LOGS=yes) == *CreatePolicyVersion ]]
  done
  [ -z "$(plan identity_ensure JOURNAL_LOGS=yes)" ]
}

@test "destroy takes everything away, whoever has the analysts' policy, and nothing foreign" {
  aws iam create-user --user-name ann
  aws iam attach-user-policy --user-name ann --policy-arn "$ANALYST"
  aws iam put-role-policy --role-name "$ROLE" --policy-name more --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
  aws iam create-role --role-name fleetdash-prod-other --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'

  changes identity_delete
  [ "$(reads "Roles[?starts_with(RoleName,'fleetdash')].RoleName" iam list-roles)" = fleetdash-prod-other ]
  [ -z "$(reads 'InstanceProfiles[].InstanceProfileName' iam list-instance-profiles)" ]
  [ -z "$(reads 'Policies[].PolicyName' iam list-policies --scope Local)" ]
  [ "$(reads 'Users[].UserName' iam list-users)" = ann ]
  [ -z "$(changes identity_delete)" ]
}

@test "the deploying person's policies are of a size that IAM takes, without wildcard actions" {
  local file
  for file in "$BATS_TEST_DIRNAME"/../../../deploy/iam/*.json; do
    (($(tr -d '[:space:]' <"$file" | wc -c) <= 6144))
    aws iam create-policy --policy-name "$(basename "$file" .json)" --policy-document "file://$file"
    [ "$(jq '[.Statement[].Action] | flatten | map(select(contains("*"))) | length' "$file")" = 0 ]
  done
}
