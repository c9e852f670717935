#!/usr/bin/env bats
#
# Started by balancer/run.

bats_require_minimum_version 1.5.0

root=$(readlink -f "$BATS_TEST_DIRNAME/../../../..")
# shellcheck source=src/test/deploy/patience.bash
source "$root/src/test/deploy/patience.bash"

setup_file() {
  export work=$BATS_FILE_TMPDIR
  LD_LIBRARY_PATH=$(unpacked_libraries) haproxy -f "$BATS_TEST_DIRNAME/haproxy.cfg" >"$work/haproxy.log" 2>&1 3>&- &
  echo $! >"$work/haproxy.pid"
  "$root/systemd/aot-cache.sh" "$root/target/fleetdash.jar" "$work/fleetdash.aot"
  start_node 1
  start_node 2
  start_node 3
  await_nodes
}

# Of a balancer that is not installed, but unpacked to target/tools.
unpacked_libraries() {
  [[ ! -d $root/target/tools ]] || find "$root/target/tools" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:
}

teardown_file() {
  local file
  for file in "$work"/*.pid; do
    kill -KILL "$(<"$file")" 2>/dev/null || true
  done
}

# As the unit starts it, with a drain in which the balancer makes its three checks however busy the machine is.
start_node() {
  local n=$1 drain=${2:-12s}
  FLEETDASH_PORT=808$n FLEETDASH_HOST=node-$n FLEETDASH_DRAIN=$drain FLEETDASH_SPOOL=$work/spool-$n \
    FLEETDASH_ARCHIVE=file:$work/archive \
    java "@$root/systemd/jvm.options" -XX:AOTCache="$work/fleetdash.aot" -jar "$root/target/fleetdash.jar" \
    >>"$work/node-$n.log" 2>&1 3>&- &
  echo $! >"$work/node-$n.pid"
}

stop_node() {
  local pid
  pid=$(<"$work/node-$1.pid")
  kill -TERM "$pid"
  await eval "! kill -0 $pid 2>/dev/null"
}

# As systemctl restart.
restart_node() {
  stop_node "$1"
  start_node "$@"
}

await_nodes() {
  await all_up || { tail "$work"/*.log && return 1; }
  await all_have_rows
}

all_up() {
  [ "$(curl -fsS 'http://127.0.0.1:8001/;csv' | grep -c '^nodes,node-.*,UP,')" = 3 ]
}

all_have_rows() {
  curl -fsS -o "$work/row" http://127.0.0.1:8081/api/live && curl -fsS -o "$work/row" http://127.0.0.1:8082/api/live \
    && curl -fsS -o "$work/row" http://127.0.0.1:8083/api/live
} 2>"$work/refused"

begin_requests() {
  rm -f "$work/stop" "$work/stop.failures"
  python3 -B "$BATS_TEST_DIRNAME/requests.py" "$work/stop" "$patience" >"$work/requests" 2>"$work/requests.log" 3>&- &
  echo $! >"$work/requests.pid"
}

end_requests() {
  : >"$work/stop"
  await eval "! kill -0 $(<"$work/requests.pid") 2>/dev/null"
  echo "# $(jq -c . "$work/requests")" >&3
}

fails_without_drain() {
  restart_node 1 0s
  await_nodes
  [[ -e $work/stop.failures ]]
}

@test "a rolling restart of all nodes under constant requests: none fails" {
  local n
  begin_requests
  for n in 1 2 3; do
    restart_node "$n"
    await_nodes
  done
  end_requests

  jq -e '.failed == 0 and .requests > 300 and (.hosts | length) == 3' "$work/requests"
}

@test "the same without the drain does fail, so the client would tell" {
  restart_node 1 0s
  await_nodes
  begin_requests
  await fails_without_drain
  end_requests
  jq -e '.failed > 0' "$work/requests"
}
