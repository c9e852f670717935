#!/usr/bin/env bats
#
# The deploying person, with no permissions but those of deploy/iam: every command works, and what is not the
# deployment's is out of reach.

bats_require_minimum_version 1.5.0
load deploy

# All that the commands need; the third file is for names and sessions.
policies=("$root/deploy/iam/deployer.json" "$root/deploy/iam/deployer-data.json")
extra=$root/deploy/iam/deployer-extra.json

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
  for file in "${policies[@]}"; do
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

as_root() {
  AWS_ACCESS_KEY_ID=AKIAEMULATORROOT AWS_SECRET_ACCESS_KEY=root-secret "$@"
}

# granted FILE…: the actions that the policies allow, as a JSON list.
granted() {
  jq -s 'map(.Statement[].Action) | flatten | unique' "$@"
}

# grant FILTER: the policies after the jq filter, and no other, for the person who deploys.
grant() {
  local name
  for name in deployer deployer-data; do
    as_root aws iam detach-user-policy --user-name ops --policy-arn "arn:aws:iam::123456789012:policy/$name" 2>/dev/null || true
  done
  jq -s "{Version: .[0].Version, Statement: map(.Statement[])} | $1" "${policies[@]}" >"$BATS_TEST_TMPDIR/granted.json"
  as_root aws iam put-user-policy --user-name ops --policy-name granted --policy-document "file://$BATS_TEST_TMPDIR/granted.json"
}

without() {
  echo "(.Statement[].Action) |= ([.] | flatten - [\"$1\"] | if . == [] then [\"none:None\"] else . end)"
}

# refused_without ACTION CALL FILTER [SETTING=VALUE …]: with all but what the filter takes away a deploy comes to CALL only.
refused_without() {
  grant "$3"
  run fleetdash deploy FLOW_LOGS=yes "${@:4}"
  expect "status without $1" 1 "$status"
  said "user/ops may not do this: $2. The policies in deploy/iam hold the permissions that are needed"
  said "is not authorized to perform: $1 on resource: "
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
  strict calls | jq 'map(select(.principal == "arn:aws:iam::123456789012:user/ops").needed[]) | unique' >"$BATS_TEST_TMPDIR/needed"
  expect 'needed beyond the policies' '["sts:GetCallerIdentity"]' \
    "$(granted "${policies[@]}" | jq -c --slurpfile needed "$BATS_TEST_TMPDIR/needed" '$needed[0] - .')"
  # So that the table has no row of something that is never called; these two mend what was changed by hand.
  expect 'dependent actions of which no call was made' '["acm:AddTagsToCertificate","acm:RequestCertificate","autoscaling:PutLifecycleHook","elasticloadbalancing:SetSubnets"]' \
    "$(strict dependents | jq -c --slurpfile needed "$BATS_TEST_TMPDIR/needed" 'map(.action, .dependent) | unique - $needed[0]')"
}

@test "a deploy with each NAT gateway, one that is taken back, a rollback and a destroy work with these permissions" {
  local current
  fleetdash deploy NAT_MODE=zonal
  strict config '{"boots": {"3": ["failing"]}}' >/dev/null
  run fleetdash deploy FLUSH=30s
  said 'two of its instances failed'
  said 'FAILED in line 7'
  current=$(aws ssm get-parameter --name /fleetdash/prod/current --query Parameter.Value --output text)
  fleetdash rollback NAT_MODE=zonal "VERSION=${current%%:*}"
  fleetdash destroy DELETE_DATA=yes
  nothing_denied
}

