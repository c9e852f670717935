# For bats files that run whole commands of deploy/fleetdash against the emulator.

load emulator/emulator

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

# clone DIRECTORY: of what a deploy takes from the working copy, without the settings of whoever works here.
clone() {
  mkdir "$1"
  cp -R "$root/deploy" "$root/systemd" "$root/userdata" "$1"
  ln -s "$root/.ci" "$1/.ci"
  find "$1/deploy" -maxdepth 1 -name '*.env' ! -name config.env -delete
}

# deployed_emulator [SETTING=VALUE …]: one deployment, which every test of the file then has a copy of.
deployed_emulator() {
  export RELEASE_JAR=${RELEASE_JAR:-$root/target/fleetdash.jar}
  [[ -r $RELEASE_JAR ]] || {
    echo "there is no $RELEASE_JAR: run mvn package first" >&2
    return 1
  }
  # The emulator's time passes with its calls.
  export POLL_SECONDS=0 RETRY_SECONDS=0
  start_emulator
  fleetdash deploy "$@" >"$BATS_FILE_TMPDIR/deploy.out" 2>"$BATS_FILE_TMPDIR/deploy.log" || {
    cat "$BATS_FILE_TMPDIR/deploy.out" "$BATS_FILE_TMPDIR/deploy.log" >&2
    return 1
  }
}

# fleetdash COMMAND [SETTING=VALUE …]
fleetdash() {
  [[ -e $BATS_FILE_TMPDIR/clone ]] || clone "$BATS_FILE_TMPDIR/clone"
  "$BATS_FILE_TMPDIR/clone/deploy/fleetdash" "$1" ALLOW_CIDR=203.0.113.0/24 YES=1 "${@:2}"
}

# killed_after CALLS COMMAND [SETTING=VALUE …]: in a process group of its own, which the emulator kills before it gives the answer.
killed_after() {
  local code=0
  set -m
  fleetdash "${@:2}" >"$BATS_TEST_TMPDIR/killed" 2>&1 &
  set +m
  strict kill "{\"after\": $1, \"pgid\": $!}"
  wait $! || code=$?
  [ "$code" = 137 ]
}

# The calls that changed something since the last reset, a line each.
mutations() {
  strict calls | jq -r '.[] | select(.mutating and .error == null) | .service + " " + .action'
}

# What is there, but for the lease, of which every run leaves another.
inventory() {
  strict inventory '{"ignore": ["/deploy.lease$"]}'
}

said() {
  [[ $output == *"$1"* ]] || {
    echo "not said: $1"
    echo "$output"
    return 1
  }
}

# stand_in: an `aws` that asks the real one, but not for what the lines of its input end with a failure.
stand_in() {
  mkdir "$BATS_TEST_TMPDIR/bin"
  {
    echo '#!/usr/bin/env bash'
    cat
    echo "exec '$(command -v aws)' \"\$@\""
  } >"$BATS_TEST_TMPDIR/bin/aws"
  chmod +x "$BATS_TEST_TMPDIR/bin/aws"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}
