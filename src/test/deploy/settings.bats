#!/usr/bin/env bats
#
# A deployment remembers its settings: whoever deploys next, from wherever, need not know them.
# shellcheck disable=SC2030,SC2031,SC2154 # bats sets status, output and stderr, anew for each test

bats_require_minimum_version 1.5.0
load deploy

# Some of each kind: of the network, the instances, the group, who may come in, what is watched.
given=(NAT_MODE=single VPC_CIDR=10.90.0.0/20 METRICS_CIDR=203.0.113.7/32 INSTANCE_TYPE=t4g.small PURCHASE=spot VOLUME_SIZE=20
  MAX_SIZE=5 CPU_TARGET=60 JOURNAL_LOGS=yes ACCESS_LOGS=yes LOG_DAYS=60 ALARM_EMAIL=ops@example.org RETAIN_RAW=50d FLUSH=30s)

sign_in=(DOMAIN=dash.example.org OIDC_ISSUER=https://id.example OIDC_AUTHORIZATION_ENDPOINT=https://id.example/a
  OIDC_TOKEN_ENDPOINT=https://id.example/t OIDC_USER_INFO_ENDPOINT=https://id.example/u OIDC_CLIENT_ID=fleetdash)

setup_file() {
  start_emulator
  local certificate
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=dash.example.org -days 9 -keyout "$BATS_FILE_TMPDIR/key" \
    -out "$BATS_FILE_TMPDIR/certificate" 2>/dev/null
  certificate=$(aws acm import-certificate --certificate "fileb://$BATS_FILE_TMPDIR/certificate" \
    --private-key "fileb://$BATS_FILE_TMPDIR/key" --query CertificateArn --output text)
  deployed_emulator "${given[@]}" "${sign_in[@]}" CERTIFICATE_ARN="$certificate" OIDC_CLIENT_SECRET=hush
  clone "$BATS_FILE_TMPDIR/laptop"
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# Another clone, of somebody who knows where the deployment is, and nothing else.
laptop() {
  "$BATS_FILE_TMPDIR/laptop/deploy/fleetdash" "$@" REGION=eu-central-1 YES=1
}

laptop_env() {
  printf '%s\n' "$@" >"$BATS_FILE_TMPDIR/laptop/deploy/prod.env"
}

remembers() {
  aws ssm get-parameter --name /fleetdash/prod/settings --query Parameter.Value --output text
}

teardown() {
  rm -f "$BATS_FILE_TMPDIR/laptop/deploy/prod.env"
}

@test "from another clone, with nothing but REGION, there is nothing to change, and nothing wrong" {
  strict reset-calls '{}'
  run --separate-stderr laptop plan
  [ "$status" = 0 ]
  [ "${lines[0]}" = 'Nothing would change.' ]
  said 't4g.small'
  run --separate-stderr laptop deploy
  [ "$status" = 0 ]
  [[ $stderr == *'nothing to change'* ]]
  run --separate-stderr laptop doctor
  echo "$output"
  [ "$status" = 0 ]
  said 'Nothing is wrong.'
  run --separate-stderr laptop status
  [ "$status" = 0 ]
  said 'wanted 2, from 2 to 5'
  said 'https://dash.example.org'
  [ -z "$(mutations)" ]
  [[ $(remembers) != *hush* ]]
}

@test "the command line comes before the file, the file before what is remembered; the plan says what differs and why" {
  laptop_env MAX_SIZE=6 CPU_TARGET=50 MIN_SIZE=2
  run --separate-stderr laptop plan MAX_SIZE=7 FLUSH=
  [ "$status" = 0 ]
  [ "$(grep ^setting <<<"$output")" = 'setting CPU_TARGET: 60 → 50 (deploy/prod.env:2)
setting FLUSH: 30s → 60s (command line)
setting MAX_SIZE: 5 → 7 (command line)' ]
  said '2 to 5 → 2 to 7'
  run -0 laptop deploy MAX_SIZE=7 FLUSH=

  # All of it is remembered but FLUSH, which is the default again, whatever that will be.
  rm "$BATS_FILE_TMPDIR/laptop/deploy/prod.env"
  run --separate-stderr laptop plan
  [ "${lines[0]}" = 'Nothing would change.' ]
  [[ $(remembers) == *'"CPU_TARGET":"50"'*'"MAX_SIZE":"7","METRICS_CIDR"'*'"MIN_SIZE":"2"'* ]]
  [[ $(remembers) != *FLUSH* ]]
}

@test "settings are remembered before anything is changed, so that a deploy that is killed neither forgets nor invents any" {
  local copy
  copy=$(strict fork '{}' | jq -r .endpoint)
  fleetdash deploy CPU_TARGET=50 MAX_SIZE=6
  inventory >"$BATS_TEST_TMPDIR/wanted"
  use_emulator "$copy"
  # After the lease.
  killed_after 2 deploy CPU_TARGET=50 MAX_SIZE=6
  [ "$(mutations | tail -n 2)" = $'s3 PutObject\nssm PutParameter' ]
  run -0 laptop deploy
  inventory | diff "$BATS_TEST_TMPDIR/wanted" -
}

@test "settings of a deployment that remembers none are read from what stands, shown, and remembered by the first deploy" {
  local wanted
  wanted=$(remembers)
  aws ssm delete-parameter --name /fleetdash/prod/settings
  run --separate-stderr laptop doctor
  echo "$output"
  [ "$status" = 0 ]
  said 'none are remembered yet'
  run --separate-stderr laptop plan CPU_TARGET=50
  echo "$output"
  [ "$status" = 0 ]
  said 'setting INSTANCE_TYPE: t4g.small (adopted, as it stands)'
  said 'setting CPU_TARGET: 60 → 50 (command line)'
  [ "$(sed -n '/^change /,/^$/p' <<<"$output" | sed '1d;/^$/d;s/ *ASG.*//')" = 'set     settings of prod
change  scaling of group fleetdash-prod' ]
  strict reset-calls '{}'
  run -0 laptop deploy
  [ "$(mutations | grep -v PutObject)" = 'ssm PutParameter' ]
  [ "$(remembers)" = "$wanted" ]
}

no_sign_in=("${sign_in[@]:1}")
no_sign_in=("${no_sign_in[@]%%=*}")
no_sign_in=("${no_sign_in[@]/%/=}")

@test "TLS, sign-in, mail and a scrape range go where LOSE names each, and nothing else answers for that" {
  local all=(CERTIFICATE_ARN= DOMAIN= "${no_sign_in[@]}" ALARM_EMAIL= METRICS_CIDR=)
  strict reset-calls '{}'
  run -1 laptop deploy "${all[@]}"
  said 'CERTIFICATE_ARN without a value (command line): https:// would no longer answer'
  said 'OIDC_CLIENT_ID without a value (command line): whoever ALLOW_CIDR lets in would see the dashboard without signing in'
  said 'ALARM_EMAIL without a value (command line): ops@example.org would no longer be told of alarms'
  said 'METRICS_CIDR without 203.0.113.7/32 (command line): who scrapes /metrics from there would get 403'
  said 'or say LOSE=tls,signin,mail,scrape'
  run -1 laptop deploy "${all[@]}" LOSE=tls,mail,scrape
  said 'OIDC_CLIENT_ID without'
  [[ $output != *'ALARM_EMAIL without'* ]]
  laptop_env METRICS_CIDR=
  run -1 laptop deploy
  said 'METRICS_CIDR without 203.0.113.7/32 (deploy/prod.env:1)'
  rm "$BATS_FILE_TMPDIR/laptop/deploy/prod.env"

  run -0 laptop plan "${all[@]}" LOSE=mail
  said 'loses tls: CERTIFICATE_ARN without a value (command line): https:// would no longer answer'
  [ "$(grep -c '^loses .* deploy wants LOSE= to name it$' <<<"$output")" = 3 ]
  run -0 laptop plan METRICS_CIDR=203.0.113.0/28 ALARM_EMAIL=dev@example.org
  [[ $output != *loses* ]]
  [ -z "$(mutations)" ]

  run -0 laptop deploy "${all[@]}" LOSE=tls,signin,mail,scrape
  [[ $(remembers) != *LOSE* ]]
  run -0 laptop deploy
  said 'nothing to change'
}

# watched: an `aws` that notes the arguments of all processes, and what is written to the balancer.
watched() {
  stand_in <<'END'
[[ $1 != @(elbv2|ssm) ]] || cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' >>"$BATS_TEST_TMPDIR/arguments"
for argument in "$@"; do
  [[ $argument != file://*/actions.json ]] || {
    stat -c %a "${argument#file://}" "$(dirname "${argument#file://}")" >>"$BATS_TEST_TMPDIR/modes"
    cat "${argument#file://}" >>"$BATS_TEST_TMPDIR/actions"
  }
done
END
}

@test "a client secret is found by its name, told to the balancer and to nobody else, and noticed when it is rotated" {
  local name=/fleetdash-secrets/oidc written=$'elbv2 ModifyRule\nelbv2 ModifyRule\nelbv2 ModifyListener\nelbv2 AddTags'
  printf '%s' 'oidc-4711"\secret' >"$BATS_TEST_TMPDIR/secret"
  aws ssm put-parameter --type SecureString --name "$name" --value "file://$BATS_TEST_TMPDIR/secret"
  watched
  strict reset-calls '{}'
  run -0 laptop deploy OIDC_CLIENT_SECRET=ssm:$name
  said "setting OIDC_CLIENT_SECRET: none → ssm:$name (command line)"
  [[ $output != *oidc-4711* ]]
  [ "$(mutations | grep -v PutObject)" = $'ssm PutParameter\n'"$written" ]
  [[ $(remembers) == *"\"OIDC_CLIENT_SECRET\":\"ssm:$name\""* ]]
  [ "$(jq -r '.[].AuthenticateOidcConfig.ClientSecret | values' "$BATS_TEST_TMPDIR/actions" | sort -u)" = 'oidc-4711"\secret' ]
  [ "$(sort -u "$BATS_TEST_TMPDIR/modes")" = $'600\n700' ]
  run ! grep -q oidc-4711 "$BATS_TEST_TMPDIR/arguments"

  strict reset-calls '{}'
  run -0 laptop deploy
  said 'nothing to change'
  aws ssm put-parameter --overwrite --name "$name" --value oidc-4712
  strict reset-calls '{}'
  run -0 laptop deploy
  [ "$(mutations | grep -v PutObject)" = "$written" ]

  # One that is given itself is the last word, and would be in the list.
  run -0 laptop deploy OIDC_CLIENT_SECRET=oidc-4713
  said 'OIDC_CLIENT_SECRET is on the command line'
  grep -q oidc-4713 "$BATS_TEST_TMPDIR/arguments"
  [[ $(remembers) != *OIDC_CLIENT_SECRET* ]]
}

@test "a client secret that is not there, not encrypted or more than one is refused, and who only looks does not ask for it" {
  local arn secret=secretsmanager:fleetdash-secrets/oidc
  strict reset-calls '{}'
  run -1 laptop deploy OIDC_CLIENT_SECRET=ssm:/fleetdash-secrets/oidc
  said 'there is no OIDC_CLIENT_SECRET at ssm:/fleetdash-secrets/oidc in eu-central-1'
  run -1 laptop deploy OIDC_CLIENT_SECRET=$secret
  said "there is no OIDC_CLIENT_SECRET at $secret"
  aws ssm put-parameter --type String --name /fleetdash-secrets/oidc --value hush
  run -1 laptop deploy OIDC_CLIENT_SECRET=ssm:/fleetdash-secrets/oidc
  said 'is at ssm:/fleetdash-secrets/oidc as a String, which is not encrypted'
  arn=$(aws secretsmanager create-secret --name fleetdash-secrets/oidc --secret-string '{"client_secret": "hush"}' --query ARN --output text)
  run -1 laptop deploy OIDC_CLIENT_SECRET=$secret
  said "what is at $secret is more than an OIDC_CLIENT_SECRET"
  [[ $output != *hush* ]]
  [ "$(mutations)" = $'ssm PutParameter\nsecretsmanager CreateSecret' ]

  # The one that the balancer has already.
  aws secretsmanager put-secret-value --secret-id fleetdash-secrets/oidc --secret-string hush
  strict reset-calls '{}'
  run -0 laptop deploy "OIDC_CLIENT_SECRET=secretsmanager:$arn"
  [ "$(mutations | grep -v PutObject)" = 'ssm PutParameter' ]
  aws secretsmanager delete-secret --secret-id fleetdash-secrets/oidc --force-delete-without-recovery
  run -0 laptop doctor
  said 'Nothing is wrong.'
  run -1 laptop plan
  said 'there is no OIDC_CLIENT_SECRET at secretsmanager:arn:'
}

@test "what stands is not lost unsaid where nothing is remembered" {
  aws ssm delete-parameter --name /fleetdash/prod/settings
  strict reset-calls '{}'
  run -1 laptop deploy CERTIFICATE_ARN= DOMAIN= "${no_sign_in[@]}"
  said 'or say LOSE=tls,signin'
  run -1 laptop deploy METRICS_CIDR=203.0.113.8/32
  said 'METRICS_CIDR without 203.0.113.7/32'
  [ -z "$(mutations)" ]
}

@test "the data that a former deployment kept is kept as long by the next" {
  fleetdash destroy
  run ! remembers
  run --separate-stderr laptop plan ALLOW_CIDR=203.0.113.0/24
  [ "$status" = 0 ]
  said 'setting RETAIN_RAW: 50d (adopted, as it stands)'
  [ "$(grep -c adopted <<<"$output")" = 1 ]
}

@test "what somebody else made remembered since the plan is not overwritten" {
  strict reset-calls '{}'
  PARTS_IDS=$BATS_TEST_TMPDIR/ids run -1 "$BATS_TEST_DIRNAME/parts" apply settings_keep
  said 'somebody else changed the settings of prod since the plan was made'
  [ -z "$(mutations)" ]
}

@test "who looks or goes back is not kept from it by settings that are wrong" {
  laptop_env MIN_SIZE=many
  run --separate-stderr laptop status INSTANCE_TYPE=huge
  [ "$status" = 0 ]
  [[ $stderr == *'status goes by what prod remembers, and not by INSTANCE_TYPE'* ]]
  run ! laptop plan
  said 'MIN_SIZE "many": a number from 1 to 100'
  run -2 laptop status VERSON=1
  said 'perhaps VERSION was meant'
}

# document VERSION: what the template version says, but for the release.
document() {
  aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "$1" --output json \
    | jq -S '.LaunchTemplateVersions[].LaunchTemplateData | .UserData |= (@base64d | sub("\nRELEASE=[^\n]*"; ""))'
}

@test "who goes back changes the release and nothing else, whatever is remembered by then; the next deploy finds nothing to change" {
  local wanted former
  wanted=$(remembers)
  former=$(document 1)
  # The same but for a file that nobody reads.
  cp "$RELEASE_JAR" "$BATS_TEST_TMPDIR/two.jar"
  echo two >"$BATS_TEST_TMPDIR/two"
  "$root/.ci/with-tools" jar --update --file "$BATS_TEST_TMPDIR/two.jar" -C "$BATS_TEST_TMPDIR" two
  RELEASE_JAR=$BATS_TEST_TMPDIR/two.jar run -0 laptop deploy
  aws ssm put-parameter --name /fleetdash/prod/settings --overwrite --type String \
    --value '{"INSTANCE_TYPE":"m9.huge","VPC_CIDR":"none","DOMAIN":"","NAT_MODE":5}'
  strict reset-calls '{}'
  run --separate-stderr laptop rollback PURCHASE=on-demand
  echo "$output$stderr"
  [ "$status" = 0 ]
  [[ $stderr == *'rollback goes by what prod remembers, and not by PURCHASE'* ]]
  [[ $stderr == *'/fleetdash/prod/settings is not as a deploy writes it'* ]]
  [ "$(mutations | grep -v 's3 PutObject')" = 'ec2 CreateLaunchTemplateVersion
autoscaling StartInstanceRefresh
ssm PutParameter
autoscaling UpdateAutoScalingGroup' ]
  [ "$(document 3)" = "$former" ]

  aws ssm put-parameter --name /fleetdash/prod/settings --overwrite --type String --value "$wanted"
  run --separate-stderr laptop deploy
  [ "$status" = 0 ]
  [[ $stderr == *'nothing to change'* ]]
}
