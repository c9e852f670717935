#!/usr/bin/env bats
#
# How a release reaches the instances: first, by instance refresh, not at all when it is bad, on after an interruption,
# and back again.
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  export RELEASES=fleetdash-prod-123456789012-eu-central-1-releases
  export JARS=$BATS_FILE_TMPDIR
  make_jar one
  make_jar two
  export RELEASE_JAR=$JARS/one.jar
  base_of "storage_ensure network_ensure security_ensure balancer_ensure watching_ensure $deploying rollout_await_healthy" NAT_MODE=none
  # Alarms of an emulator have no data to be content with.
  local alarm
  for alarm in no-healthy-host unhealthy-hosts errors; do
    aws cloudwatch set-alarm-state --alarm-name "fleetdash-prod-$alarm" --state-value OK --state-reason test
  done
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
  export RELEASE_JAR=$JARS/one.jar
}

# What a deploy does about a release, once all else is there.
deploying='release_build release_upload rollout_first compute_ensure rollout'

# make_jar NAME: one that answers --version, and differs from the others.
make_jar() {
  local with_tools=$BATS_TEST_DIRNAME/../../../.ci/with-tools
  mkdir -p "$JARS/$1"
  echo "class Main { public static void main(String... a) { System.out.println(\"fleetdash 0.1.0 ($1) java\"); } }" >"$JARS/$1/Main.java"
  "$with_tools" javac -d "$JARS/$1" "$JARS/$1/Main.java"
  "$with_tools" jar --create --file "$JARS/$1.jar" --main-class Main -C "$JARS/$1" Main.class
}

deploy_release() {
  RELEASE_JAR=$JARS/$1.jar
  changes "$deploying"
}

current() {
  reads Parameter.Value ssm get-parameter --name /fleetdash/prod/current
}

group_template() {
  reads 'AutoScalingGroups[].LaunchTemplate.Version' autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod
}

refreshes() {
  reads "$1" autoscaling describe-instance-refreshes --auto-scaling-group-name fleetdash-prod
}

# template VERSION: the release that it boots.
template_release() {
  aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "$1" --output text \
    --query 'LaunchTemplateVersions[].LaunchTemplateData.UserData' | base64 -d | sed -n "s/^RELEASE='\(.*\)'$/\1/p"
}

# all_on RELEASE: it is current, the group is on the template that fetches what is current, and every instance has it.
all_on() {
  expect 'current release' "$1" "$(current)"
  expect "the group's template" current "$(template_release "$(group_template)")"
  expect 'nothing is left to do' '' "$(plan "$deploying")"
}

@test "the first release is complete in the bucket, and current before the group is there" {
  local reference version
  reference=$(current) version=${reference%%:*}
  aws s3 cp --quiet --recursive "s3://$RELEASES/releases/$version/" "$BATS_TEST_TMPDIR/release"
  cd "$BATS_TEST_TMPDIR/release"
  sha256sum --check --strict --quiet SHA256SUMS
  [ "$(cut -d' ' -f3 SHA256SUMS | sort | xargs)" = 'aot-cache.sh fleetdash.jar fleetdash.service install.sh jvm.options' ]
  [ "$(sha256sum <SHA256SUMS | cut -d' ' -f1)" = "${reference#*:}" ]
  [[ $version == 0.1.0-"${reference:$((${#version} + 1)):12}" ]]
  cmp fleetdash.jar "$JARS/one.jar"
  all_on "$reference"
  [ -z "$(refreshes 'InstanceRefreshes[].Status')" ]
}

@test "the same release again changes nothing" {
  [ -z "$(plan "$deploying")" ]
  [ -z "$(deploy_release one)" ]
  [ "$(strict calls | jq 'map(select(.mutating)) | length')" = 0 ]
}

