# shellcheck shell=bash
#
# What is said to the person at the terminal. Sourced.

# Begins a run: its clock, and a directory for its temporary files.
begin() {
  started=$SECONDS
  work=$(mktemp -d)
  main_pid=$BASHPID
  trap 'finish $?' EXIT
  trap 'exit 1' TERM
  trap 'unexpected "${BASH_SOURCE[0]}" "$LINENO"' ERR
}

finish() {
  local job
  trap - ERR
  for job in $(jobs -p); do
    kill -- "-$job" 2>/dev/null || true
  done
  lease_release
  rm -rf "$work"
  exit "$1"
}

log() {
  printf '[%4d s] %s\n' "$((SECONDS - started))" "$*" >&2
}

# Seconds since 1970; bash has a variable for them from 5.0 on.
now() {
  printf '%(%s)T' -1
}

warn() {
  log "warning: $*"
}

# Ends the run with a sentence that says what is wrong and how to mend it. The whole run, also from within a $(…) whose
# failure bash does not look at, as in the words of a for loop: what could not be read must not count as absent.
fail() {
  printf 'fleetdash: %s\n' "$*" >&2
  touch "$work/said"
  [[ ${main_pid:-$BASHPID} == "$BASHPID" ]] || kill -TERM "$main_pid"
  exit 1
}

# Only for faults that nobody foresaw: whoever failed with a sentence has said enough.
unexpected() {
  [[ -e $work/said ]] || printf 'fleetdash: stopped at %s line %s; the same command again goes on from here\n' "$1" "$2" >&2
  touch "$work/said"
}

# Asks a yes/no question; YES=1 answers it, and without a terminal nothing else can.
confirm() {
  [[ ${setting[YES]} != 1 ]] || return 0
  [[ -t 0 ]] || fail "there is no terminal to ask \"$1\": say YES=1 to go on without asking"
  local answer
  read -r -p "$1 [y/N] " answer
  [[ $answer == [yY] || $answer == yes ]] || fail "nothing was changed"
}

# Prints tab-separated lines as a table with aligned columns.
table() {
  local line row
  local -a widths=() rows=() cells
  while IFS= read -r line; do
    rows+=("$line")
    IFS=$'\t' read -r -a cells <<<"$line"
    for ((i = 0; i < ${#cells[@]}; i++)); do
      ((${#cells[i]} <= ${widths[i]:-0})) || widths[i]=${#cells[i]}
    done
  done
  for row in "${rows[@]}"; do
    IFS=$'\t' read -r -a cells <<<"$row"
    line=
    for ((i = 0; i < ${#cells[@]}; i++)); do
      printf -v line '%s%-*s  ' "$line" "${widths[i]}" "${cells[i]}"
    done
    printf '%s\n' "${line%"${line##*[! ]}"}"
  done
}
