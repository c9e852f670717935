# shellcheck shell=bash
#
# The jar beside the service, in the same container and as root, but outside the service's sandbox.

run_outside_sandbox() {
  in_node "$1" systemd-run --quiet --unit=outside --property=WorkingDirectory=/opt/fleetdash/current \
    --setenv=FLEETDASH_PORT=8081 --setenv=FLEETDASH_BIND=0.0.0.0 --setenv=FLEETDASH_SPOOL=/root/spool \
    --setenv=FLEETDASH_ARCHIVE=file:/root/archive /usr/bin/java @jvm.options -jar fleetdash.jar
}

# All rows that both have in memory; succeeds when they are as many as same_rows.py wants, and among them is one of each
# cadence, the slowest of which is a minute.
enough_rows() {
  show_rows "$1" 8080 >"$work/inside"
  show_rows "$1" 8081 >"$work/outside"
  (($(wc -l <"$work/inside") >= 30 && $(wc -l <"$work/outside") >= 30)) || return 1
  (($(full_minutes "$work/inside") > 0 && $(full_minutes "$work/outside") > 0))
}

show_rows() {
  curl -sN --max-time 1 -H 'Accept: text/event-stream' -H 'Last-Event-ID: 1' "http://10.77.$1.2:$2/api/stream" \
    | sed -n 's/^data: *//p'
}

# Rows of a whole minute, but for what came in the first seconds.
full_minutes() {
  tail -n +15 "$1" | jq -s 'map(select(.ts % 60 == 0)) | length'
}