@test "another release is rolled out by a refresh to a template of its own, and current only after that" {
  local former
  former=$(current)
  RELEASE_JAR=$JARS/two.jar
  plan "$deploying" >"$BATS_TEST_TMPDIR/plan"
  [ "$(cut -f1,2 "$BATS_TEST_TMPDIR/plan" | sed 's/0.1.0-[0-9a-f]*/X/')" = "upload	release X
create	version of launch template fleetdash-prod
roll out	release X
change	current release
change	template version of group fleetdash-prod" ]

  [ "$(deploy_release two)" = 'CreateLaunchTemplateVersion
StartInstanceRefresh
PutParameter
UpdateAutoScalingGroup' ]
  [ "$(current)" != "$former" ]
  all_on "$(current)"
  [ "$(template_release 2)" = "$(current)" ]
  expect 'what AWS asks for a rollback: a number and a desired configuration' 'Successful 2 True' \
    "$(refreshes 'InstanceRefreshes[0].[Status,DesiredConfiguration.LaunchTemplate.Version,Preferences.AutoRollback]')"
  expect 'capacity stays, half comes first, every instance is replaced' '100 150 False 60' \
    "$(refreshes 'InstanceRefreshes[0].Preferences.[MinHealthyPercentage,MaxHealthyPercentage,SkipMatching,CheckpointDelay]')"
  expect 'checkpoints' '50 100' "$(refreshes 'InstanceRefreshes[0].Preferences.CheckpointPercentages')"
  expect 'alarms' 'fleetdash-prod-no-healthy-host fleetdash-prod-unhealthy-hosts fleetdash-prod-errors' \
    "$(refreshes 'InstanceRefreshes[0].Preferences.AlarmSpecification.Alarms')"
}

@test "another setting is rolled out with the release as it is" {
  local former
  former=$(current)
  changes "$deploying" FLUSH=30s
  [ "$(current)" = "$former" ]
  [ "$(refreshes 'InstanceRefreshes[].Status')" = Successful ]
  [ -z "$(plan "$deploying" FLUSH=30s)" ]
}

@test "a release that does not become healthy is rolled back, and never current" {
  local former template
  former=$(current) template=$(group_template)
  strict config '{"refresh_outcome": "failed"}'

  run -1 deploy_release two
  [[ $output == *'was not rolled out: RollbackSuccessful (Instances did not become healthy'* ]]
  [[ $output == *"${former%%:*} is still current, and every instance runs as before"* ]]
  # By then the instance is gone.
  [[ $output == *'What instance i-'*$' said at its boot:\n  fleetdash-boot: 30.1 s: the release is current\n  fleetdash-boot: 31.0 s: FAILED in line 7 with code 1: false' ]]
  [ "$(current)" = "$former" ]
  [ "$(group_template)" = "$template" ]

  # Nor does the release before have to be rolled out again.
  [ -z "$(deploy_release one)" ]
  strict config '{"refresh_outcome": "successful"}'
  deploy_release two
  all_on "$(current)"
}

# fails_with BOOTS: release two is rolled out as version 2, of which boots go so. The run itself takes it back.
fails_with() {
  local former template
  former=$(current) template=$(group_template)
  strict config "{\"boots\": {\"2\": $1}}"
  run -1 deploy_release two
  [[ $output == *'roll back release '*': two of its instances failed'* ]]
  [[ $output == *'was not rolled out: RollbackSuccessful'*"${former%%:*} is still current, and every instance runs as before."* ]]
  expect 'who rolled back' 'The rollback was requested.' "$(refreshes 'InstanceRefreshes[0].RollbackDetails.RollbackReason')"
  expect 'current release' "$former" "$(current)"
  expect 'templates' "$template $template $template" "$(group_template) $(reads \
    "AutoScalingGroups[].Instances[?LifecycleState=='InService'].LaunchTemplate.Version" autoscaling describe-auto-scaling-groups)"
}

@test "a release of which two boots fail is taken back at once, with what they said and what AWS says" {
  fails_with '["failing"]'
  [[ $output == *$'\nWhat AWS says of instance i-'*'was abandoned: Lifecycle Action Completed with ABANDON Result'$'\nWhat AWS says of instance i-'* ]]
  [[ $output == *'What instance i-'*$' said at its boot:\n  fleetdash-boot: 30.1 s: the release is current\n  fleetdash-boot: 31.0 s: FAILED in line 7 with code 1: false' ]]
}

@test "a release of which two boots hang is taken back when their time is over" {
  fails_with '["hung"]'
  [[ $output == *'What AWS says of instance i-'*'was abandoned: Heartbeat Timeout'* ]]
}

@test "one boot that fails is bad luck" {
  strict config '{"boots": {"2": ["failing", "good"]}}'
  deploy_release two
  all_on "$(current)"
  expect 'launches that failed' 1 "$(reads "length(Activities[?StatusCode=='Cancelled'])" autoscaling describe-scaling-activities)"
}

@test "a roll-out that AWS takes back in the same moment is followed to its end" {
  strict config '{"boots": {"2": ["failing"]}}'
  strict config '{"action": "RollbackInstanceRefresh", "code": "ActiveInstanceRefreshNotFound", "times": 2}'
  run -1 deploy_release two
  [[ $output == *'was not rolled out: RollbackSuccessful'* ]]
}

@test "a first deployment of which two boots fail ends with what they said" {
  changes compute_delete
  strict config '{"boots": {"1": ["failing"]}}'
  HEALTHY_SECONDS=30 run -1 parts apply 'compute_ensure rollout_await_healthy'
  [[ $output == *'two instances failed, and others would too. What AWS says of instance i-'*'FAILED in line 7 with code 1: false' ]]
}

@test "a first release that does not get healthy is current until a good one is, and no longer" {
  local bad
  bad=$(current)
  strict config '{"unhealthy_targets": true}'
  # What the first deploy ends with, and the same again.
  HEALTHY_SECONDS=0 run -1 parts apply "$deploying rollout_await_healthy"
  [[ $output == *'only 0 of 2 instances became healthy in time'* ]]
  [ "$(current)" = "$bad" ]
  strict config '{"unhealthy_targets": false}'

  deploy_release two
  [ "$(current)" != "$bad" ]
  all_on "$(current)"
  parts apply rollout_await_healthy
}

# What a deploy before the hook has left: a template whose instances do not say when they serve, and their group.
as_before_the_hook() {
  local data
  data=$(aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions 1 --output json \
    --query 'LaunchTemplateVersions[0].LaunchTemplateData')
  data=$(jq --arg text "$(jq -r .UserData <<<"$data" | base64 -d | sed s/complete-lifecycle-action/none/ | base64 -w0)" '.UserData = $text' <<<"$data")
  aws ec2 create-launch-template-version --launch-template-name fleetdash-prod --launch-template-data "$data"
  aws autoscaling delete-lifecycle-hook --auto-scaling-group-name fleetdash-prod --lifecycle-hook-name launching
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod --health-check-grace-period 300 \
    --launch-template LaunchTemplateName=fleetdash-prod,Version=2
  aws autoscaling start-instance-refresh --auto-scaling-group-name fleetdash-prod
  until [[ $(refreshes 'InstanceRefreshes[0].Status') == Successful ]]; do :; done
} >/dev/null

# How the group launches: the templates of its instances that serve, its grace period, and its launch hook.
launches() {
  reads "AutoScalingGroups[].[Instances[?LifecycleState=='InService'].LaunchTemplate.Version,[to_string(HealthCheckGracePeriod)]][][]" \
    autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod
  printf ' '
  reads "LifecycleHooks[?LifecycleHookName=='launching'].[DefaultResult,HeartbeatTimeout]" \
    autoscaling describe-lifecycle-hooks --auto-scaling-group-name fleetdash-prod
}

@test "a group waits for the word of its instances once it launches only those that say it, and not before" {
  local two
  as_before_the_hook
  # The way back leads to instances that say nothing.
  strict config '{"boots": {"3": ["failing"]}}'
  run -1 deploy_release two
  [[ $output == *'two of its instances failed'*'RollbackSuccessful'*'every instance runs as before'* ]]
  [[ $output == *'What AWS says of instance i-'*"an instance's health changed"* ]]
  expect 'after the way back' '2 2 300 ' "$(launches)"

  strict config '{"boots": {}}'
  RELEASE_JAR=$JARS/two.jar
  [[ $(plan "$deploying") == *$'set\tlife-cycle hook launching of group fleetdash-prod\tEC2_INSTANCE_LAUNCHING ABANDON 900'* ]]
  [ "$(deploy_release two)" = 'StartInstanceRefresh
PutParameter
UpdateAutoScalingGroup
PutLifecycleHook
UpdateAutoScalingGroup' ]
  two=$(current)
  all_on "$two"
  expect 'after the roll-out' '3 3 60 ABANDON 900' "$(launches)"
  rollback
  [ "$(current)" != "$two" ]
  expect 'after a rollback' '4 4 60 ABANDON 900' "$(launches)"
}

@test "a jar that does not start is not even uploaded" {
  echo nonsense >"$JARS/bad.jar"
  run -1 deploy_release bad
  [[ $output == *'bad.jar does not start, so that it is not rolled out'* ]]
  [ "$(strict calls | jq 'map(select(.mutating)) | length')" = 0 ]
}

@test "a roll-out that is killed after any call is completed, not repeated" {
  local number two
  local -i tried=0
  RELEASE_JAR=$JARS/two.jar
  strict snapshot '{"on": true}' >/dev/null
  changes "$deploying" >/dev/null
  strict snapshot '{"on": false}' >"$BATS_TEST_TMPDIR/snapshots"
  two=$(current)
  all_on "$two"
  while read -r number; do
    EMULATOR=$(jq -r ".[$number].endpoint" "$BATS_TEST_TMPDIR/snapshots")
    export EMULATOR AWS_ENDPOINT_URL=$EMULATOR
    parts apply "$deploying"
    expect "refreshes after snapshot $number" 1 "$(refreshes 'length(InstanceRefreshes)')"
    expect "current release after snapshot $number" "$two" "$(current)"
    expect "template after snapshot $number" current "$(template_release "$(group_template)")"
    tried+=1
  done < <(jq -r 'to_entries[] | select(.value.call.action | test("LaunchTemplate|Refresh|Parameter|UpdateAuto")) | .key' "$BATS_TEST_TMPDIR/snapshots")
  [ "$tried" = 4 ]
}

@test "another's roll-out is not meddled with" {
  aws autoscaling start-instance-refresh --auto-scaling-group-name fleetdash-prod
  run -1 deploy_release two
  [[ $output == *'another roll-out is under way (instance refresh '*"'aws autoscaling cancel-instance-refresh --region eu-central-1 --auto-scaling-group-name fleetdash-prod'"* ]]
  [ "$(refreshes 'length(InstanceRefreshes)')" = 1 ]
}

@test "after a roll-out was cancelled half-way, the next deploy makes the instances equal" {
  local former
  former=$(current)
  aws autoscaling start-instance-refresh --auto-scaling-group-name fleetdash-prod
  aws autoscaling cancel-instance-refresh --auto-scaling-group-name fleetdash-prod
  until [[ $(refreshes 'InstanceRefreshes[0].Status') == Cancelled ]]; do :; done
  [[ $(deploy_release one) == *StartInstanceRefresh* ]]
  all_on "$former"
}

@test "an alarm that is on already does not end the roll-out that is to mend it" {
  aws cloudwatch set-alarm-state --alarm-name fleetdash-prod-errors --state-value ALARM --state-reason test
  deploy_release two
  grep -q 'these alarms are on, so that alarms do not stop this roll-out: fleetdash-prod-errors' "$BATS_TEST_TMPDIR/log"
  [ "$(refreshes 'InstanceRefreshes[0].[Status,Preferences.AlarmSpecification]')" = 'Successful None' ]
}

# rollback [SETTING=VALUE …]: what it changed, a call a line. Of the deployment it knows no more than its name.
rollback() {
  local -x PARTS_IDS=$BATS_TEST_TMPDIR/no-ids
  : >"$PARTS_IDS"
  changes 'compute_keep release_choose rollout' "$@"
}

# like VERSION: all that the template version says, but for the release.
like() {
  aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "$1" --output json \
    | jq -S '.LaunchTemplateVersions[].LaunchTemplateData | .UserData |= (@base64d | sub("\nRELEASE=[^\n]*"; ""))'
}

# by_hand JQ-FILTER: puts the group on a version that is its own after the filter.
by_hand() {
  aws ec2 describe-launch-template-versions --launch-template-name fleetdash-prod --versions "$(group_template)" --output json \
    | jq ".LaunchTemplateVersions[].LaunchTemplateData | $1" >"$BATS_TEST_TMPDIR/by-hand"
  on_version "$(reads LaunchTemplateVersion.VersionNumber ec2 create-launch-template-version --launch-template-name fleetdash-prod \
    --launch-template-data "file://$BATS_TEST_TMPDIR/by-hand")"
}

on_version() {
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod \
    --launch-template "LaunchTemplateName=fleetdash-prod,Version=$1"
}

@test "a rollback goes to the release before, or to one by name, and changes nothing else, whatever settings say" {
  local one two
  one=$(current)
  deploy_release two
  two=$(current)

  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod --max-size 3
  [ "$(rollback INSTANCE_TYPE=t3.small PURCHASE=spot VOLUME_SIZE=20 VPC_CIDR=10.9.0.0/16 FLUSH=30s)" = 'CreateLaunchTemplateVersion
StartInstanceRefresh
PutParameter
UpdateAutoScalingGroup' ]
  [ "$(current)" = "$one" ]
  [ "$(template_release 3)" = "$one" ]
  [ "$(like 3)" = "$(like 1)" ]
  [ "$(group_template)" = 1 ]
  [ "$(reads 'AutoScalingGroups[].MaxSize' autoscaling describe-auto-scaling-groups)" = 3 ]

  # The version for it is there since the roll-out.
  [ "$(rollback "VERSION=${two%%:*}" DOMAIN=dash.example.org)" = $'StartInstanceRefresh\nPutParameter\nUpdateAutoScalingGroup' ]
  [ "$(current)" = "$two" ]
}

@test "a rollback keeps what instances were told by settings that nobody remembers, and the next deploy brings what it is given" {
  local one kept
  one=$(current)
  RELEASE_JAR=$JARS/two.jar changes "$deploying" DOMAIN=dash.example.org VOLUME_SIZE=20
  kept=$(group_template)
  rollback
  [ "$(current)" = "$one" ]
  [ "$(group_template)" = "$kept" ]
  [[ $(like "$kept") == *'"VolumeSize": 20'*",dash.example.org'"* ]]
  expect 'with the same settings nothing is left to do' '' "$(plan "$deploying" DOMAIN=dash.example.org VOLUME_SIZE=20)"
  [[ $(deploy_release one) == *StartInstanceRefresh* ]]
  [ "$(like "$(group_template)")" = "$(like 1)" ]
  all_on "$one"
}

@test "a rollback that is killed after any call is completed, not repeated" {
  local number one
  local -i tried=0
  one=$(current)
  deploy_release two
  strict snapshot '{"on": true}' >/dev/null
  rollback
  strict snapshot '{"on": false}' >"$BATS_TEST_TMPDIR/snapshots"
  while read -r number; do
    use_emulator "$(jq -r ".[$number].endpoint" "$BATS_TEST_TMPDIR/snapshots")"
    rollback
    expect "refreshes after snapshot $number" 2 "$(refreshes 'length(InstanceRefreshes)')"
    expect "template versions after snapshot $number" 3 \
      "$(reads 'length(LaunchTemplateVersions)' ec2 describe-launch-template-versions --launch-template-name fleetdash-prod)"
    expect "current release after snapshot $number" "$one" "$(current)"
    expect "template after snapshot $number" 1 "$(group_template)"
    tried+=1
  done < <(jq -r 'to_entries[] | select(.value.call.action | test("LaunchTemplate|Refresh|Parameter")) | .key' "$BATS_TEST_TMPDIR/snapshots")
  [ "$tried" = 3 ]
}

@test "from a roll-out that nobody followed to its end one goes back to what is current" {
  local one
  one=$(current)
  deploy_release two
  # As it is when the refresh ends after the deploy was stopped.
  on_version 2
  aws ssm delete-parameter --name /fleetdash/prod/current
  aws ssm put-parameter --name /fleetdash/prod/current --value "$one" --type String
  [ "$(rollback)" = $'CreateLaunchTemplateVersion\nStartInstanceRefresh\nUpdateAutoScalingGroup' ]
  [ "$(current)" = "$one" ]
  [ "$(group_template)" = 1 ]
}

@test "a rollback leaves user-data and a template of another time as they are" {
  local one kept
  one=$(current)
  deploy_release two
  by_hand '.BlockDeviceMappings[0].Ebs.VolumeSize = 33 | .CreditSpecification = {CpuCredits: "standard"}
    | .UserData = ("#!/bin/bash\n# Of another time.\nRELEASE=\u0027current\u0027\nSETTINGS=(A=\u0027b\u0027)\n" | @base64)'
  kept=$(group_template)
  # Its instances do not say when they serve.
  [ "$(rollback)" = $'CreateLaunchTemplateVersion\nPutLifecycleHook\nUpdateAutoScalingGroup\nStartInstanceRefresh\nPutParameter\nUpdateAutoScalingGroup' ]
  expect 'launches' "$((kept + 1)) $((kept + 1)) 300 CONTINUE 30" "$(launches)"
  [ "$(current)" = "$one" ]
  [ "$(group_template)" = "$kept" ]
  [ "$(template_release $((kept + 1)))" = "$one" ]
  [ "$(like $((kept + 1)))" = "$(like "$kept")" ]
  [[ $(like "$kept") == *'"VolumeSize": 33'*'"CpuCredits": "standard"'*'# Of another time.'* ]]
  deploy_release two
  expect 'launches' '2 2 60 ABANDON 900' "$(launches)"
}

@test "a release that has other files than today's is gone back to, when it has them all" {
  local version sums file
  mkdir "$BATS_TEST_TMPDIR/old"
  cd "$BATS_TEST_TMPDIR/old"
  touch fleetdash.jar install.sh
  sha256sum fleetdash.jar install.sh >SHA256SUMS
  sums=$(sha256sum SHA256SUMS | cut -d' ' -f1)
  version=0.0.9-${sums:0:12}
  for file in *; do
    aws s3api put-object --bucket "$RELEASES" --key "releases/$version/$file" --body "$file" --if-none-match '*'
  done
  rollback "VERSION=$version"
  [ "$(current)" = "$version:$sums" ]
  aws s3api delete-object --bucket "$RELEASES" --key "releases/$version/install.sh"
  run -1 rollback "VERSION=$version"
  [[ $output == *"no complete release $version in the bucket (install.sh is missing)"* ]]
}

@test "where there is nothing to start from a rollback says so" {
  local one
  one=$(current)
  refused() {
    run -1 rollback "VERSION=${one%%:*}"
    [[ $output == *"$1"* ]] || {
      echo "$output"
      return 1
    }
    [ "$(strict calls | jq 'map(select(.mutating)) | length')" = 0 ]
  }
  by_hand 'del(.UserData)'
  refused 'version 2 of launch template fleetdash-prod, on which the group is, has no user-data that names a release: run make deploy'
  by_hand '.UserData = ("#!/bin/bash\necho hello\n" | @base64)'
  refused 'version 3 of launch template fleetdash-prod, on which the group is, has no user-data that names a release: run make deploy'
  on_version "\$Latest"
  refused "group fleetdash-prod is on \$Latest instead of on a version of a launch template by its number: give it one with 'aws autoscaling"
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod --min-size 0 --desired-capacity 0
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name fleetdash-prod --force-delete
  refused 'there are no instances of prod in eu-central-1'
}

@test "a rollback to what is not there, not complete or not the same is refused" {
  local one
  one=$(current)
  run -1 parts plan 'compute_keep release_choose'
  [[ $output == *"there was no other release before ${one%%:*}"* ]]
  run -1 parts plan 'compute_keep release_choose' VERSION=0.0.9
  [[ $output == *'no complete release 0.0.9 in the bucket'* ]]

  deploy_release two
  aws s3api delete-object --bucket "$RELEASES" --key "releases/${one%%:*}/SHA256SUMS"
  run -1 parts plan 'compute_keep release_choose'
  [[ $output == *"no complete release ${one%%:*} in the bucket (SHA256SUMS is missing)"* ]]
  echo other >"$BATS_TEST_TMPDIR/x"
  aws s3api put-object --bucket "$RELEASES" --key "releases/${one%%:*}/SHA256SUMS" --body "$BATS_TEST_TMPDIR/x" --if-none-match '*'
  run -1 parts plan 'compute_keep release_choose'
  [[ $output == *'does not have the checksum in its name: it was changed there'* ]]
}

@test "a dashboard that does not become healthy is no success" {
  strict config '{"unhealthy_targets": true}'
  HEALTHY_SECONDS=0 run -1 parts apply rollout_await_healthy
  [[ $output == *'only 0 of 2 instances became healthy in time. What instance i-'*'fleetdash-boot: 31.0 s: FAILED in line 7'* ]]
  # Where nobody may ask, or nothing was said yet.
  strict config '{"action": "GetConsoleOutput", "code": "UnauthorizedOperation", "times": 9}'
  HEALTHY_SECONDS=0 run -1 parts apply rollout_await_healthy
  [[ $output == *'in time. What i-'*' said at its boot: aws ec2 get-console-output --latest --output text --region eu-central-1 --instance-id i-'* ]]
}

@test "why AWS launches nothing is said, until it does" {
  local message='We currently do not have sufficient t4g.micro capacity in the Availability Zone you requested.'
  strict config "{\"launch_failure\": \"$message\"}"
  aws autoscaling set-desired-capacity --auto-scaling-group-name fleetdash-prod --desired-capacity 3
  run -0 parts plan 'command_status'
  [[ $output == *"launches         AWS cannot launch instances: $message (no t4g.micro is to be had in that zone: "* ]]
  strict config '{"unhealthy_targets": true}'
  HEALTHY_SECONDS=0 run -1 parts apply rollout_await_healthy
  [[ $output == *"in time; AWS cannot launch instances: $message (no t4g.micro is to be had in that zone: "*'). What instance i-'* ]]
  strict config '{"unhealthy_targets": false, "launch_failure": ""}'
  parts apply rollout_await_healthy
  run -0 parts plan 'command_status'
  [[ $output != *'cannot launch'* ]]
}

@test "destroy removes the parameter, and keeps the releases" {
  [ "$(changes release_delete)" = DeleteParameter ]
  [ -z "$(changes release_delete)" ]
  [ "$(reads 'length(Contents)' s3api list-objects-v2 --bucket "$RELEASES" --prefix releases/)" = 6 ]
}
