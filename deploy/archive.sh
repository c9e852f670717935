# shellcheck shell=bash
#
# What the instances leave behind: their last hours are compacted from here, because nobody is left who would. Sourced.

# Once the instances are gone, and only where the data stays. Without it nothing is lost until raw rows expire, so that a
# destroy goes on without it, and says what to run later.
archive_compact() {
  local bucket
  [[ $mode == apply && ${setting[DELETE_DATA]} != yes ]] || return 0
  bucket=$(storage_bucket data)
  [[ " $(storage_present) " == *" $bucket "* ]] || return 0
  log "compact what the instances left in s3://$bucket"
  lease_hold
  # In a process group of its own, so that the end of this run is its end too.
  set -m
  archive_compact_run "$bucket" >"$work/why" &
  set +m
  # A big archive takes longer than a lease.
  while kill -0 $! 2>/dev/null; do
    lease_hold
    sleep "${POLL_SECONDS:-5}"
  done
  if wait $!; then
    log "the archive is compacted"
  else
    warn "the archive could not be compacted ($(grep . "$work/why" || echo 'no word of why')). Its newest rows are in v1/raw only, which expires after" \
      "${setting[RETAIN_RAW]}; until then this does it:" \
      "FLEETDASH_ARCHIVE=s3://$bucket AWS_REGION=$region java -jar target/fleetdash.jar --compact"
  fi
}

# archive_compact_run BUCKET: what was done goes to the terminal; prints what went wrong.
archive_compact_run() {
  local root jar line
  root=$(dirname "$deploy")
  jar=${RELEASE_JAR:-$root/target/fleetdash.jar}
  [[ -r $jar ]] || { echo "there is no jar $jar" && return 1; }
  "$root/.ci/find-jdk" >/dev/null || command -v java >/dev/null || { echo 'there is no java' && return 1; }
  (
    # The CLI knows more ways to sign in than the jar does.
    while IFS= read -r line; do
      [[ $line != AWS_*=* ]] || export "${line?}"
    done < <(aws configure export-credentials --format env-no-export 2>/dev/null)
    export FLEETDASH_ARCHIVE=s3://$1
    release_java -jar "$jar" --compact
  ) >"$work/compacted" 2>&1 || { tail -n 1 "$work/compacted" && return 1; }
  sed 's/^/         /' "$work/compacted" >&2
}
