# shellcheck shell=bash
#
# Releases: what an instance runs, under a version made of the jar's own and a checksum over all files, so that one
# version never means two things. Sourced.
#
# Sets $release_version, and $release_reference, "VERSION:SHA256 of its SHA256SUMS": whoever holds it can check what the bucket
# gives out.

release_version=
release_reference=
readonly release_files=(fleetdash.jar fleetdash.service jvm.options aot-cache.sh install.sh)

# Builds the jar, unless RELEASE_JAR in the environment names one, and puts the release together in $work/release.
release_build() {
  local root jar line
  root=$(dirname "$deploy")
  jar=${RELEASE_JAR:-$root/target/fleetdash.jar}
  if [[ -z ${RELEASE_JAR-} ]]; then
    log 'build the jar'
    "$root/.ci/setup" build >&2 || fail 'what the build needs is missing, see above'
    (cd "$root" && .ci/with-tools mvn --quiet -DskipTests package) >&2 || fail 'the build failed, see above; nothing was changed'
  fi
  [[ -r $jar ]] || fail "there is no jar $jar"
  line=$(release_java -jar "$jar" --version) || fail "$jar does not start, so that it is not rolled out"
  [[ $line =~ ^fleetdash\ ([A-Za-z0-9][A-Za-z0-9._-]*) ]] || fail "$jar says it is \"$line\", which is not fleetdash"

  mkdir -p "$work/release"
  cp "$jar" "$work/release/fleetdash.jar"
  cp "$root/systemd/fleetdash.service" "$root/systemd/jvm.options" "$root/systemd/aot-cache.sh" "$root/userdata/install.sh" "$work/release"
  (cd "$work/release" && sha256 "${release_files[@]}" >SHA256SUMS)
  release_name "${BASH_REMATCH[1]}" "$work/release/SHA256SUMS"
}

# The JDK that builds, or where none is, as for a jar that was built elsewhere, the java that there is.
release_java() {
  if "$root/.ci/find-jdk" >/dev/null; then
    "$root/.ci/with-tools" java "$@"
  else
    java "$@"
  fi
}

# release_name JAR-VERSION SHA256SUMS
release_name() {
  local sum
  sum=$(sha256 "$2")
  sum=${sum%% *}
  release_version=$1-${sum:0:12} release_reference=$1-${sum:0:12}:$sum
}

# A release without its list of checksums, which comes last, is none yet.
release_upload() {
  local file present='' absent=()
  [[ -n $release_reference ]] || return 0
  if known "${id[releases]}"; then
    present=$(release_objects "$release_version")
  fi
  for file in "${release_files[@]}" SHA256SUMS; do
    [[ " $present " == *" releases/$release_version/$file "* ]] || absent+=("$file")
  done
  if [[ $mode == plan ]]; then
    ((${#absent[@]} == 0)) || change upload "release $release_version" "${#absent[@]} files" --
    return
  fi
  for file in "${absent[@]}"; do
    change upload "release $release_version" "$file" -- --absent PreconditionFailed --retry NoSuchBucket,ConditionalRequestConflict \
      s3api put-object --bucket "${id[releases]}" --key "releases/$release_version/$file" --body "$work/release/$file" --if-none-match '*' --query ETag
  done
}

release_objects() {
  ask s3api list-objects-v2 --bucket "${id[releases]}" --prefix "releases/$1/" --query 'Contents[].Key'
}

# The complete releases in the bucket, oldest first: a line each with version and time.
release_list() {
  local bucket found key when
  bucket=$(storage_bucket releases)
  # The CLI puts a query to each page by itself, so that no query can sort.
  found=$(ask --absent NoSuchBucket s3api list-objects-v2 --bucket "$bucket" --prefix releases/ \
    --query "Contents[?ends_with(Key,'/SHA256SUMS')].[LastModified,Key]||\`[]\`")
  # shellcheck disable=SC2086 # times and keys, one word each
  [[ -z $found ]] || printf '%s %s\n' $found | sort | while read -r when key; do
    key=${key#releases/}
    echo "${key%/SHA256SUMS} $(moment "$when")"
  done
}

# For a rollback: VERSION, or what was current before that which is now. A group whose template names a release is amid a
# roll-out: a rollback that was interrupted goes on, and from a release that never was current one goes back to the current.
release_choose() {
  local wanted=${setting[VERSION]} current past known='' reference before=' '
  current=$(release_current)
  [[ -n $current ]] || fail "there is no deployment ${setting[ENV]} in $region, so there is nothing to go back from"
  past=$(ask --absent ParameterNotFound ssm get-parameter-history --name "$(release_parameter)" \
    --query 'Parameters[].[Version,Value]')
  # shellcheck disable=SC2086 # numbers and references, one word each
  for reference in $(printf '%s %s\n' $past | sort -n | cut -d' ' -f2); do
    if [[ ${wanted:-${reference%%:*}} == "${reference%%:*}" && ($reference != "$current" || -n $wanted) ]]; then
      known=$reference
    fi
    before+="$reference "
  done
  before=${before%"$current "}
  if [[ -n $wanted || $kept_release == current ]]; then
    :
  elif [[ $before == *" $kept_release "* ]]; then
    known=$kept_release
  elif [[ $kept_release != "$current" ]]; then
    known=$current
  fi
  [[ -n $wanted$known ]] || fail "there was no other release before ${current%%:*}: name one with VERSION=; make status lists them"
  release_fetch "${wanted:-${known%%:*}}"
  [[ -z $known || $known == "$release_reference" ]] || fail "release $release_version in the bucket is not the one that ran before: its checksums have changed"
}

release_fetch() {
  local wanted=$1 file present
  id[releases]=$(storage_releases_found)
  [[ -n ${id[releases]} ]] || fail "the bucket of releases $(storage_bucket releases) is gone: run make deploy"
  present=$(release_objects "$wanted")
  : >"$work/SHA256SUMS"
  ask --absent NoSuchKey s3api get-object --bucket "${id[releases]}" --key "releases/$wanted/SHA256SUMS" "$work/SHA256SUMS" >/dev/null
  # Releases of other times have other files.
  for file in SHA256SUMS $(awk '{ print $2 }' "$work/SHA256SUMS"); do
    [[ " $present " == *" releases/$wanted/$file "* ]] \
      || fail "there is no complete release $wanted in the bucket ($file is missing): make status lists what there is"
  done
  release_name "${wanted%-*}" "$work/SHA256SUMS"
  [[ $release_version == "$wanted" ]] || fail "release $wanted in the bucket does not have the checksum in its name: it was changed there"
}

# The parameter that says what an instance fetches when its template names no release.
release_parameter() {
  printf '/fleetdash/%s/current' "${setting[ENV]}"
}

release_current() {
  ask --absent ParameterNotFound ssm get-parameter --name "$(release_parameter)" --query Parameter.Value
}

current_version() {
  local current
  current=$(release_current)
  printf '%s' "${current%%:*}"
}

# release_make_current FORMER
release_make_current() {
  local -a create=(--overwrite)
  [[ -n $1 ]] || create=(--tags "$(tags_json "$name")")
  change "$([[ -n $1 ]] && echo change || echo set)" 'current release' "${1:+${1%%:*} → }$release_version" -- \
    ssm put-parameter --name "$(release_parameter)" --type String --value "$release_reference" "${create[@]}" --query Version
}

# The releases themselves stay, in their bucket.
release_delete() {
  local present
  present=$(release_current)
  [[ -z $present ]] || change delete 'current release' "${present%%:*}" -- ssm delete-parameter --name "$(release_parameter)"
}
