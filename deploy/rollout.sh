# shellcheck shell=bash
#
# How a release reaches the instances: by an instance refresh to a template version that is pinned to it. What every other
# boot fetches, the current release, changes only after that went well, and then the group goes back to the template that
# says "current". So a release that does not start never becomes current, and a run that is interrupted anywhere is
# completed by the next: all that it has to know is in AWS. Sourced.

# A refresh that gets nowhere is ended by AWS after an hour.
readonly refresh_patience=14400

# The instances of a group that is about to be made have to find something to fetch.
rollout_first() {
  local current template
  [[ -n $release_reference ]] || return 0
  template=$(rollout_group_template)
  [[ -z $template ]] || return 0
  current=$(release_current)
  [[ $current == "$release_reference" ]] || release_make_current "$current"
}

# The template version of the group, if there is one that is not on its way out.
rollout_group_template() {
  ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[?!Status].LaunchTemplate.Version'
}

# Brings release and settings to all instances; in a plan, says what that takes.
rollout() {
  local current group template latest refresh status target percentage
  group=$(rollout_group_template)
  [[ -n $group ]] || return 0
  current=$(release_current)
  compute_template current
  template=$template_version
  latest=$(ask autoscaling describe-instance-refreshes --auto-scaling-group-name "$name" --max-records 1 \
    --query 'InstanceRefreshes[0].[InstanceRefreshId,Status,DesiredConfiguration.LaunchTemplate.Version,PercentageComplete]')
  read -r refresh status target percentage <<<"$latest"
  if rollout_is_active "$status"; then
    rollout_is_ours "$refresh" "$target" "$percentage"
    rollout_follow "$refresh"
    group=$target
  elif [[ $current == "$release_reference" && $group == "$template" && $status != @(Failed|Cancelled|RollbackFailed) ]]; then
    return 0
  else
    compute_template "$release_reference"
    if [[ $group != "$template_version" ]]; then
      rollout_tells || group_turn no
      rollout_start "$template_version"
      rollout_follow "$answer"
      group=$template_version
    fi
  fi
  [[ $current == "$release_reference" ]] || release_make_current "$current"
  keep "template version of group $name" "$template" "$group" -- --not-yet "$group_not_yet" autoscaling update-auto-scaling-group \
    --auto-scaling-group-name "$name" --launch-template "LaunchTemplateName=$name,Version=$template"
  [[ $group_told != no ]] || ! rollout_tells || group_turn yes
}

# Whether the user-data that is rolled out says when an instance serves.
rollout_tells() {
  grep -q complete-lifecycle-action "$work/user-data${kept_version:+.kept}"
}

rollout_is_active() {
  [[ $1 == @(Pending|InProgress|Baking|Cancelling|RollbackInProgress) ]]
}

# rollout_is_ours REFRESH TARGET PERCENTAGE: one that an earlier run of the same release began is followed on.
rollout_is_ours() {
  compute_template "$release_reference"
  [[ $2 == "$template_version" ]] || fail "another roll-out is under way (instance refresh $1 to template version $2, ${3/None/0} %):" \
    "wait for its end, or stop it with 'aws autoscaling cancel-instance-refresh --region $region --auto-scaling-group-name $name'," \
    "then run the same command again"
}

# rollout_start TEMPLATE-VERSION
rollout_start() {
  [[ $mode == plan ]] || rollout_preferences >"$work/preferences.json"
  change 'roll out' "release $release_version" "to every instance of $name, half of them first" -- \
    --not-yet "$group_not_yet" autoscaling start-instance-refresh --auto-scaling-group-name "$name" --strategy Rolling \
    --desired-configuration "{\"LaunchTemplate\":{\"LaunchTemplateName\":\"$name\",\"Version\":\"$1\"}}" \
    --preferences "file://$work/preferences.json" --query InstanceRefreshId
}

# New instances come before old ones go. After half of them there is a minute in which the alarms can object. AWS puts the
# last checkpoint at 100 or stops there. Instances that somebody set aside or protected belong to somebody who had a reason.
rollout_preferences() {
  local alarms
  alarms=$(rollout_alarms)
  cat <<JSON
{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"CheckpointPercentages":[50,100],"CheckpointDelay":60,
 "SkipMatching":false,"ScaleInProtectedInstances":"Ignore","StandbyInstances":"Ignore","AutoRollback":true$alarms}
JSON
}