@test "a name of one's own takes the optional policy, which is named to whom it lacks" {
  local domain=metrics.example.org
  as_root aws route53 create-hosted-zone --name example.org --caller-reference 1 >/dev/null
  run fleetdash deploy NAT_MODE=none DOMAIN=$domain
  [ "$status" = 1 ]
  said 'user/ops may not do this: route53 list-hosted-zones. The optional policy deploy/iam/deployer-extra.json holds'
  as_root aws iam put-user-policy --user-name ops --policy-name extra --policy-document "file://$extra"
  strict reset-calls '{}' >/dev/null
  fleetdash deploy NAT_MODE=none DOMAIN=$domain
  run fleetdash status
  said "https://$domain"
  said 'certificate      valid until 2'
  run fleetdash doctor
  said 'ok       the certificate: valid until 2'
  said 'everything is as the scripts make it'
  fleetdash deploy NAT_MODE=none DOMAIN= LOSE=tls
  fleetdash deploy NAT_MODE=none DOMAIN=$domain
  fleetdash destroy DELETE_DATA=yes
  nothing_denied
  expect 'certificates that are left' '' "$(as_root aws acm list-certificates --query 'CertificateSummaryList[].CertificateArn' --output text)"
  strict calls | jq 'map(select(.principal == "arn:aws:iam::123456789012:user/ops").needed[]) | unique' >"$BATS_TEST_TMPDIR/needed"
  expect 'granted for names and never needed' '[]' "$(granted "$extra" | jq -c --slurpfile needed "$BATS_TEST_TMPDIR/needed" \
    '. - $needed[0] | map(select(test("^(ssm|secretsmanager)") | not))')"
}

@test "a permission that AWS asks for beside the call's own is missed by name, and with the policies nothing is" {
  local balancer=elasticloadbalancing
  refused_without iam:ListRoleTags 'iam create-role' "$(without iam:ListRoleTags)"
  refused_without iam:PassRole 'iam add-role-to-instance-profile' "$(without iam:PassRole)"
  refused_without ec2:AllocateAddress 'ec2 allocate-address' 'del(.Statement[] | select(.Sid == "PoolHasNoTags"))'
  refused_without logs:CreateLogDelivery 'ec2 create-flow-logs' "$(without logs:CreateLogDelivery)" NAT_MODE=none
  refused_without route53:AssociateVPCWithHostedZone 'ec2 create-vpc-endpoint' "$(without route53:AssociateVPCWithHostedZone)" NAT_MODE=none
  refused_without "$balancer:AddTags" 'elbv2 create-target-group' "$(without "$balancer:AddTags")" NAT_MODE=none
  refused_without iam:CreateServiceLinkedRole 'elbv2 create-target-group' "$(without iam:CreateServiceLinkedRole)" NAT_MODE=none
  refused_without ec2:DescribeAccountAttributes 'elbv2 create-load-balancer' "$(without ec2:DescribeAccountAttributes)" NAT_MODE=none
  run fleetdash doctor FLOW_LOGS=yes NAT_MODE=none
  said 'problem  permissions: ec2 describe-account-attributes is denied'
  refused_without ec2:RunInstances 'autoscaling create-auto-scaling-group' "$(without ec2:RunInstances)" NAT_MODE=none
  refused_without ec2:CreateTags 'autoscaling create-auto-scaling-group' \
    '(.Statement[].Condition?.StringLike["ec2:CreateAction"] | select(.)) -= ["RunInstances"]' NAT_MODE=none
  grant .
  fleetdash deploy FLOW_LOGS=yes NAT_MODE=none
}

@test "each row of the emulator's dependent actions is granted, and names a page and the day on which it was read" {
  strict dependents >"$BATS_TEST_TMPDIR/table"
  expect 'not granted' '[]' "$(granted "${policies[@]}" "$extra" | jq -c --slurpfile table "$BATS_TEST_TMPDIR/table" \
    '. as $granted | $table[0] | map(.action, .dependent) - $granted')"
  expect 'rows without a source' '[]' "$(jq -c 'map(select((.page | test("^https://docs[.]aws[.]amazon[.]com/|^no page found: ") | not)
    or (.looked | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}$") | not) or .when == ""))' "$BATS_TEST_TMPDIR/table")"
}

