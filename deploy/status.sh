# shellcheck shell=bash
#
# What runs, and how it is. Reads only. Sourced.

command_status() {
  local group
  group=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].[MinSize,DesiredCapacity,MaxSize,length(Instances)]')
  if [[ -z $group ]]; then
    echo "There is no deployment ${setting[ENV]} in $region (account $account): make deploy creates one."
    return
  fi
  printf 'deployment\t%s in %s, account %s\n' "${setting[ENV]}" "$region" "$account" | table
  status_summary "$group"
  status_instances
  status_alarms
  status_releases
  cost_print
}

status_summary() {
  local min desired max running refresh failure certificate status when
  failure=$(launch_failure)
  read -r min desired max running <<<"$1"
  refresh=$(ask autoscaling describe-instance-refreshes --auto-scaling-group-name "$name" --max-records 1 \
    --query 'InstanceRefreshes[0].[Status,PercentageComplete,StartTime]')
  certificate=$(certificate_state)
  read -r status when _ <<<"$certificate"
  {
    printf 'URL\t%s\n' "$(balancer_or_tunnel)"
    [[ -z $status ]] || printf 'certificate\t%s\n' "$(certificate_said "$status" "$when")"
    printf 'instances\t%s, wanted %s, from %s to %s\n' "$running" "$desired" "$min" "$max"
    printf 'current version\t%s\n' "$(current_version)"
    [[ -z $failure ]] || printf 'launches\t%s\n' "${failure#; }"
    [[ -z $refresh ]] || printf 'last roll-out\t%s\n' "$(status_refresh "$refresh")"
  } | table
}

status_refresh() {
  local status percentage start
  read -r status percentage start <<<"$1"
  printf '%s, %s %%, begun %s' "$status" "${percentage/None/0}" "$(moment "$start")"
}

# moment TIME: to the second. Version 1 of the CLI prints some times as they came, in seconds since 1970.
moment() {
  local -x TZ=UTC0
  if [[ $1 =~ ^[0-9]+(\.[0-9]*)?$ ]]; then
    printf '%(%FT%T)T' "${1%%.*}"
  else
    printf '%s' "${1:0:19}"
  fi
}

status_instances() {
  local -a cells
  local -A health=() booted=()
  local arn row
  arn=$(ask --absent TargetGroupNotFound elbv2 describe-target-groups --names "$name" --query 'TargetGroups[].TargetGroupArn')
  if [[ -n $arn ]]; then
    read -r -a cells <<<"$(ask elbv2 describe-target-health --target-group-arn "$arn" \
      --query 'TargetHealthDescriptions[].[Target.Id,TargetHealth.State]')"
    for ((row = 0; row < ${#cells[@]}; row += 2)); do
      health[${cells[row]}]=${cells[row + 1]}
    done
  fi
  status_versions
  read -r -a cells <<<"$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].Instances[].[InstanceId,AvailabilityZone,InstanceType,LifecycleState,HealthStatus,LaunchTemplate.Version]')"
  echo
  {
    printf 'instance\tzone\ttype\tstate\thealth\tbalancer\tversion\n'
    for ((row = 0; row < ${#cells[@]}; row += 6)); do
      printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${cells[@]:row:5}" "${health[${cells[row]}]:-$(balanced && echo not registered || echo none)}" \
        "${booted[${cells[row + 5]}]:-template ${cells[row + 5]}}"
    done
  } | table
}

# Fills booted[N]: the release that template version N boots.
status_versions() {
  local -a cells
  local row release
  read -r -a cells <<<"$(ask --absent InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions \
    --launch-template-name "$name" --query 'LaunchTemplateVersions[].[VersionNumber,VersionDescription]')"
  for ((row = 0; row < ${#cells[@]}; row += 3)); do
    release=${cells[row + 1]#release=}
    booted[${cells[row]}]=${release%%:*}
  done
}

status_alarms() {
  local -a cells
  local row
  read -r -a cells <<<"$(ask cloudwatch describe-alarms --alarm-names "${alarm_names[@]/#/$name-}" \
    --query 'MetricAlarms[].[AlarmName,StateValue,StateUpdatedTimestamp]')"
  echo
  {
    printf 'alarm\tstate\tsince\n'
    for ((row = 0; row < ${#cells[@]}; row += 3)); do
      printf '%s\t%s\t%s\n' "${cells[row]}" "${cells[row + 1]}" "$(moment "${cells[row + 2]}")"
    done
  } | table
}

status_releases() {
  local release when current
  current=$(current_version)
  echo
  {
    printf 'release\tuploaded\t\n'
    while read -r release when; do
      printf '%s\t%s\t%s\n' "$release" "$when" "$([[ $release != "$current" ]] || echo current)"
    done < <(release_list)
  } | table
}
