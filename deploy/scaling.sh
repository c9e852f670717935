# shellcheck shell=bash
#
# When the group grows and shrinks, how long an instance that goes may take, and the end of the group. Sourced.

declare -gA hook_found=()

# A process looks for its end every 5 s, and its longest put takes 30 s. It reads in the metadata that it goes; nobody has to answer.
readonly hook_terminating='CONTINUE 60'
# An instance is in service once its user-data says that it serves. One that says nothing for so long never is.
readonly hook_launching="ABANDON $first_boot_patience"
# Where user-data says nothing, as it did before there was this hook: the least time.
readonly hook_unsaid='CONTINUE 30'

# Whether the group's instances say when they serve, and the grace period that goes with it.
group_told='' group_grace=''

group_hook_list() {
  printf '[%s,%s]' "$(group_hook_json terminating "$hook_terminating")" "$(group_hook_json launching "$hook_launching")"
}

# group_hook_json HOOK 'RESULT SECONDS'
group_hook_json() {
  printf '{"LifecycleHookName":"%s","LifecycleTransition":"autoscaling:EC2_INSTANCE_%s","DefaultResult":"%s","HeartbeatTimeout":%s}' \
    "$1" "${1^^}" "${2% *}" "${2#* }"
}

# group_keep_hooks TEMPLATE-VERSION
group_keep_hooks() {
  group_hooks_read
  group_keep_hook terminating "$hook_terminating"
  if [[ ${hook_found[launching]-} == *" $hook_launching" ]] || group_is_told "$1"; then
    group_launches yes
  else
    group_launches no
  fi
}

group_hooks_read() {
  local found
  found=$(ask autoscaling describe-lifecycle-hooks --auto-scaling-group-name "$name" \
    --query 'LifecycleHooks[].[LifecycleHookName,LifecycleTransition,DefaultResult,HeartbeatTimeout]')
  # shellcheck disable=SC2086 # names and numbers, one word each
  index hook_found 4 $found
}

# group_launches TOLD: what a launch waits for.
group_launches() {
  group_told=$1 group_grace=$grace_seconds
  if [[ $group_told == yes ]]; then
    group_keep_hook launching "$hook_launching"
  else
    group_grace=$untold_grace_seconds
    [[ -z ${hook_found[launching]-} ]] || group_keep_hook launching "$hook_unsaid"
  fi
}

# group_turn TOLD: a roll-out is about to bring instances that say nothing, or has brought such that do.
group_turn() {
  local found
  group_hooks_read
  group_launches "$1"
  found=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" --query 'AutoScalingGroups[].HealthCheckGracePeriod')
  group_change 'grace period' "$group_grace s" "$found s" --health-check-grace-period "$group_grace"
}

# group_keep_hook HOOK 'RESULT SECONDS'
group_keep_hook() {
  local found=${hook_found[$1]-}
  keep "life-cycle hook $1 of group $name" "EC2_INSTANCE_${1^^} $2" "${found#autoscaling:}" -- \
    autoscaling put-lifecycle-hook --auto-scaling-group-name "$name" --lifecycle-hook-name "$1" \
    --lifecycle-transition "autoscaling:EC2_INSTANCE_${1^^}" --default-result "${2% *}" --heartbeat-timeout "${2#* }"
}

# group_is_told TEMPLATE-VERSION: whether instances of it say when they serve.
group_is_told() {
  local found
  [[ $1 != - ]] || return 1
  found=$(ask ec2 describe-launch-template-versions --launch-template-name "$name" --versions "$1" \
    --query 'LaunchTemplateVersions[].LaunchTemplateData.UserData')
  [[ $(base64 -d <<<"$found") == *complete-lifecycle-action* ]]
}

# group_scaling FOUND
group_scaling() {
  local present='' target="TargetTrackingConfiguration"
  if [[ -n $1 ]]; then
    present=$(ask autoscaling describe-policies --auto-scaling-group-name "$name" --query "ScalingPolicies[?PolicyName=='cpu'].[
      $target.PredefinedMetricSpecification.PredefinedMetricType,floor($target.TargetValue),$target.DisableScaleIn,Enabled!=\`false\`]")
  fi
  keep "scaling of group $name" "ASGAverageCPUUtilization ${setting[CPU_TARGET]} False True" "$present" -- \
    autoscaling put-scaling-policy --auto-scaling-group-name "$name" --policy-name cpu --policy-type TargetTrackingScaling \
    --enabled --query PolicyARN --target-tracking-configuration \
    "PredefinedMetricSpecification={PredefinedMetricType=ASGAverageCPUUtilization},TargetValue=${setting[CPU_TARGET]},DisableScaleIn=false"
}

# Instances go first, with their last rows: a group that is deleted by force has no life-cycle hook.
compute_delete() {
  local found template
  found=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].[MinSize,MaxSize,DesiredCapacity,length(Instances)]')
  if [[ -n $found ]]; then
    compute_delete_group "${found% *}" "${found##* }"
  fi
  template=$(ask ec2 describe-launch-templates --filters "Name=launch-template-name,Values=$name" \
    --query 'LaunchTemplates[].LaunchTemplateId')
  [[ -z $template ]] || change delete "launch template $name" '' -- ec2 delete-launch-template --launch-template-id "$template" \
    --query LaunchTemplate.LaunchTemplateId
}

# compute_delete_group SIZES INSTANCES
compute_delete_group() {
  local refresh
  refresh=$(ask autoscaling describe-instance-refreshes --auto-scaling-group-name "$name" --query \
    "InstanceRefreshes[?Status=='Pending'||Status=='InProgress'||Status=='Baking'].InstanceRefreshId")
  [[ -z $refresh ]] || change cancel "roll-out of group $name" '' -- --absent ActiveInstanceRefreshNotFound \
    autoscaling cancel-instance-refresh --auto-scaling-group-name "$name"
  keep "sizes of group $name" '0 0 0' "$1" -- --retry ScalingActivityInProgress autoscaling update-auto-scaling-group \
    --auto-scaling-group-name "$name" --min-size 0 --max-size 0 --desired-capacity 0
  if [[ $mode == apply && $2 != 0 ]]; then
    await "the $2 instances to put their last rows and go" 1200 group_is_empty
  fi
  change delete "group $name" "$2 instances" -- --retry ScalingActivityInProgress,ResourceInUse,ResourceContention \
    autoscaling delete-auto-scaling-group --auto-scaling-group-name "$name"
  [[ $mode == plan ]] || await "group $name to be gone" 600 group_is_gone
}

group_is_empty() {
  local found
  found=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].Instances[].InstanceId') || exit
  [[ -z $found ]]
}

group_is_gone() {
  local found
  found=$(group_found) || exit
  [[ -z $found ]]
}