# AWS counts no blanks.
@test "each policy is one that AWS takes" {
  local file
  for file in "$root"/deploy/iam/*.json; do
    jq -e '.Version == "2012-10-17" and ([.Statement[].Sid] | length == (unique | length))' "$file"
    (($(tr -d '[:space:]' <"$file" | wc -c) <= 6144))
  done
}

@test "a client secret by name is read with the optional policy, and with the others it is not" {
  local settings=(CERTIFICATE_ARN=arn:aws:acm:eu-central-1:123456789012:certificate/x DOMAIN=dash.example.org OIDC_ISSUER=https://id.example
    OIDC_AUTHORIZATION_ENDPOINT=https://id.example/a OIDC_TOKEN_ENDPOINT=https://id.example/t
    OIDC_USER_INFO_ENDPOINT=https://id.example/u OIDC_CLIENT_ID=fleetdash) where
  as_root aws ssm put-parameter --type SecureString --name /fleetdash-secrets/oidc --value hush
  as_root aws secretsmanager create-secret --name fleetdash-secrets/oidc --secret-string hush
  for where in ssm:/fleetdash-secrets/oidc secretsmanager:fleetdash-secrets/oidc; do
    run -1 fleetdash plan "${settings[@]}" "OIDC_CLIENT_SECRET=$where"
    said 'user/ops may not do this: s'
  done
  as_root aws iam put-user-policy --user-name ops --policy-name extra --policy-document "file://$root/deploy/iam/deployer-extra.json"
  for where in ssm:/fleetdash-secrets/oidc secretsmanager:fleetdash-secrets/oidc; do
    run -0 fleetdash plan "${settings[@]}" "OIDC_CLIENT_SECRET=$where"
    said 'client secret of listener 443'
  done
}

@test "the optional policy is for names, certificates, secrets and sessions of deployments only" {
  local here=eu-central-1:123456789012 action resource keys decision
  as_root aws iam put-user-policy --user-name ops --policy-name extra --policy-document "file://$root/deploy/iam/deployer-extra.json"
  while read -r decision action resource keys; do
    expect "$action on $resource ${keys}" "$decision" "$(as_root aws iam simulate-principal-policy --output text \
      --policy-source-arn arn:aws:iam::123456789012:user/ops --action-names "$action" --resource-arns "$resource" \
      ${keys:+--context-entries "ContextKeyName=${keys%=*},ContextKeyValues=${keys#*=},ContextKeyType=string"} \
      --query 'EvaluationResults[0].EvalDecision')"
  done <<TABLE
allowed acm:RequestCertificate * aws:RequestTag/fleetdash:environment=prod
implicitDeny acm:RequestCertificate *
allowed acm:DescribeCertificate arn:aws:acm:$here:certificate/1
allowed acm:DeleteCertificate arn:aws:acm:$here:certificate/1 aws:ResourceTag/fleetdash:environment=prod
implicitDeny acm:DeleteCertificate arn:aws:acm:$here:certificate/1
allowed route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1
allowed route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1 route53:ChangeResourceRecordSetsActions=CREATE
implicitDeny route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1 route53:ChangeResourceRecordSetsActions=UPSERT
implicitDeny route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1 route53:ChangeResourceRecordSetsRecordTypes=MX
implicitDeny route53:DeleteHostedZone arn:aws:route53:::hostedzone/Z1
allowed ssm:GetParameter arn:aws:ssm:$here:parameter/fleetdash-secrets/oidc
implicitDeny ssm:GetParameter arn:aws:ssm:$here:parameter/theirs/oidc
allowed secretsmanager:GetSecretValue arn:aws:secretsmanager:$here:secret:fleetdash-secrets/oidc-a1B2c3
implicitDeny secretsmanager:GetSecretValue arn:aws:secretsmanager:$here:secret:theirs-a1B2c3
allowed ssm:StartSession arn:aws:ec2:$here:instance/i-1 ssm:resourceTag/fleetdash:environment=prod
implicitDeny ssm:StartSession arn:aws:ec2:$here:instance/i-1
allowed ssm:StartSession arn:aws:ssm:eu-central-1::document/AWS-StartPortForwardingSession
implicitDeny ssm:StartSession arn:aws:ssm:eu-central-1::document/AWS-StartSSHSession
allowed ssm:TerminateSession arn:aws:ssm:$here:session/ops-0a aws:username=ops
implicitDeny ssm:TerminateSession arn:aws:ssm:$here:session/other-0a aws:username=ops
TABLE
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
