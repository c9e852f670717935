# shellcheck shell=bash
#
# One function for each thing that src/bench/run measures; each starts what it needs and ends it. Sourced after lib.sh.

section_start() {
  local flags round times label
  for label in 'with the AOT cache' 'without'; do
    flags=(-XX:AOTMode=off)
    [[ $label == without ]] || flags=(-XX:AOTCache="$root/target/fleetdash.aot" -XX:AOTMode=on)
    times=()
    # The first round warms the page cache and does not count.
    for ((round = 0; round <= STARTS; round++)); do
      say "start $label, $round of $STARTS"
      local before
      before=$(now)
      start_jar "${flags[@]}"
      await_answer "$pid" "$port" /health
      ((round == 0)) || times+=($((($(now) - before) / 1000)))
      stop_all
    done
    local budget=400
    [[ $label == without ]] || budget=200
    row "exec → /health 200, $label (median of $STARTS), ms" "$(printf '%s\n' "${times[@]}" | median)" "≤ $budget"
  done
}

# C1 compiles what has been called 200 times, which is after 200 s for what runs once a second, and compiling costs more
# than the work meanwhile. So the first minutes have a row of their own.
section_steady() {
  local peer peer_port scraper before after peer_before peer_after seconds
  start_jar "${shipped[@]}"
  await_answer "$pid" "$port" /health
  peer_port=$(free_port)
  prometheus-node-exporter --web.listen-address="127.0.0.1:$peer_port" >"$work/peer.log" 2>&1 &
  peer=$!
  started+=("$peer")
  await_answer "$peer" "$peer_port" /metrics
  # One connection, one request a second, as Prometheus does.
  curl -s --rate 60/m -o /dev/null "http://127.0.0.1:$peer_port/metrics?[1-100000]" &
  scraper=$!
  started+=("$scraper")
  say "steady: settling for $SETTLE s, then $WINDOW s"
  pause "$SETTLE"
  before=$(cpu_of "$pid") peer_before=$(cpu_of "$peer")
  seconds=$(now)
  pause "$WINDOW"
  after=$(cpu_of "$pid") peer_after=$(cpu_of "$peer")
  seconds=$(calc "($(now) - $seconds) / 1000000" 3)
  row "CPU of the start and the first $SETTLE s, CPU-seconds" "$(calc "$before / 1000000" 2)"
  row 'CPU at 1 Hz after that, nobody watching, CPU-seconds an hour' "$(calc "($after - $before) / $seconds * 3600 / 1000000")" '≤ 7'
  row 'the same of node_exporter, scraped at 1 Hz' "$(calc "($peer_after - $peer_before) / $seconds * 3600 / 1000000")"
  row 'ours by node_exporter’s' "$(calc "($after - $before) / ($peer_after - $peer_before)" 2)"
  row 'RSS / PSS, MiB' "$(memory_of "$pid" Rss) / $(memory_of "$pid" Pss)" '≤ 96 (S3 in use, ring full)'
  row 'RSS / PSS of node_exporter, MiB' "$(memory_of "$peer" Rss) / $(memory_of "$peer" Pss)"
  stop_all
  archived
}

