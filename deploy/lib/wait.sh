# shellcheck shell=bash
#
# Waiting with a bound, visibly, and without losing the lease. Sourced.

# await WHAT SECONDS CONDITION…: polls until CONDITION succeeds.
await() {
  local what=$1 seconds=$2
  shift 2
  local -i until=$((SECONDS + seconds)) said=$SECONDS
  until "$@"; do
    ((SECONDS < until)) || fail "gave up waiting for $what after $seconds s: look at it in the AWS console, and run the same command again"
    if ((SECONDS - said >= 15)); then
      log "waiting for $what"
      said=$SECONDS
    fi
    lease_hold
    sleep "${POLL_SECONDS:-5}"
  done
}
