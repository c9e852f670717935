# shellcheck shell=bash
#
# The jar beside the service, in the same container and as root, but outside the service's sandbox.

run_outside_sandbox() {
  in_node "$1" systemd-run --quiet --unit=outside --property=WorkingDirectory=/opt/fleetdash/current \
    --setenv=FLEETDASH_PORT=8081 --setenv=FLEETDASH_BIND=0.0.0.0 --setenv=FLEETDASH_SPOOL=/root/spool \
    --setenv=FLEETDASH_ARCHIVE=file:/root/archive /usr/bin/java @jvm.options -jar fleetdash.jar
}

# All rows that both have in memory.
show_both() {
  show_rows "$1" 8080 >"$work/inside"
  show_rows "$1" 8081 >"$work/outside"
}

# The stream has no end; what is not there in time comes with the next look.
show_rows() {
  curl -sN --max-time 3 -H 'Accept: text/event-stream' -H 'Last-Event-ID: 1' "http://10.77.$1.2:$2/api/stream" \
    | sed -n 's/^data: *//p'
}