# What the steady section left in its archive. The first and the last segment are shorter than the flush interval, and so
# compress worse than a day of them does.
archived() {
  local object rows=0 bytes=0
  for object in "$state"/archive/v1/raw/*/*/*/*.ndjson.gz; do
    if (($(zcat "$object" | wc -l) == 60)); then
      rows=$((rows + 60)) bytes=$((bytes + $(stat -c %s "$object")))
    fi
  done
  ((rows > 0)) || { say 'no whole minute was archived: WINDOW is too short for the bytes of a host-day' && return; }
  row "archived bytes a host-day at 1 s, MB (from $rows rows)" "$(calc "$bytes / $rows * 86400 / 1000000" 2)" '≤ 8'
}

section_http() {
  local path connections before requests
  start_jar "${shipped[@]}"
  await_answer "$pid" "$port" /health
  pause 5
  for path in /health /api/live /metrics /; do
    wrk -t1 -c16 -d"${WRK_WARM}s" "http://127.0.0.1:$port$path" >/dev/null
    for connections in $CONNECTIONS; do
      say "wrk $path, $connections connections"
      before=$(cpu_of "$pid")
      wrk -t1 -c"$connections" -d"${WRK_SECONDS}s" --latency "http://127.0.0.1:$port$path" >"$work/wrk"
      ! grep -E 'Non-2xx|Socket errors' "$work/wrk" >&2 || fail "wrk had errors at $path"
      requests=$(awk '/requests in/ { print $1 }' "$work/wrk")
      row "$path, $connections connections: server CPU a request, µs; requests/s; p99" \
        "$(calc "($(cpu_of "$pid") - $before) / $requests"); $(awk '/Requests\/sec/ { printf "%.0f", $2 }' "$work/wrk"); $(awk '$1 == "99%" { print $2 }' "$work/wrk")" \
        "$([[ $path == / ]] || echo '≤ 20')"
    done
  done
  stop_all
}

# open_streams PORT NUMBER [PATH]: opens streams, which count what they read. Sets $client, $to and $from: a line to it is
# answered with the bytes, and how many streams had some, since the line before.
open_streams() {
  local line
  coproc CLIENT { exec java "$root/src/bench/Viewers.java" "$@"; }
  # shellcheck disable=SC2153 # bash sets it
  client=$CLIENT_PID to=${CLIENT[1]} from=${CLIENT[0]}
  started+=("$client")
  read -r -t 60 -u "$from" line && [[ $line == open ]] || fail "not all of $2 streams opened"
}

section_viewers() {
  local streams client to from before after seconds bytes reading
  for streams in $VIEWERS; do
    start_jar "${shipped[@]}"
    await_answer "$pid" "$port" /health
    say "$streams streams"
    open_streams "$port" "$streams"
    pause 5
    echo >&"$to" && read -r -u "$from" _
    before=$(cpu_of "$pid") seconds=$(now)
    pause "$VIEW_SECONDS"
    after=$(cpu_of "$pid") seconds=$(calc "($(now) - $seconds) / 1000000" 3)
    echo >&"$to" && read -r -u "$from" bytes reading
    ((reading == streams)) || fail "only $reading of $streams streams had rows"
    row "$streams live viewers at 1 Hz: CPU, % of a core; bytes a viewer and second; RSS, MiB" \
      "$(calc "($after - $before) / $seconds / 10000" 2); $(calc "$bytes / $streams / $seconds" 0); $(memory_of "$pid" Rss)" \
      '2,000 ≤ 6 %'
    stop_all
  done
}

# One node that shows a fleet of $PEERS others, to more and more people: the cost must not grow with them. Forty hosts are on
# each screen.
section_fleet() {
  local class=dev.fleetdash.testing.PeerSwarm peers viewers screen ARCHIVE swarm line questions before after seconds bytes reading each
  local client to from
  for peers in $PEERS; do
    ARCHIVE=file:$(mktemp -d "$work/fleet.XXXX")
    coproc SWARM { exec java -Xmx256m -XX:+UseSerialGC -cp "$root/target/test-classes:$root/target/fleetdash.jar" "$class" "$ARCHIVE" "$peers"; }
    # shellcheck disable=SC2153 # bash sets it
    swarm=$SWARM_PID
    exec {swarm_in}>&"${SWARM[1]}" {swarm_out}<&"${SWARM[0]}"
    read -r -t 120 -u "$swarm_out" line && [[ $line == ready ]] || fail 'the peers did not start'
    FLEETDASH_PEERS_ALLOW=127.0.0.0/8 start_jar "${shipped[@]}"
    started+=("$swarm")
    await_answer "$pid" "$port" /health
    screen=$(printf 'swarm-%04d,' {0..39})
    for viewers in 0 1 10 100; do
      say "fleet of $peers, $viewers viewers"
      ((viewers == 0)) || open_streams "$port" "$viewers" "/api/stream/fleet?hosts=${screen%,}"
      pause 20
      ((viewers == 0)) || { echo >&"$to" && read -r -u "$from" _; }
      echo >&"$swarm_in" && read -r -u "$swarm_out" _
      before=$(cpu_of "$pid") seconds=$(now)
      pause "$VIEW_SECONDS"
      after=$(cpu_of "$pid") seconds=$(calc "($(now) - $seconds) / 1000000" 3)
      echo >&"$swarm_in" && read -r -u "$swarm_out" questions
      bytes=0 reading=0
      ((viewers == 0)) || { echo >&"$to" && read -r -u "$from" bytes reading; }
      ((reading == viewers)) || fail "only $reading of $viewers streams had news"
      each=–
      if ((viewers > 0)); then
        each=$(calc "$bytes / $viewers / $seconds" 0)
        stop "$client"
      fi
      row "fleet of $peers, $viewers viewers: CPU, % of a core; questions to peers a second; bytes a viewer and second; RSS, MiB" \
        "$(calc "($after - $before) / $seconds / 10000" 2); $(calc "$questions / $seconds"); $each; $(memory_of "$pid" Rss)"
    done
    exec {swarm_in}>&- {swarm_out}<&-
    stop_all
  done
}

# requests_of PORT: the S3 requests that the node there has counted.
requests_of() {
  curl -fsS "http://127.0.0.1:$1/metrics" \
    | awk '/archive_requests_total/ { match($0, /operation="[a-z]+"/); n[substr($0, RSTART + 11, RLENGTH - 12)] = $2 }
        END { print n["put"] + 0, n["get"] + 0, n["list"] + 0 }'
}

# Two nodes of one fleet, of which one is looked at. What comes once an hour or a day is in it when it falls into these minutes.
section_requests() {
  local where who i n client to from ports=() before=()
  coproc EMPTY { exec java -cp "$tests" dev.fleetdash.bench.ArchiveServer empty; }
  # shellcheck disable=SC2153 # bash sets it
  started+=("$EMPTY_PID")
  read -r -t 60 -u "${EMPTY[0]}" where _ || fail 'the S3 server did not start'
  for who in watched unwatched; do
    NODE=$who ARCHIVE=s3://bench AWS_ENDPOINT_URL_S3=$where AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test-access-key \
      AWS_SECRET_ACCESS_KEY=test-secret-key FLEETDASH_PEERS_ALLOW=127.0.0.0/8 start_jar "${shipped[@]}"
    await_answer "$pid" "$port" /health
    ports+=("$port")
  done
  open_streams "${ports[0]}" 1 '/api/stream/fleet?hosts=watched,unwatched'
  pause 90
  for i in 0 1; do
    before+=("$(requests_of "${ports[i]}")")
  done
  say 'requests: ten minutes'
  pause 600
  for i in 0 1; do
    read -ra n <<<"${before[i]} $(requests_of "${ports[i]}")"
    row "S3 requests a minute, $( ((i == 0)) && echo watched || echo unwatched): PUT; GET; LIST" \
      "$(calc "(${n[3]} - ${n[0]}) / 10" 2); $(calc "(${n[4]} - ${n[1]}) / 10" 2); $(calc "(${n[5]} - ${n[2]}) / 10" 2)" \
      "$( ((i == 0)) || echo '≤ 1.1 PUT')"
  done
  stop_all
}

section_page() {
  local base bytes path total=0 count=0
  start_jar "${shipped[@]}"
  await_answer "$pid" "$port" /health
  pause 3
  base=http://127.0.0.1:$port
  for path in / $(curl -fsS "$base/" | grep -oE '(src|href)="/assets/[^"]+' | cut -d'"' -f2 | sort -u); do
    bytes=$(curl -fsS --compressed -o /dev/null -w '%{size_download}' "$base$path")
    total=$((total + bytes)) count=$((count + 1))
  done
  row "first view: page and assets, gzipped, kB (of $count requests)" "$(calc "$total / 1000")" '≤ 100'
  stop_all
}

section_scroll() {
  row '1,000 hosts in Chromium, 4 times through the page, a screen a frame: screens; tasks over 50 ms; the longest, ms; p95 of a frame, ms' \
    "$(java -cp "$tests" dev.fleetdash.web.ScrollBench)"
}

# A main class among the tests' sources, because it needs rows of a day, which no process has yet.
section_chart() {
  local class=dev.fleetdash.bench.ChartBench
  row 'chart, 24 h × 1 host × 8 metrics × 500 points from memory, ms' \
    "$(java "@$root/systemd/jvm.options" -cp "$root/target/test-classes:$root/target/fleetdash.jar" "$class")" '≤ 20'
}

section_jar() {
  row 'jar, MB' "$(calc "$(stat -c %s "$root/target/fleetdash.jar") / 1000000" 2)" '≤ 16'
}

# Charts of an archive that a fleet has filled for long, which a main class among the tests' sources makes: in a directory,
# and behind an S3 server that answers each request 30 ms late. Needs 3 GiB for that server.
section_archive() {
  local server where end chart
  say 'archive: a directory'
  read -r where end < <(java -cp "$tests" dev.fleetdash.bench.ArchiveServer "file:$work/fleet")
  archive_chart "$where" "$end" local
  say 'archive: 20 hosts for a year, behind a server'
  coproc SERVER { exec java -Xmx3g -cp "$tests" dev.fleetdash.bench.ArchiveServer 30; }
  # shellcheck disable=SC2153 # bash sets it
  server=$SERVER_PID
  started+=("$server")
  read -r -t 900 -u "${SERVER[0]}" where end || fail 'the archive was not made'
  for chart in month year day zoom; do
    archive_chart "$where" "$end" "$chart"
  done
  stop_all
}

archive_chart() {
  local what measured must
  while IFS='|' read -r what measured must; do
    row "$what" "$measured" "$must"
  done < <(java "@$root/systemd/jvm.options" -cp "$root/target/test-classes:$root/target/fleetdash.jar" \
    dev.fleetdash.bench.ArchiveChartBench "$@")
}
