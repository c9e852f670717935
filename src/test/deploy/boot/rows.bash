# shellcheck shell=bash
#
# Rows as the stream shows them, and as the bucket keeps them.

# Notes what the node's stream shows from now on, until it is stopped or the node is.
watch_rows() {
  local directory
  directory=$(node_dir "$1")
  curl -sN -H 'Accept: text/event-stream' "http://10.77.$1.2:8080/api/stream" >"$directory/stream" 2>/dev/null 3>&- &
  echo $! >"$directory/watcher.pid"
}

# Prints the second of each row that was shown.
watched() {
  sed -n 's/^id: *\([0-9]*\).*/\1/p' "$(node_dir "$1")/stream"
}

watched_rows() {
  (($(watched "$1" | wc -l) >= $2))
}

stop_watching() {
  kill "$(<"$(node_dir "$1")/watcher.pid")" 2>/dev/null || true
}

# Prints the rows that a host has in the bucket; fails when there are none.
archived_rows() {
  local directory=$work/archive
  aws s3 sync --only-show-errors "s3://$data/v1/raw/" "$directory/" || return
  find "$directory" -path "*host=$1/*" -name '*.gz' -exec zcat {} + | grep .
}

archived_seconds() {
  archived_rows "$1" | jq .ts | sort -n
}

archived_since() {
  archived_seconds "$1" | awk -v since="$2" '$1 >= since { found = 1 } END { exit !found }'
}

# Whether there are rows of that many starts of the process.
archived_runs() {
  (($(archived_rows "$1" | jq .run | sort -u | wc -l) == $2))
}

# Every second that was watched is in the bucket, once.
nothing_lost() {
  local host missing
  host=$(<"$(node_dir "$1")/instance")
  archived_seconds "$host" >"$work/seconds"
  missing=$(comm -23 <(watched "$1" | sort) <(sort "$work/seconds"))
  [[ -z $missing ]] || { echo "not in the bucket: $missing" && return 1; }
  [[ -z $(uniq -d "$work/seconds") ]] || { echo "twice: $(uniq -d "$work/seconds")" && return 1; }
}

# Seconds without a row.
longest_gap() {
  archived_seconds "$1" | awk 'NR > 1 && $1 - last - 1 > gap { gap = $1 - last - 1 } { last = $1 } END { print gap + 0 }'
}

archive_is() {
  curl -fsS "http://10.77.$1.2:8080/health/details" \
    | jq -e --arg status "$2" '.parts[] | select(.name == "archive") | .status == $status' >/dev/null
}
