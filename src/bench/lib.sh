# shellcheck shell=bash
#
# What the sections of src/bench/run share: processes of ours and what they used, and the table. Sourced; does nothing by itself.
# Expects $root (the repository) and $work (a directory to throw away).

hertz=$(getconf CLK_TCK)
started=() # processes to end

say() {
  printf 'bench: %s\n' "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

# A line of the table: what, figure, budget.
row() {
  printf '| %s | %s | %s |\n' "$1" "$2" "${3-}" | tee -a "$work/rows" >&2
}

calc() {
  awk "BEGIN { printf \"%.${2:-1}f\", $1 }"
}

median() {
  sort -n | awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# Answers on $port?
listening() {
  { exec {probe}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  exec {probe}>&-
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    listening "$port" || break
  done
  echo "$port"
}

# Whether GET $2 on port $1 is answered 200; without a child process, for it is asked often.
answers() {
  local status=
  { exec {probe}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&"$probe"
  read -r -t 5 -u "$probe" status || true
  exec {probe}>&-
  [[ $status == 'HTTP/1.1 200'* ]]
}

# Sleeps without a child process.
pause() {
  local none
  read -r -t "$1" -u "$never" none || true
}

await_answer() {
  local pid=$1 port=$2 path=$3
  local end=$((SECONDS + 60))
  until answers "$port" "$path"; do
    kill -0 "$pid" 2>/dev/null || fail "process $pid ended before it answered; see $work"
    ((SECONDS < end)) || fail "no 200 from port $port$path within a minute; see $work"
    pause 0.002
  done
}

# Starts the jar with the flags given; sets $pid and $port. A fresh spool and archive each time, below $state.
start_jar() {
  state=$(mktemp -d "$work/state.XXXX")
  port=$(free_port)
  env -u FLEETDASH_RING FLEETDASH_PORT="$port" FLEETDASH_BIND=127.0.0.1 FLEETDASH_HOST="${NODE:-bench}" \
    FLEETDASH_SPOOL="$state/spool" FLEETDASH_ARCHIVE="${ARCHIVE:-file:$state/archive}" \
    java "@$root/systemd/jvm.options" "$@" -jar "$root/target/fleetdash.jar" >"$state/log" 2>&1 &
  pid=$!
  started+=("$pid")
}

stop() {
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# Last started first: clients before their servers.
stop_all() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    stop "${started[i]}"
  done
  started=()
}

# CPU that the process and the children it waited for used until now, in microseconds.
cpu_of() {
  local stat
  stat=$(<"/proc/$1/stat")
  # Fields 14 to 17; the name in field 2 may hold anything.
  read -ra stat <<<"${stat##*) }"
  echo $(((stat[11] + stat[12] + stat[13] + stat[14]) * 1000000 / hertz))
}

# $2 of smaps_rollup (Rss, Pss) in MiB.
memory_of() {
  awk -v field="$2:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$1/smaps_rollup"
}

now() {
  echo "${EPOCHREALTIME/./}"
}
