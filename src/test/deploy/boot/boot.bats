#!/usr/bin/env bats
#
# Started by boot/run. The nodes that are to fail boot beside the tests of the one that is not: most of the time they wait.

bats_require_minimum_version 1.5.0
# shellcheck source=src/test/deploy/boot/node.bash
source "$BATS_TEST_DIRNAME/node.bash"
# shellcheck source=src/test/deploy/boot/rows.bash
source "$BATS_TEST_DIRNAME/rows.bash"
# shellcheck source=src/test/deploy/boot/sandbox.bash
source "$BATS_TEST_DIRNAME/sandbox.bash"

readonly good=1 altered=2 stranger=3 no_s3=4 no_metadata=5 broken=6 bare=7 no_packages=8 hung=9 no_java=10
export work=$BATS_FILE_TMPDIR

setup_file() {
  make_world 10
  make_node "$good"
  mkdir "$work/journal-$good" "$work/journal-$bare"
  boot_node "$good" "$FULL_IMAGE" --bind="$work/journal-$good:/var/log/journal"
  await healthy "$good" || { console "$good" && return 1; }
  echo "# healthy $(since_start "$good") s after the container was started" >&3
}

# When it has been shown how long a restart takes, and where the tests chosen need them.
boot_others() {
  local n
  [[ ! -e $work/others ]] || return 0
  touch "$work/others"
  make_node "$altered" "$(make_release altered)"
  aws s3api put-object --bucket "$releases" --key releases/altered/jvm.options >/dev/null
  make_node "$stranger" current stranger
  make_node "$no_s3"
  s3_away "$no_s3"
  make_node "$no_metadata"
  stop_metadata "$no_metadata"
  make_node "$broken" "$(make_release broken "$(broken_jar)")"
  make_node "$hung" "$(make_release hung "$(hung_unit)")"
  make_node "$bare"
  make_node "$no_packages"
  make_node "$no_java"
  # As on Amazon Linux, where the command line is there before anything is installed.
  printf '#!/bin/sh\necho "Error: Failed to download metadata for repo"\nexit 1\n' >"$work/dnf"
  chmod +x "$work/dnf"
  mkdir "$work/home" "$work/disk"
  boot_node "$bare" "$BARE_IMAGE" --bind="$work/home:/home" --bind="$work/disk:/srv/disk" \
    --bind="$work/journal-$bare:/var/log/journal"
  boot_node "$no_packages" "$BARE_IMAGE" --tmpfs=/var/cache/apt/archives
  boot_node "$no_java" "$FULL_IMAGE" --bind-ro="$work/dnf:/usr/bin/dnf" --bind-ro=/dev/null:/usr/bin/java
  for n in "$altered" "$stranger" "$no_s3" "$no_metadata" "$broken" "$hung"; do
    boot_node "$n" "$FULL_IMAGE"
  done
  # Its rows are looked at last, when there are enough of them.
  {
    await console_says "$bare" completed && run_outside_sandbox "$bare"
  } >"$work/outside.log" 2>&1 3>&- &
  echo $! >"$work/outside.pid"
}

teardown_file() {
  local file
  for file in "$work"/{,node-*/}*pid; do
    kill -KILL "$(<"$file")" 2>/dev/null || true
  done
  for file in "$work"/node-*/cgroup; do
    end_cgroup "$(<"$file")"
  done
}

# What the service wrote, also when its node is gone.
kept_journal() {
  journalctl --directory="$work/journal-$1" --unit=fleetdash --output=cat --no-pager
}

kept_journal_says() {
  kept_journal "$1" | grep -q -- "$2"
}

# The boot of a node failed as it should: the console has the line, this text, and what the group was told.
failed_visibly() {
  local n=$1 text=$2
  boot_others
  await console_says "$n" 'FAILED in line' || { console "$n" && return 1; }
  await console_says "$n" "s: $3" || { console "$n" && return 1; }
  console_says "$n" "$text" || { console "$n" && return 1; }
  run ! healthy "$n"
}

# And nothing runs. A process that ends at once is active for a moment, each time that systemd starts it.
nothing_runs() {
  await eval "! in_node $1 systemctl is-active --quiet fleetdash"
}

# abandoned_visibly NODE TEXT: so, and its group ended the launch by what it was told.
abandoned_visibly() {
  local instance
  instance=$(<"$(node_dir "$1")/instance")
  failed_visibly "$1" "$2" "abandoned: $group replaces $instance"
  [[ $(launch_of "$instance") == *'was abandoned: Lifecycle Action Completed with ABANDON Result' ]]
}

@test "the service runs as its own user, and nothing failed on the way" {
  run -0 in_node "$good" systemctl show --property=ActiveState,User,NRestarts fleetdash
  [ "$(sort <<<"$output")" = $'ActiveState=active\nNRestarts=0\nUser=fleetdash' ]
  await console_says "$good" 'completed'
  await in_node "$good" systemctl is-system-running
}

