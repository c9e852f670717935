# shellcheck shell=bash
#
# The Auto Scaling group with its life-cycle hooks, metrics and scaling. Which template version an existing group has is
# left to the rollout, and how many instances it wants to the scaling. Sourced.

declare -A id

# A first boot installs packages; some minutes are usual.
readonly first_boot_patience=900
# For the balancer's first checks: an instance that is put into service serves.
readonly grace_seconds=60
# Of one that is put into service as it begins to boot: longer than any boot.
readonly untold_grace_seconds=300
# Until the processor is back from training the AOT cache, which is not load.
readonly warmup_seconds=120

# What is said of a profile, a template or a target group that was made a moment ago; a wrong image sounds otherwise.
readonly group_not_yet='Invalid IAM Instance Profile|launch template (does not exist|version)|Target Groups may not be valid'

readonly group_metrics=(GroupDesiredCapacity GroupInServiceInstances GroupMaxSize GroupMinSize GroupPendingInstances
  GroupStandbyInstances GroupTerminatingInstances GroupTotalInstances)

compute_ensure() {
  local found
  compute_template current
  found=$(group_found)
  if [[ $found == Delete* ]]; then
    [[ $mode == plan ]] || await "former group $name to be gone" 600 group_is_gone
    found=
  fi
  if [[ -z $found ]]; then
    group_create
  else
    group_keep "$found"
  fi
  group_metrics_on "$found"
  group_scaling "$found"
}

# What there is of the group, in cells without blanks.
group_found() {
  local status="Status||'there'"
  ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" --query "AutoScalingGroups[].[$status,
    MinSize,MaxSize,HealthCheckType,HealthCheckGracePeriod,DefaultInstanceWarmup,CapacityRebalance==\`true\`,
    InstanceMaintenancePolicy.MinHealthyPercentage,InstanceMaintenancePolicy.MaxHealthyPercentage,
    join(',',TerminationPolicies),VPCZoneIdentifier,to_string(TargetGroupARNs),
    to_string(sort(EnabledMetrics[].Metric||\`[]\`)),LaunchTemplate.Version||'-',to_string(SuspendedProcesses[].ProcessName||\`[]\`),
    to_string(sort(Tags[?PropagateAtLaunch]|$(tags_filter).join('=',[Key,Value||''])))]"
}

# Whose verdict ends instances: the balancer's, else EC2's own. A process that hangs its unit ends then.
group_check() {
  balanced && echo ELB || echo EC2
}

group_create() {
  local -a targets=()
  ! balanced || targets=(--target-group-arns "${id[targets]}")
  change create "group $name" "${setting[MIN_SIZE]} to ${setting[MAX_SIZE]} instances in two zones" -- \
    --not-yet "$group_not_yet" autoscaling create-auto-scaling-group --auto-scaling-group-name "$name" \
    --launch-template "LaunchTemplateName=$name,Version=$template_version" \
    --min-size "${setting[MIN_SIZE]}" --max-size "${setting[MAX_SIZE]}" --vpc-zone-identifier "$(group_subnets)" \
    "${targets[@]}" --health-check-type "$(group_check)" --health-check-grace-period "$grace_seconds" \
    --default-instance-warmup "$warmup_seconds" "$(group_rebalance_option)" \
    --instance-maintenance-policy MinHealthyPercentage=100,MaxHealthyPercentage=150 \
    --termination-policies OldestLaunchTemplate Default --lifecycle-hook-specification-list "$(group_hook_list)" \
    --tags "$(group_tags)"
}

# group_keep FOUND
group_keep() {
  local minimum maximum check grace warmup rebalance healthy most policies subnets targets template suspended tags
  read -r _ minimum maximum check grace warmup rebalance healthy most policies subnets targets _ template suspended tags <<<"$1"
  group_change 'sizes' "${setting[MIN_SIZE]} to ${setting[MAX_SIZE]}" "$minimum to $maximum" \
    --min-size "${setting[MIN_SIZE]}" --max-size "${setting[MAX_SIZE]}"
  group_keep_hooks "$template"
  group_change 'health check' "$(group_check) after $group_grace s" "$check after $grace s" \
    --health-check-type "$(group_check)" --health-check-grace-period "$group_grace"
  group_change 'warm-up' "$warmup_seconds s" "$warmup s" --default-instance-warmup "$warmup_seconds"
  group_change 'capacity rebalance' "$(group_rebalance)" "$rebalance" "$(group_rebalance_option)"
  # A new instance is there before an old one goes.
  group_change 'maintenance' '100 to 150 %' "$healthy to $most %" \
    --instance-maintenance-policy MinHealthyPercentage=100,MaxHealthyPercentage=150
  group_change 'termination' OldestLaunchTemplate,Default "$policies" --termination-policies OldestLaunchTemplate Default
  group_change 'subnets' "$(group_subnets)" "$(sorted "${subnets//,/$'\n'}")" --vpc-zone-identifier "$(group_subnets)"
  group_targets "$targets"
  [[ $suspended == '[]' ]] || change resume "group $name" "$suspended" -- \
    autoscaling resume-processes --auto-scaling-group-name "$name"
  keep "tags of group $name" "$(tag_words "$name" | sed 's/ /","/g; s/.*/["&"]/')" "$tags" -- \
    autoscaling create-or-update-tags --tags "$(group_tags)"
}

# group_targets FOUND: the balancer's, and others that somebody attached are left alone.
group_targets() {
  local own="\"(arn:[a-z-]+:elasticloadbalancing:[a-z0-9:-]+:targetgroup/$name/[0-9a-f]+)\""
  if balanced; then
    [[ $1 == *"\"${id[targets]}\""* ]] || change attach "group $name" 'to the balancer' -- \
      autoscaling attach-load-balancer-target-groups --auto-scaling-group-name "$name" --target-group-arns "${id[targets]}"
  elif [[ $1 =~ $own ]]; then
    change detach "group $name" 'from the balancer' -- autoscaling detach-load-balancer-target-groups \
      --auto-scaling-group-name "$name" --target-group-arns "${BASH_REMATCH[1]}"
  fi
}

# group_change WHAT WANTED FOUND OPTIONS…
group_change() {
  local what=$1 wanted=$2 found=$3
  shift 3
  keep "$what of group $name" "$wanted" "$found" -- \
    autoscaling update-auto-scaling-group --auto-scaling-group-name "$name" "$@"
}

group_subnets() {
  sorted "${id[private_a]}" "${id[private_b]}"
}

# Spot instances are replaced when AWS sees their end coming, not when it is there.
group_rebalance() {
  [[ ${setting[PURCHASE]} == spot ]] && echo True || echo False
}

group_rebalance_option() {
  [[ ${setting[PURCHASE]} == spot ]] && echo --capacity-rebalance || echo --no-capacity-rebalance
}

group_tags() {
  tags_json "$name" | sed "s/{/{\"ResourceId\":\"$name\",\"ResourceType\":\"auto-scaling-group\",\"PropagateAtLaunch\":true,/g"
}

# group_metrics_on FOUND
group_metrics_on() {
  local metric cells
  read -r -a cells <<<"$1"
  for metric in "${group_metrics[@]}"; do
    if [[ ${cells[12]-} != *"\"$metric\""* ]]; then
      change set "metrics of group $name" on -- autoscaling enable-metrics-collection --auto-scaling-group-name "$name" \
        --granularity 1Minute --metrics "${group_metrics[@]}"
      return
    fi
  done
}
