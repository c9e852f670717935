# shellcheck shell=bash
#
# When the group grows and shrinks, how long an instance that goes may take, and the end of the group. Sourced.

# group_hook FOUND: time for the last put. The process reads in the metadata that it goes; nobody has to answer.
group_hook() {
  local present="EC2_INSTANCE_TERMINATING CONTINUE $hook_seconds"
  if [[ -n $1 ]]; then
    present=$(ask autoscaling describe-lifecycle-hooks --auto-scaling-group-name "$name" \
      --query "LifecycleHooks[?LifecycleHookName=='terminating'].[LifecycleTransition,DefaultResult,HeartbeatTimeout]")
  fi
  keep "life-cycle hook of group $name" "EC2_INSTANCE_TERMINATING CONTINUE $hook_seconds" "${present#autoscaling:}" -- \
    autoscaling put-lifecycle-hook --auto-scaling-group-name "$name" --lifecycle-hook-name terminating \
    --lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING --default-result CONTINUE --heartbeat-timeout "$hook_seconds"
}

group_hook_options() {
  printf 'LifecycleHookName=terminating,LifecycleTransition=autoscaling:EC2_INSTANCE_TERMINATING,%s' \
    "DefaultResult=CONTINUE,HeartbeatTimeout=$hook_seconds"
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
