#!/usr/bin/env bash
#
# Installs the release that it lies in on this Linux host, and starts it:
#
#   aws s3 cp --recursive s3://BUCKET/releases/VERSION/ . && sudo bash install.sh FLEETDASH_ARCHIVE=s3://ARCHIVE [NAME=VALUE]...
#
# Needs root, systemd 252 or newer, curl, and java 25 as /usr/bin/java. Settings go to /etc/fleetdash/fleetdash.env: one that
# is given replaces the one of its name there, and all other lines stay, so that what a person wrote is kept. The release gets
# a directory of its own below /opt/fleetdash. Unit and "current" move to it once its files have the right checksums and its
# configuration is sound, and back again when it does not become healthy within a minute. Safe to repeat: what runs already,
# with the same settings, goes on running.
set -Eeuo pipefail

home=/opt/fleetdash
settings=/etc/fleetdash/fleetdash.env
unit=/etc/systemd/system/fleetdash.service
java=/usr/bin/java
patience=60
given=()
work=
invocation=

say() {
  echo "install: $*" >&2
}

fail() {
  say "$@"
  exit 1
}

check_arguments() {
  local argument
  for argument in "$@"; do
    [[ $argument =~ ^[A-Z][A-Z0-9_]*=[^\"\\[:cntrl:]]*$ ]] \
      || { say "'$argument' is not NAME=VALUE without quotes and backslashes; see --help" && exit 2; }
  done
  given=("$@")
}

check_host() {
  ((EUID == 0)) || fail 'needs root: sudo bash install.sh …'
  local program
  for program in systemctl curl runuser sha256sum "$java"; do
    command -v "$program" >/dev/null || fail "needs $program; please install it"
  done
  sha256sum --check --strict --quiet SHA256SUMS >&2 || fail "the files in $PWD are not those of SHA256SUMS"
}

# From what the files are, so that another release never has the name of this one.
release_name() {
  local line sums
  line=$("$java" -jar fleetdash.jar --version) || fail "$java cannot run fleetdash.jar"
  [[ $line =~ ^fleetdash\ ([A-Za-z0-9._-]+)(\ \(([0-9a-f]+)\))? ]] || fail "fleetdash.jar calls itself '$line'"
  sums=$(sha256sum SHA256SUMS)
  echo "${BASH_REMATCH[1]}${BASH_REMATCH[3]:+-${BASH_REMATCH[3]}}-${sums:0:8}"
}

ensure_user() {
  id -u fleetdash >/dev/null 2>&1 \
    || useradd --system --user-group --home-dir /var/lib/fleetdash --no-create-home --shell /usr/sbin/nologin fleetdash
}

# Whoever waits for the service does not wait for its cache, which is for the starts to come.
train_later() {
  [[ ! -e $home/$1/fleetdash.aot ]] || return 0
  systemd-run --quiet --collect --no-block --unit=fleetdash-training --property=CPUWeight=idle --property=Nice=19 \
    --property=RuntimeMaxSec=600 bash "$home/$1/install.sh" --train || say 'the AOT cache is not trained now'
}

# Rows of the training must reach no bucket, so S3 is where nobody answers. A service without the cache starts later, and
# that is all.
train() {
  chown fleetdash: "$work"
  FLEETDASH_ARCHIVE=s3://training AWS_ENDPOINT_URL_S3=http://127.0.0.1:9 AWS_EC2_METADATA_DISABLED=true \
    AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
    runuser -u fleetdash -- ./aot-cache.sh fleetdash.jar "$work/fleetdash.aot" >&2 \
    || fail 'no AOT cache: the service starts without it'
  install -m 644 "$work/fleetdash.aot" .fleetdash.aot
  mv .fleetdash.aot fleetdash.aot
}

# Complete or absent.
unpack() {
  local release=$1 staging=$home/.staging
  [[ ! -d $home/$release ]] || return 0
  rm -rf "$staging"
  install -d "$home" "$staging"
  install -m 644 fleetdash.jar jvm.options fleetdash.service SHA256SUMS "$staging"
  install -m 755 aot-cache.sh install.sh "$staging"
  mv "$staging" "$home/$release"
}

merge_settings() {
  local line setting replaced
  touch "$work/old"
  [[ ! -e $settings ]] || cp "$settings" "$work/old"
  while IFS= read -r line || [[ -n $line ]]; do
    replaced=
    for setting in "${given[@]}"; do
      [[ ${line%%=*} != "${setting%%=*}" ]] || replaced=yes
    done
    [[ -n $replaced ]] || echo "$line"
  done <"$work/old"
  for setting in "${given[@]}"; do
    echo "${setting%%=*}=\"${setting#*=}\""
  done
}

# As systemd reads the file, which is not as a shell would.
check_settings() {
  systemd-run --quiet --wait --pipe --collect --property=User=fleetdash --property=WorkingDirectory="$home/$1" \
    --property=EnvironmentFile="$2" "$java" @jvm.options -jar fleetdash.jar --check-config </dev/null
}

health_url() {
  local bind port
  bind=$(sed -n 's/^FLEETDASH_BIND=\([^ ]*\).*/\1/p' "$work/effective")
  port=$(sed -n 's/^FLEETDASH_PORT=\([^ ]*\).*/\1/p' "$work/effective")
  case $bind in
    0.0.0.0 | :: | \[::\]) bind=127.0.0.1 ;;
    *:*) bind="[${bind//[\[\]]/}]" ;;
  esac
  echo "http://$bind:$port/health"
}

# How often systemd started the service by itself. Not from the last start by hand: one that comes while the service waits
# for its next start by itself leaves the count as it is.
restarts() {
  systemctl show --property=NRestarts --value fleetdash
}

# await_health [impatient]: not for long where systemd had to start the service once more.
await_health() {
  local start=$SECONDS before url
  before=$(restarts) url=$(health_url)
  until curl -fsS --noproxy '*' --max-time 2 -o "$work/health" "$url" 2>"$work/refused"; do
    ((SECONDS - start < patience)) && [[ -z ${1-} || $(restarts) == "$before" ]] || return 1
    sleep 0.2
  done
}

# Runs where a failure has to be undone, not to end the script: each step says so by itself.
switch_to() {
  local release=$1 env=$2
  install -D -m 640 -g fleetdash "$env" "$settings" \
    && install -m 644 "$home/$release/fleetdash.service" "$unit" \
    && ln -sfn "$release" "$home/.current" \
    && mv -T "$home/.current" "$home/current" \
    && systemctl daemon-reload \
    && systemctl enable --quiet fleetdash \
    && start
}

start() {
  local code=0
  systemctl restart fleetdash || code=$?
  invocation=$(systemctl show --property=InvocationID --value fleetdash)
  return "$code"
}

go_back() {
  local previous=$1
  say "it did not become healthy; the end of its journal:"
  # Of that start alone: by now systemd may be trying again, which says everything once more but why it failed.
  journalctl --lines=30 --no-pager --output=cat "_SYSTEMD_INVOCATION_ID=$invocation" + "INVOCATION_ID=$invocation" >&2 || true
  [[ -n $previous ]] || fail 'and there is no earlier release to go back to'
  : >"$work/refused"
  if switch_to "$previous" "$work/old" && await_health; then
    fail "back on $previous, which is healthy"
  fi
  fail "back on $previous, which is not healthy either: $(<"$work/refused")"
}

remove_others() {
  local directory
  for directory in "$home"/*/; do
    directory=$(basename "$directory")
    [[ $directory == current || $directory == "$1" || $directory == "$2" ]] || rm -rf "${home:?}/$directory"
  done
}

main() {
  [[ ${1-} != --help ]] || { sed -n '3,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && return; }
  local release previous
  [[ ${1-} == --train ]] || check_arguments "$@"
  cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
  check_host
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  if [[ ${1-} == --train ]]; then
    train
    return
  fi
  exec 9>/run/fleetdash-install.lock
  flock 9

  release=$(release_name)
  previous=$(readlink "$home/current" || true)
  ensure_user
  unpack "$release"
  merge_settings >"$work/new"
  chown fleetdash: "$work" "$work/new"
  check_settings "$release" "$work/new" >"$work/effective" || fail 'the settings are refused; nothing was changed'

  if [[ $release == "$previous" ]] && cmp --silent "$work/new" "$settings" \
    && systemctl is-active --quiet fleetdash && await_health impatient; then
    say "$release runs already"
  else
    { switch_to "$release" "$work/new" && await_health impatient; } || go_back "$previous"
    remove_others "$release" "$previous"
    say "$release is installed and healthy"
  fi
  train_later "$release"
}

main "$@"
