# shellcheck shell=bash
#
# The instances by hand, through Session Manager: no port is open for it, and no key is needed. Sourced.

command_ssh() {
  sessions_begin
  sessions_one
  session "${id[instance]}"
}

command_open() {
  local port=${setting[PORT]}
  sessions_begin
  [[ -n ${setting[HOST]} ]] || setting[HOST]=${hosts[0]}
  sessions_one
  log "http://localhost:$port shows the fleet as ${id[instance]} sees it, until this ends (Ctrl-C)"
  session "${id[instance]}" --document-name AWS-StartPortForwardingSession --parameters "portNumber=$app_port,localPortNumber=$port"
}

command_logs() {
  local host
  sessions_begin
  if [[ -n ${setting[HOST]} ]]; then
    sessions_one
    hosts=("${id[instance]}")
  fi
  for host in "${hosts[@]}"; do
    printf '== %s\n' "$host"
    session_runs "$host" 'sudo journalctl --unit=fleetdash --lines=200 --no-pager'
  done
}

command_restart() {
  sessions_begin
  sessions_one
  confirm "Restart fleetdash on ${id[instance]}?"
  session_runs "${id[instance]}" 'sudo systemctl restart fleetdash && systemctl --no-pager --lines=0 status fleetdash'
}

# The CLI hands the session over to this program, and without it opens one that nobody uses.
plugin_given() {
  command -v session-manager-plugin >/dev/null \
    || fail "the Session Manager plugin of the AWS CLI is not installed: see" \
      "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
}

# Finds the hosts that there are: those in service first.
sessions_begin() {
  local service others
  service=$(sessions_found "LifecycleState=='InService'")
  others=$(sessions_found "LifecycleState!='InService'")
  read -r -a hosts <<<"$service $others"
  ((${#hosts[@]} > 0)) || fail "there is no instance of ${setting[ENV]} in $region: make status tells more"
}

sessions_found() {
  ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query "sort(AutoScalingGroups[].Instances[?$1][].InstanceId)"
}

# Sets id[instance] to the one that is meant.
sessions_one() {
  local host
  [[ -n ${setting[HOST]} || ${#hosts[@]} != 1 ]] || setting[HOST]=${hosts[0]}
  for host in "${hosts[@]}"; do
    [[ $host != "${setting[HOST]}" ]] || id[instance]=$host
  done
  [[ -n ${id[instance]-} ]] || fail "say which host: HOST= one of ${hosts[*]}"
}

# session HOST ARGUMENT…: with this terminal.
session() {
  aws ssm start-session --target "$@" || fail "the session on $1 failed; what the CLI says is above"
}

# session_runs HOST COMMAND
session_runs() {
  session "$1" --document-name AWS-StartNonInteractiveCommand --parameters "$(printf '{"command":["%s"]}' "$2")"
}
