# shellcheck shell=bash
#
# At most one command changes a deployment at a time. Sourced.
#
# The lease is an object in the release bucket, created with If-None-Match and taken over or renewed with If-Match, so
# that of two who try at once one gets an error. It names its owner, and it expires, so that a run that was killed
# keeps nobody out for long; its own person need not wait at all.

readonly lease_seconds=300
lease_etag=
lease_until=0

readonly lease_key=deploy.lease

# Takes the lease, or renews it when a third of its time is over. Without a release bucket there is nothing to hold yet.
lease_hold() {
  [[ $mode == apply ]] || return 0
  known "${id[releases]-}" || return 0
  (($(now) + lease_seconds * 2 / 3 > lease_until)) || return 0
  if [[ -n $lease_etag ]]; then
    lease_put "$lease_seconds" --if-match "$lease_etag" \
      || fail "another deploy has taken over: look at its result with 'make status' before you go on"
    return 0
  fi
  lease_put "$lease_seconds" --if-none-match '*' || lease_take_over
}

lease_take_over() {
  local found etag until pid place owner now
  now=$(now)
  found=$(ask --absent NoSuchKey,404 s3api head-object --bucket "${id[releases]}" --key "$lease_key" \
    --query '[ETag,Metadata.until,Metadata.pid,Metadata.place,Metadata.owner]')
  read -r etag until pid place owner <<<"$found"
  if [[ -n $etag ]] && ((until > now)) && ! lease_was_ours "$owner" "$pid" "$place"; then
    fail "$owner is changing ${setting[ENV]} right now, and may until $((until - now)) s from now: run the same command after that"
  fi
  lease_put "$lease_seconds" --if-match "$etag" \
    || fail "another deploy of ${setting[ENV]} began at the same moment: run the same command when it is done"
}

lease_owner() {
  printf '%s on %s' "$caller" "$(uname -n)"
}

# Where process ids mean the same: containers may have one name, and number their processes alike. macOS has no such places.
lease_place() {
  { cat /proc/sys/kernel/random/boot_id && readlink /proc/self/ns/pid; } 2>/dev/null | tr -d '\n' || echo -
}

# lease_was_ours OWNER PID PLACE: whether a lease was taken by this person on this machine, in a run that has ended since.
lease_was_ours() {
  [[ $1 == "$(lease_owner)" && $3 == "$(lease_place)" ]] && ! kill -0 "$2" 2>/dev/null
}

# Puts a lease of so many seconds under a condition; 1 when the condition does not hold.
lease_put() {
  local until=$(($(now) + $1)) etag
  shift
  etag=$(ask --absent PreconditionFailed,ConditionalRequestConflict,NoSuchKey s3api put-object \
    --bucket "${id[releases]}" --key "$lease_key" "$@" --query ETag \
    --metadata "{\"owner\":\"$(lease_owner)\",\"pid\":\"$$\",\"place\":\"$(lease_place)\",\"until\":\"$until\"}")
  [[ -n $etag ]] || return 1
  lease_etag=$etag lease_until=$until
}

# Gives the lease back at the end of the run, however it ends: one that has expired is in nobody's way.
lease_release() {
  [[ -n $lease_etag ]] || return 0
  (lease_put 0 --if-match "$lease_etag") 2>/dev/null || true
  lease_etag=
}