# Alarms that are on already would end any refresh at once, also the one that is to mend what they are about.
rollout_alarms() {
  local on names='' alarm
  on=$(ask cloudwatch describe-alarms --alarm-names "${breaking_alarms[@]/#/$name-}" \
    --query "MetricAlarms[?StateValue=='ALARM'].AlarmName")
  if [[ -n $on ]]; then
    warn "these alarms are on, so that alarms do not stop this roll-out: $on"
    return
  fi
  for alarm in "${breaking_alarms[@]}"; do
    # Without a balancer nobody counts errors.
    [[ $alarm == errors ]] && ! balanced || names+=",\"$name-$alarm\""
  done
  printf ',"AlarmSpecification":{"Alarms":[%s]}' "${names:1}"
}

# Until the refresh has gone well; else the run ends with what AWS says.
rollout_follow() {
  local found status percentage reason said=''
  local -i until=$((SECONDS + refresh_patience)) next=0
  [[ $mode == apply ]] || return 0
  launches_begin
  while true; do
    found=$(ask autoscaling describe-instance-refreshes --auto-scaling-group-name "$name" --instance-refresh-ids "$1" \
      --query 'InstanceRefreshes[0].[Status,PercentageComplete,StatusReason]')
    read -r status percentage reason <<<"$found"
    percentage=${percentage/None/0} reason=${reason/#None/}
    if [[ $found != "$said" ]] || ((SECONDS >= next)); then
      log "roll out $release_version: $status, $percentage %${reason:+ ($reason)}$(launch_failure)"
      said=$found next=$((SECONDS + 30))
    fi
    launches_watch "?LaunchTemplate.Version=='$template_version'"
    [[ $status != Successful ]] || return 0
    rollout_is_active "$status" || rollout_failed "$status" "$reason"
    [[ $status != @(Pending|InProgress|Baking) ]] || ! launches_fail || rollout_back
    ((SECONDS < until)) || fail "the roll-out of $release_version is not done after $((refresh_patience / 3600)) hours: run the same command to follow it on"
    lease_hold
    sleep "${POLL_SECONDS:-5}"
  done
}

# What AWS itself does only after an hour.
rollout_back() {
  change 'roll back' "release $release_version" 'two of its instances failed' -- --absent ActiveInstanceRefreshNotFound \
    autoscaling rollback-instance-refresh --auto-scaling-group-name "$name" --query InstanceRefreshId
}

# rollout_failed STATUS REASON
rollout_failed() {
  local current outcome='every instance runs as before'
  current=$(current_version)
  [[ $1 == RollbackSuccessful ]] || outcome='some instances may run the new release already; the next deploy or rollback makes them equal'
  fail "release $release_version was not rolled out: $1${2:+ ($2)}$(launch_failure). $current is still current, and $outcome. $(launches_said)"
}

# The balancer's verdict on each instance; without one, the group's.
rollout_states() {
  if balanced; then
    ask elbv2 describe-target-health --target-group-arn "${id[targets]}" --query 'sort(TargetHealthDescriptions[].TargetHealth.State)'
  else
    ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" --query \
      "AutoScalingGroups[].Instances[].[(LifecycleState=='InService'&&HealthStatus=='Healthy'&&'healthy')||LifecycleState][]"
  fi
}

# At the end of each deploy: a dashboard that does not answer is no success.
rollout_await_healthy() {
  local states healthy said=''
  local -i until=$((SECONDS + ${HEALTHY_SECONDS:-$first_boot_patience})) next=0
  launches_begin
  while true; do
    states=$(rollout_states)
    healthy=$(tr ' ' '\n' <<<"$states" | grep -cx healthy || true)
    ((healthy < setting[MIN_SIZE])) || return 0
    if [[ $states != "$said" ]] || ((SECONDS >= next)); then
      log "$healthy of ${setting[MIN_SIZE]} instances healthy${states:+ ($states)}$(launch_failure)"
      said=$states next=$((SECONDS + 30))
    fi
    launches_watch ''
    ! launches_fail || fail "two instances failed, and others would too. $(launches_said)"
    ((SECONDS < until)) || fail "only $healthy of ${setting[MIN_SIZE]} instances became healthy in time$(launch_failure). $(launches_said)"
    lease_hold
    sleep "${POLL_SECONDS:-5}"
  done
}