@test "a setting that the release does not know is left out, and said" {
  await console_says "$good" 'left out, because this release does not know it: FLEETDASH_OF_TOMORROW=1'
}

@test "its group has put it into service, by one word" {
  local instance
  instance=$(<"$(node_dir "$good")/instance")
  [ "$(instance_is "$instance" LifecycleState)" = InService ]
  [ "$(launch_of "$instance")" = $'Successful\tNone' ]
  [ "$(launches_ended)" = 1 ]
}

@test "a restart loses no row" {
  local host
  host=$(<"$(node_dir "$good")/instance")
  # What nobody waited for at the boot is for the next start.
  await in_node "$good" test -e /opt/fleetdash/current/fleetdash.aot
  watch_rows "$good"
  await watched_rows "$good" 3

  in_node "$good" systemctl restart fleetdash
  await healthy "$good"

  stop_watching "$good"
  await archived_runs "$host" 2
  nothing_lost "$good"
  kept_journal_says "$good" 'stopping departure="stopped '
  echo "# longest gap: $(longest_gap "$host") s" >&3
  boot_others
}

@test "it starts again with its AOT cache" {
  run -0 in_node "$good" journalctl --unit=fleetdash --output=cat --no-pager
  [[ $output != *'AOT cache'* ]]
  local pid
  pid=$(in_node "$good" systemctl show --value --property=MainPID fleetdash)
  run -0 in_node "$good" cat "/proc/$pid/maps"
  [[ $output == *fleetdash.aot* ]]
}

@test "rows arrive in the bucket under the instance's name" {
  local host
  host=$(<"$(node_dir "$good")/instance")
  await archived_rows "$host"
  jq -es --arg host "$host" 'length > 0 and all(.host == $host)' <<<"$(archived_rows "$host")"
}

@test "the journal arrives in CloudWatch Logs, once" {
  local stream
  stream=$(<"$(node_dir "$good")/instance")
  run -0 in_node "$good" systemctl start fleetdash-journal.service
  run -0 in_node "$good" systemctl start fleetdash-journal.service

  run -0 aws logs get-log-events --log-group-name "$log_group" --log-stream-name "$stream" \
    --query 'events[].message' --output text
  local starts
  starts=$(in_node "$good" journalctl --unit=fleetdash --output=cat | grep -c 'Server - listening')
  [ "$(grep -o 'Server - listening' <<<"$output" | wc -l)" = "$starts" ]
}

@test "the sandbox: systemd has nothing to say against the unit" {
  run -0 in_node "$good" systemd-analyze verify /etc/systemd/system/fleetdash.service
  [ "$output" = '' ]
}

@test "user-data a second time changes nothing" {
  local pid
  pid=$(in_node "$good" systemctl show --value --property=MainPID fleetdash)

  run -0 in_node "$good" /var/lib/cloud/instance/scripts/part-001

  [[ $output == *'runs already'*completed ]]
  [ "$(in_node "$good" systemctl show --value --property=MainPID fleetdash)" = "$pid" ]
}

@test "a release that does not start leaves the running one running" {
  local before
  boot_others
  before=$(in_node "$good" readlink /opt/fleetdash/current)
  tar -C "$work/releases/broken" -c . | in_node "$good" sh -c 'mkdir -p /tmp/broken && tar -C /tmp/broken -x'
  # On a slow host the journal is read when the next try has begun, and the way back while systemd waits for one more.
  in_node "$good" sh -c 'mkdir -p /tmp/slow && cat >/tmp/slow/journalctl && chmod +x /tmp/slow/journalctl' <<'END'
#!/bin/sh
until_it_is() {
  until [ "$(systemctl show --value --property=SubState fleetdash)" = "$1" ]; do sleep 0.1; done
}
until_it_is running
/usr/bin/journalctl "$@" >/tmp/slow/journal
until_it_is auto-restart
cat /tmp/slow/journal
END

  run -1 in_node "$good" env PATH=/tmp/slow:/usr/sbin:/usr/bin:/sbin:/bin bash /tmp/broken/install.sh

  [[ $output == *"back on $before, which is healthy" ]]
  shows_the_failed_start "$output"
  [ "$(in_node "$good" readlink /opt/fleetdash/current)" = "$before" ]
  healthy "$good"
}

# What is shown is of the journal, and of a start that did not get as far as to listen, whoever says why it failed.
shows_the_failed_start() {
  local shown
  shown=$(sed -n '/the end of its journal:$/,/^install: /{//!p}' <<<"$1")
  [[ -n $shown && $shown != *listening* ]]
  [ -z "$(comm -23 <(sort -u <<<"$shown") <(in_node "$good" journalctl --output=cat --no-pager | sort -u))" ]
}

@test "settings that are wrong change nothing" {
  local before
  before=$(in_node "$good" cat /etc/fleetdash/fleetdash.env)

  run -1 in_node "$good" bash /opt/fleetdash/current/install.sh FLEETDASH_FLUSH=7s

  [[ $output == *FLEETDASH_FLUSH*'nothing was changed'* ]]
  [ "$(in_node "$good" cat /etc/fleetdash/fleetdash.env)" = "$before" ]
  healthy "$good"
}

