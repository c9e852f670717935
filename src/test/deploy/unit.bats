#!/usr/bin/env bats
#
# What can be said of unit and user-data without starting them.

bats_require_minimum_version 1.5.0

setup_file() {
  export root
  root=$(readlink -f "$BATS_TEST_DIRNAME/../../..")
  # The unit wants a java, which this machine may have elsewhere.
  sed 's#/usr/bin/java#/usr/bin/env#' "$root/systemd/fleetdash.service" >"$BATS_FILE_TMPDIR/fleetdash.service"
}

@test "systemd finds nothing wrong with the unit" {
  # It ends with 0 also when there are keys that it does not know.
  run -0 systemd-analyze verify "$BATS_FILE_TMPDIR/fleetdash.service"
  [ "$output" = '' ]
}

@test "the sandbox is worth 1.5 at most" {
  run -0 systemd-analyze security --offline=true --no-pager --threshold=15 "$BATS_FILE_TMPDIR/fleetdash.service"
}

@test "a unit without its sandbox would be found out" {
  sed -i.bare '/^ProtectSystem=/d' "$BATS_FILE_TMPDIR/fleetdash.service"
  run ! systemd-analyze security --offline=true --no-pager --threshold=15 "$BATS_FILE_TMPDIR/fleetdash.service"
  mv "$BATS_FILE_TMPDIR/fleetdash.service.bare" "$BATS_FILE_TMPDIR/fleetdash.service"
}

@test "stopping may take the drain and the last put" {
  local drain stop
  drain=$(sed -n 's/^Environment=FLEETDASH_DRAIN=\([0-9]*\)s$/\1/p' "$root/systemd/fleetdash.service")
  stop=$(sed -n 's/^TimeoutStopSec=\([0-9]*\)s$/\1/p' "$root/systemd/fleetdash.service")
  # Three checks of the balancer, 5 s apart, go by before it sends nobody any more.
  ((drain > 15 && stop >= drain + 45))
}

@test "user-data fits into a launch template with settings of any length" {
  # 16 KiB, and room for a kibibyte more of settings than the example has.
  (($(wc -c <"$root/userdata/user-data.sh") <= 16384 - 1024))
}

@test "user-data hands a release those of its settings that it knows, and says which it leaves out" {
  # shellcheck disable=SC1090 # all of user-data but its last line, which runs it
  source <(sed '/^set /d; $d' "$root/userdata/user-data.sh")
  # shellcheck disable=SC2317 # know_settings calls them
  java() {
    [[ $* == *' -jar fleetdash.jar --check-config' ]] && printf '%s\n' 'FLEETDASH_BIND=127.0.0.1  # default' 'FLEETDASH_PORT=8080  # default'
  }
  # shellcheck disable=SC2317
  shout() { echo "$*"; }
  # shellcheck disable=SC2034 # know_settings reads them
  work=$BATS_TEST_TMPDIR error=$BATS_TEST_TMPDIR/error
  # shellcheck disable=SC2034
  SETTINGS=(FLEETDASH_PORT='80' FLEETDASH_URL='https://dash.example.org' FLEETDASH_BIND='::' AWS_REGION='eu-central-1')
  know_settings >"$BATS_TEST_TMPDIR/said"
  # shellcheck disable=SC2154 # know_settings sets it
  [ "${known[*]}" = 'FLEETDASH_PORT=80 FLEETDASH_BIND=:: AWS_REGION=eu-central-1' ]
  [ "$(<"$BATS_TEST_TMPDIR/said")" = 'left out, because this release does not know it: FLEETDASH_URL=https://dash.example.org' ]
}

@test "every release tells the settings that it knows, and this one knows those of user-data" {
  local jar=$root/target/fleetdash.jar setting
  run -0 "$root/.ci/with-tools" java -jar "$jar" --check-config
  while read -r setting; do
    [[ $'\n'$output == *$'\n'"$setting"* ]] || {
      echo "$setting"
      return 1
    }
  done < <(grep -o 'FLEETDASH_[A-Z_]*=' "$root/deploy/user-data.sh")
}

@test "install.sh tells how it is used, and refuses what is no setting" {
  run -0 bash "$root/userdata/install.sh" --help
  [[ $output == *'aws s3 cp --recursive'*'FLEETDASH_ARCHIVE='* ]]
  run -2 bash "$root/userdata/install.sh" fleetdash_port=1
  run -2 bash "$root/userdata/install.sh" 'FLEETDASH_HOST="a b"'
}
