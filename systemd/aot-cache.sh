#!/usr/bin/env bash
#
# Trains an AOT cache for a jar: starts it once on loopback with throw-away directories, asks for what browsers and
# scrapers ask for, stops it, and has the JVM write what it learnt.
#
#   systemd/aot-cache.sh JAR CACHE
#
# The cache holds for the same java, the same flags and the same jar file (path and time of change); a JVM to which one
# of them is different starts without it. FLEETDASH_ARCHIVE may name the kind of archive to train for; nothing need be
# reachable there. Needs java 25 and curl. Safe to repeat: the cache is replaced when the new one is complete.
set -Eeuo pipefail

options=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/jvm.options
work=
java_pid=

usage() {
  sed -n '3,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

fail() {
  echo "aot-cache: $*" >&2
  [[ ! -s $work/log ]] || tail -n 20 "$work/log" >&2
  exit 1
}

clean_up() {
  [[ -z $java_pid ]] || kill -KILL "$java_pid" 2>/dev/null || true
  [[ -z $work ]] || rm -rf "$work"
}

# The port that the process found for itself.
await_port() {
  local port
  for ((i = 0; i < 1200; i++)); do
    port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$work/log")
    if [[ -n $port ]]; then
      echo "$port"
      return
    fi
    kill -0 "$java_pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

visit() {
  local base=http://127.0.0.1:$1 round path asset host
  host=$(curl -fsS "$base/api/info" | sed 's/.*"host":"\([^"]*\)".*/\1/')
  curl -s --max-time 2 -o "$work/stream" -H 'Accept: text/event-stream' "$base/api/stream?host=$host" || true
  for round in 1 2 3; do
    for path in /health /health/details /metrics /api/live /api/fleet /api/catalogue /api/info / "/hosts/$host" \
      "/api/history?metrics=cpu_user,load1&from=-15m&points=100" "/no/such/page?round=$round"; do
      curl -sS --compressed -o "$work/answer" "$base$path"
    done
  done
  for asset in $(curl -fsS "$base/" | grep -oE '(src|href)="/assets/[^"]+' | cut -d'"' -f2); do
    curl -fsS --compressed -o "$work/answer" "$base$asset"
  done
}

main() {
  [[ ${1-} != --help ]] || { usage && return; }
  (($# == 2)) || { usage >&2 && exit 2; }
  local jar=$1 cache=$2 port
  [[ -r $jar ]] || fail "there is no jar $jar"
  work=$(mktemp -d)
  trap clean_up EXIT

  FLEETDASH_PORT=0 FLEETDASH_BIND=127.0.0.1 FLEETDASH_ALLOW_HOSTS='' FLEETDASH_DRAIN=0s FLEETDASH_FLUSH=2s \
    FLEETDASH_SPOOL=$work/spool FLEETDASH_ARCHIVE=${FLEETDASH_ARCHIVE:-file:$work/archive} \
    java "@$options" '-Xlog:aot*=error' -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining \
    -XX:AOTCacheOutput="$cache.new" -jar "$jar" >"$work/log" 2>&1 &
  java_pid=$!
  port=$(await_port) || fail "$jar did not start"
  visit "$port" || fail "$jar did not answer"
  kill -TERM "$java_pid"
  local code=0
  wait "$java_pid" || code=$?
  java_pid=
  ((code == 143)) || fail "$jar ended with $code"
  [[ -s $cache.new ]] || fail "the JVM wrote no cache"
  mv "$cache.new" "$cache"
}

main "$@"