@test "S3 away from a running service: it runs on, and loses nothing" {
  local host
  host=$(<"$(node_dir "$good")/instance")
  s3_away "$good"
  watch_rows "$good"
  await archive_is "$good" failing
  healthy "$good"
  [ "$(in_node "$good" systemctl is-active fleetdash)" = active ]

  s3_back "$good"

  await archive_is "$good" up
  stop_watching "$good"
  await archived_since "$host" "$(watched "$good" | tail -n 1)"
  nothing_lost "$good"
}

@test "power off: every row that was shown is in the bucket" {
  watch_rows "$good"
  await watched_rows "$good" 3

  power_off "$good"

  stop_watching "$good"
  nothing_lost "$good"
  kept_journal_says "$good" 'stopping departure="shutdown '
  kept_journal_says "$good" 'flushed everything=true'
}

@test "a file that is not the release's: the boot fails and says which" {
  abandoned_visibly "$altered" 'jvm.options: FAILED'
  nothing_runs "$altered"
}

@test "a release that the reference does not vouch for is not installed" {
  local reference
  boot_others
  await console_says "$altered" 'FAILED in line'
  reference="good:$(printf '0%.0s' {1..64})"

  run -1 in_node "$altered" bash -c "$(user_data "$reference")"

  [[ $output == *'SHA256SUMS has the checksum'* ]]
  run ! healthy "$altered"
}

@test "without the permission to fetch the release: the boot fails with AWS's words" {
  abandoned_visibly "$stranger" Forbidden
  nothing_runs "$stranger"
}

@test "without S3: the boot fails" {
  abandoned_visibly "$no_s3" 'Could not connect to the endpoint URL'
  nothing_runs "$no_s3"
}

@test "without the metadata service: the boot fails, and cannot tell the group" {
  failed_visibly "$no_metadata" '169.254.169.254' "$group is not told"
  nothing_runs "$no_metadata"
}

@test "a jar that does not start: the boot fails with its journal" {
  abandoned_visibly "$broken" NoClassDefFoundError
  nothing_runs "$broken"
}

@test "a service that does not answer: the boot fails after its patience" {
  abandoned_visibly "$hung" 'it did not become healthy'
}

@test "without packages to be had: the boot fails with apt's words" {
  failed_visibly "$no_packages" 'Unable to fetch some archives' "$group is not told"
  nothing_runs "$no_packages"
}

@test "without packages, but with the command line: the boot fails with dnf's words" {
  abandoned_visibly "$no_java" 'Failed to download metadata'
  nothing_runs "$no_java"
}

@test "on a bare image the packages are installed first" {
  boot_others
  await console_says "$bare" completed || { console "$bare" && false; }
  echo "# completed $(since_start "$bare") s after the container was started" >&3
  healthy "$bare"
}

@test "each metric inside the sandbox equals the one outside" {
  boot_others
  await console_says "$bare" completed
  await compared "$bare"
  echo "# $(<"$work/compared")" >&3
  [ "$(<"$work/differ")" = 0 ]
  # What a tighter sandbox does: owners become nobody, a /home of its own goes, memory is the service's.
  found_out 's/"user":"root"/"user":"nobody"/g' 'top_processes[]'
  found_out 's#"mount":"/home"#"mount":"/"#' 'filesystems[/home'
  found_out 's/"memory_used_bytes":[0-9]*/"memory_used_bytes":90000000/' 'memory_used_bytes: '
}

# Compares when there are rows enough to compare.
compared() {
  local differ=0
  show_both "$1"
  same_rows "$work/inside" >"$work/compared" || differ=$?
  echo "$differ" >"$work/differ"
  ((differ != 2))
}

# The comparison notices rows that were changed so.
found_out() {
  local said
  sed "$1" "$work/inside" >"$work/spoilt"
  said=$(same_rows "$work/spoilt") && return 1
  [[ $said == *"$2"* ]] || { echo "'$2' was not found out" && return 1; }
}

same_rows() {
  "$(python)" -B "$BATS_TEST_DIRNAME/same_rows.py" "$1" "$work/outside"
}

@test "what fails where nobody waits for the launch marks the instance as unhealthy" {
  local instance
  instance=$(<"$(node_dir "$bare")/instance")
  boot_others
  await console_says "$bare" completed

  run -1 in_node "$bare" bash -c "$(user_data "nothing:$(printf '0%.0s' {1..64})")"

  [[ $output == *"marked unhealthy: $group replaces $instance" ]]
  [ "$(instance_is "$instance" HealthStatus)" = Unhealthy ]
}

@test "a reboot is told from a shutdown" {
  boot_others
  await healthy "$bare"
  in_node "$bare" systemctl reboot

  await kept_journal_says "$bare" 'stopping departure="reboot '
}
