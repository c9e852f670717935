#!/usr/bin/env bash
#
# Makes a node of an instance that has just booted: installs java, fetches the release, checks it and runs its install.sh.
# For Amazon Linux 2023, Debian 13 and Ubuntu; run by cloud-init, which hands over nothing but this file. The group waits for
# its word, and only then puts the instance into service. What goes wrong is on the console with its line, and the group is
# told to replace the instance. Safe to run again: /var/lib/cloud/instance/scripts/part-001.
set -Eeuo pipefail

# <settings>
# Filled in when the group is deployed. RELEASE may name one release as VERSION:SHA256, with the checksum of its SHA256SUMS;
# "current" is what the parameter of that name says. The journal goes to LOG_GROUP, when there is one.
ENVIRONMENT='example'
REGION='eu-central-1'
RELEASE_BUCKET='fleetdash-example-releases'
RELEASE='current'
GROUP='fleetdash-example'
LOG_GROUP=''
SETTINGS=(FLEETDASH_ARCHIVE='s3://fleetdash-example-data' FLEETDASH_BIND='0.0.0.0')
# </settings>

metadata=http://169.254.169.254/latest
attempts=4
instance=
work=
error=
known=()
export AWS_PAGER='' AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION
# Tries that take no longer than ours, so that the end comes in minutes whatever is away.
export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=2 AWS_METADATA_SERVICE_TIMEOUT=2 AWS_METADATA_SERVICE_NUM_ATTEMPTS=3

# To cloud-init's log.
say() {
  echo "fleetdash-boot: $(cut -d' ' -f1 /proc/uptime) s: $*" >&2
}

# To the console too, which can be read when the instance cannot be reached, or has gone.
shout() {
  say "$@"
  say "$@" 2>/dev/console || true
}

# With pauses of 2, 4 and 8 seconds.
retry() {
  local attempt
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    "$@" && return
    say "attempt $attempt of $attempts failed: $*"
    ((attempt == attempts)) || sleep "$((2 ** attempt))"
  done
  return 1
}

