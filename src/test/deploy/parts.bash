# For bats files: base_of 'FUNCTION …' SETTING=VALUE … in setup_file starts an emulator and makes what the tests of a part
# stand on; fork_emulator in setup gives each test a copy of it.

source "$BATS_TEST_DIRNAME/emulator/emulator.bash"

export POLL_SECONDS=0 RETRY_SECONDS=0

parts() {
  "$BATS_TEST_DIRNAME/parts" "$@"
}

base_of() {
  start_emulator
  export PARTS_IDS=$BATS_FILE_TMPDIR/ids
  {
    aws s3api create-bucket --bucket fleetdash-prod-123456789012-eu-central-1-releases \
      --create-bucket-configuration LocationConstraint=eu-central-1
    aws iam create-role --role-name fleetdash-prod-host --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
    aws iam create-instance-profile --instance-profile-name fleetdash-prod-host
    aws iam add-role-to-instance-profile --instance-profile-name fleetdash-prod-host --role-name fleetdash-prod-host
    parts apply "$@"
  } >"$BATS_FILE_TMPDIR/base.log" 2>&1 || {
    cat "$BATS_FILE_TMPDIR/base.log"
    return 1
  }
}

# reads QUERY ARGUMENTS…: what the CLI says, with single blanks.
reads() {
  local query=$1
  shift
  aws "$@" --output text --query "$query" | tr -s '\t\n' ' ' | sed 's/ $//'
}

# changes 'FUNCTION …' SETTING=VALUE …: does these parts, and prints what was changed, a call a line.
changes() {
  strict reset-calls '{}' >/dev/null
  parts apply "$@" 2>"$BATS_TEST_TMPDIR/log" || {
    cat "$BATS_TEST_TMPDIR/log" >&2
    return 1
  }
  strict calls | jq -r '.[] | select(.mutating and .service != "s3") | .action'
}

# plan 'FUNCTION …' SETTING=VALUE …: what would change, a line each; nothing must.
plan() {
  strict reset-calls '{}' >/dev/null
  parts plan "$@" 2>"$BATS_TEST_TMPDIR/log"
  [[ $(strict calls | jq 'map(select(.mutating)) | length') == 0 ]]
}
