#!/usr/bin/env bats
#
# The instances by hand: the CLI's session with a stand-in for its plugin, which tells what it was handed.

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
  mkdir "$BATS_TEST_TMPDIR/bin"
  read -r one other <<<"$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod \
    --query 'sort(AutoScalingGroups[0].Instances[].InstanceId)' --output text)"
}

with_plugin() {
  cat >"$BATS_TEST_TMPDIR/bin/session-manager-plugin" <<PLUGIN
#!/usr/bin/env bash
printf '%s\\n' "\$5" >>'$BATS_TEST_TMPDIR/sessions'
PLUGIN
  chmod +x "$BATS_TEST_TMPDIR/bin/session-manager-plugin"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# sessions: target, document and parameters of each.
sessions() {
  jq -r '[.Target, .DocumentName // "", (.Parameters // {} | tojson)] | join(" ")' "$BATS_TEST_TMPDIR/sessions"
}

@test "without the plugin of the CLI that is said before anything is asked" {
  strict reset-calls '{}'
  run -1 fleetdash open
  said 'the Session Manager plugin of the AWS CLI is not installed'
  [ "$(strict calls | jq length)" = 0 ]
}

@test "make open forwards a port of this machine to a host" {
  with_plugin
  run -0 fleetdash open
  said "http://localhost:8080 shows the fleet as $one sees it"
  run -0 fleetdash open HOST="$other" PORT=9090
  said "http://localhost:9090 shows the fleet as $other sees it"
  expect sessions "$one AWS-StartPortForwardingSession {\"portNumber\":[\"8080\"],\"localPortNumber\":[\"8080\"]}
$other AWS-StartPortForwardingSession {\"portNumber\":[\"8080\"],\"localPortNumber\":[\"9090\"]}" "$(sessions)"
}

@test "make ssh opens a shell on the host that is named, and names those there are" {
  with_plugin
  run -1 fleetdash ssh
  said "say which host: HOST= one of $one $other"
  run -1 fleetdash ssh HOST=i-0123456789abcdef0
  said "say which host: HOST= one of $one $other"
  run -2 fleetdash ssh HOST=web-1
  said 'HOST "web-1": an instance, such as i-0123456789abcdef0'
  run -0 fleetdash ssh HOST="$other"
  expect sessions "$other  {}" "$(sessions)"
}

@test "make logs reads the journal of all hosts, or of one" {
  local journal='AWS-StartNonInteractiveCommand {"command":["sudo journalctl --unit=fleetdash --lines=200 --no-pager"]}'
  with_plugin
  run -0 fleetdash logs
  said "== $one"
  said "== $other"
  run -0 fleetdash logs HOST="$other"
  expect sessions "$one $journal
$other $journal
$other $journal" "$(sessions)"
}

@test "make restart restarts the service on one host" {
  with_plugin
  run -1 fleetdash restart
  said "say which host: HOST="
  run -0 fleetdash restart HOST="$one"
  [[ $(sessions) == "$one AWS-StartNonInteractiveCommand "*'sudo systemctl restart fleetdash '* ]]
}

@test "the optional policy lets whoever has it open sessions, and the other two do not" {
  local file
  with_plugin
  aws iam create-user --user-name ops >/dev/null
  for file in "$root"/deploy/iam/deployer{,-data}.json; do
    aws iam put-user-policy --user-name ops --policy-name "$(basename "$file" .json)" --policy-document "file://$file"
  done
  local keys
  keys=$(aws iam create-access-key --user-name ops --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
  strict config '{"enforce_iam": true}' >/dev/null
  run -1 as_ops fleetdash ssh HOST="$one"
  said 'is not authorized to perform: ssm:StartSession'

  as_root aws iam put-user-policy --user-name ops --policy-name extra --policy-document "file://$root/deploy/iam/deployer-extra.json"
  as_ops fleetdash ssh HOST="$one"
  as_ops fleetdash logs HOST="$one"
  as_ops fleetdash open
}

as_ops() {
  local -x AWS_ACCESS_KEY_ID=${keys%%[[:space:]]*} AWS_SECRET_ACCESS_KEY=${keys##*[[:space:]]}
  "$@"
}

as_root() {
  AWS_ACCESS_KEY_ID=AKIAEMULATORROOT AWS_SECRET_ACCESS_KEY=root-secret "$@"
}