failed() {
  local code=$1 command=$2 line=$3 text frame
  # What fails in a subshell fails its caller, which has more to tell.
  ((BASH_SUBSHELL == 0)) || return "$code"
  trap - ERR
  set +e
  shout "FAILED in line $line with code $code: $command"
  for ((frame = 1; frame < ${#FUNCNAME[@]} - 2; frame++)); do
    shout "  within ${FUNCNAME[frame]}, called in line ${BASH_LINENO[frame]}"
  done
  tail --quiet --lines=60 "$error"* 2>/dev/null | while IFS= read -r text; do shout "  | $text"; done
  give_up
  exit 1
}

give_up() {
  # Packages are what can fail before anybody asked.
  if ! type -p aws >/dev/null || [[ -z ${instance:=$(ask_metadata instance-id)} ]]; then
    shout "$GROUP is not told, and has to find out: $(tail --lines=1 "$error")"
  elif end_launch ABANDON; then
    shout "abandoned: $GROUP replaces $instance"
  elif cloud autoscaling set-instance-health --instance-id "$instance" --health-status Unhealthy \
    --no-should-respect-grace-period; then
    shout "marked unhealthy: $GROUP replaces $instance"
  else
    shout "$GROUP is not told, and has to find out: $(tail --lines=1 "$error")"
  fi
}

# end_launch RESULT: CONTINUE has the instance put into service, ABANDON has it replaced.
end_launch() {
  cloud autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" --lifecycle-hook-name launching \
    --instance-id "$instance" --lifecycle-action-result "$1"
}

# Nobody waits when this runs again, or where the group has no such hook.
continue_launch() {
  end_launch CONTINUE || grep -q 'No active Lifecycle Action' "$error"
}

cloud() {
  timeout 120 aws --cli-connect-timeout 5 --cli-read-timeout 30 "$@" 2>"$error"
}

ask_metadata() {
  local token
  token=$(curl -fsS --noproxy '*' --max-time 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
    "$metadata/api/token" 2>"$error") \
    && curl -fsS --noproxy '*' --max-time 2 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/$1" 2>"$error"
}

install_by_dnf() {
  dnf install --assumeyes --quiet "$@" >"$error" 2>&1
}

install_by_apt() {
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get update --quiet=2 -o Acquire::Retries=0 \
      && apt-get install --yes --quiet=2 --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
  } >"$error" 2>&1
}

install_packages() {
  local packages=()
  if type -p dnf >/dev/null; then
    java_25 || packages+=(java-25-amazon-corretto-headless)
    type -p aws >/dev/null || packages+=(awscli-2)
    ((${#packages[@]} == 0)) || retry install_by_dnf "${packages[@]}"
  else
    java_25 || packages+=(openjdk-25-jre-headless)
    type -p aws >/dev/null || packages+=(awscli)
    type -p curl >/dev/null || packages+=(curl)
    ((${#packages[@]} == 0)) || retry install_by_apt "${packages[@]}"
  fi
}

java_25() {
  [[ -x /usr/bin/java && $(/usr/bin/java -version 2>&1) == *' version "25'* ]]
}

release_reference() {
  if [[ $RELEASE == current ]]; then
    cloud ssm get-parameter --name "/fleetdash/$ENVIRONMENT/current" --query Parameter.Value --output text
  else
    echo "$RELEASE"
  fi
}

check() {
  [[ $2 == "$3" ]] || { echo "$1 has the checksum $2 instead of $3" >"$error" && return 1; }
}

# The reference vouches for the list of checksums, and that for the files.
fetch_release() {
  local reference=$1 version sums file fetch fetches=()
  [[ $reference =~ ^([A-Za-z0-9][A-Za-z0-9._-]*):([0-9a-f]{64})$ ]]
  version=${BASH_REMATCH[1]} sums=${BASH_REMATCH[2]}
  fetch "$version" SHA256SUMS
  check SHA256SUMS "$(sha256sum "$work/SHA256SUMS" | cut -d' ' -f1)" "$sums"
  while read -r _ file; do
    [[ $file =~ ^[a-z][a-z.-]*$ ]]
    error=$error.$file fetch "$version" "$file" &
    fetches+=("$!")
  done <"$work/SHA256SUMS"
  for fetch in "${fetches[@]}"; do
    wait "$fetch"
  done
  (cd "$work" && sha256sum --check --strict --quiet SHA256SUMS >"$error" 2>&1)
}

fetch() {
  retry cloud s3 cp --only-show-errors "s3://$RELEASE_BUCKET/releases/$1/$2" "$work/$2"
}

# Into $known: what the release knows of SETTINGS, because it refuses the others. The group may have gone back to a release
# that is older than the scripts that wrote them.
know_settings() {
  local variables setting
  variables=$(cd "$work" && java @jvm.options -jar fleetdash.jar --check-config 2>"$error")
  known=()
  for setting in "${SETTINGS[@]}"; do
    if [[ $setting != FLEETDASH_* || $'\n'$variables == *$'\n'"${setting%%=*}="* ]]; then
      known+=("$setting")
    else
      shout "left out, because this release does not know it: $setting"
    fi
  done
}

# The agent for CloudWatch would take more memory than the service that it watches, and is in no Debian. What there is to
# tell is little, so a timer and the command line do.
ship_journal() {
  local program=/usr/local/lib/fleetdash/ship-journal
  install -D -m 755 /dev/stdin "$program" <<'END'
#!/usr/bin/env bash
#
# Puts what is new in the journal of fleetdash into CloudWatch Logs: ship-journal GROUP STREAM
# The cursor moves on when it is there, so a line may come twice and none gets lost.
set -Eeuo pipefail

group=$1 stream=$2
cd "$STATE_DIRECTORY"
rm -f cursor.new events.*
[[ ! -e cursor ]] || cp cursor cursor.new
journalctl --unit=fleetdash --cursor-file=cursor.new --output=json | python3 -c '
import json, sys
def text(message):
    return bytes(message).decode(errors="replace") if isinstance(message, list) else str(message)
entries = [json.loads(line) for line in sys.stdin]
events = [{"timestamp": int(e["__REALTIME_TIMESTAMP"]) // 1000, "message": text(e.get("MESSAGE") or " ")[:10000]} for e in entries]
events.sort(key=lambda event: event["timestamp"])
for i in range(0, len(events), 50):
    with open(f"events.{i:06}", "w") as file:
        json.dump(events[i:i + 50], file)
'
for events in events.*; do
  [[ -e $events ]] || exit 0
  aws logs create-log-stream --log-group-name "$group" --log-stream-name "$stream" 2>error \
    || grep -q ResourceAlreadyExists error || { cat error >&2 && exit 1; }
  aws logs put-log-events --log-group-name "$group" --log-stream-name "$stream" --log-events "file://$events" >answer
done
mv cursor.new cursor
END
  cat >/etc/systemd/system/fleetdash-journal.service <<END
[Unit]
Description=Journal of fleetdash to CloudWatch Logs
After=network-online.target

[Service]
Type=oneshot
DynamicUser=yes
SupplementaryGroups=systemd-journal
StateDirectory=fleetdash-journal
Environment=AWS_REGION=$REGION AWS_PAGER=
ExecStart=$program $LOG_GROUP $instance
TimeoutStartSec=120s
END
  cat >/etc/systemd/system/fleetdash-journal.timer <<END
[Timer]
OnActiveSec=10s
OnUnitInactiveSec=60s

[Install]
WantedBy=timers.target
END
  systemctl daemon-reload
  systemctl enable --quiet --now fleetdash-journal.timer
}

main() {
  work=$(mktemp -d)
  error=$work/error
  trap 'rm -rf "$work"' EXIT
  trap 'failed "$?" "$BASH_COMMAND" "$LINENO"' ERR
  local reference

  say "begins on $ENVIRONMENT in $REGION"
  install_packages
  instance=$(retry ask_metadata instance-id)
  reference=$(retry release_reference)
  say "$instance gets ${reference%%:*}"
  [[ -z $LOG_GROUP ]] || ship_journal
  fetch_release "$reference"
  know_settings
  bash "$work/install.sh" "${known[@]}" 2>&1 | tee "$error" >&2
  retry continue_launch
  say 'completed'
}

main "$@"
