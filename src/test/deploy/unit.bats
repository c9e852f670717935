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

@test "install.sh tells how it is used, and refuses what is no setting" {
  run -0 bash "$root/userdata/install.sh" --help
  [[ $output == *'aws s3 cp --recursive'*'FLEETDASH_ARCHIVE='* ]]
  run -2 bash "$root/userdata/install.sh" fleetdash_port=1
  run -2 bash "$root/userdata/install.sh" 'FLEETDASH_HOST="a b"'
}
