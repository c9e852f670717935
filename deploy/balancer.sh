# shellcheck shell=bash
#
# The balancer: an Application Load Balancer in both zones, and the target group whose health it checks. Sourced.
#
# Sets ${id[targets]}, ${id[balancer]} (ARNs) and ${id[balancer_dns]}.

declare -A id

# The balancer gives an idle connection up before an instance does (after 30 s), so that no request goes into one that is
# being closed; a stream is never idle for more than 15 s.
readonly balancer_idle_seconds=25

# As long as a process serves after it was told to stop.
readonly deregistration_seconds=20

balancer_ensure() {
  balanced || return 0
  balancer_targets
  balancer_itself
  domain_ensure
  listeners_ensure
  domain_tidy
}

# Ten seconds make a target healthy and fifteen unhealthy: the group replaces a process that hangs, and none that
# systemctl restarts, which takes less than two checks.
balancer_targets() {
  local found arn vpc checks wanted="HTTP traffic-port /health 5 3 2 3 200"
  local -a options=(--health-check-protocol HTTP --health-check-port traffic-port --health-check-path /health
    --health-check-interval-seconds 5 --health-check-timeout-seconds 3
    --healthy-threshold-count 2 --unhealthy-threshold-count 3 --matcher HttpCode=200)
  found=$(ask --absent TargetGroupNotFound elbv2 describe-target-groups --names "$name" --query 'TargetGroups[].[TargetGroupArn,
    VpcId,HealthCheckProtocol,HealthCheckPort,HealthCheckPath,HealthCheckIntervalSeconds,HealthCheckTimeoutSeconds,
    HealthyThresholdCount,UnhealthyThresholdCount,Matcher.HttpCode]')
  read -r arn vpc checks <<<"$found"
  id[targets]=$arn
  if [[ -z $arn ]]; then
    change create "target group $name" "HTTP $app_port, /health every 5 s" -- --not-yet 'VPC ID .* not found' elbv2 create-target-group \
      --name "$name" --protocol HTTP --port "$app_port" --target-type instance --vpc-id "${id[vpc]}" "${options[@]}" \
      --tags "$(tags_json "$name")" --query 'TargetGroups[].TargetGroupArn'
    id[targets]=$answer
  else
    balancer_is_here "target group $name" "$vpc"
    keep "health check of target group $name" "$wanted" "$checks" -- \
      elbv2 modify-target-group --target-group-arn "$arn" "${options[@]}"
  fi
  balancer_attributes "target group $name" target-group "${id[targets]}" stickiness.enabled=false \
    "deregistration_delay.timeout_seconds=$deregistration_seconds" \
    slow_start.duration_seconds=0
}

balancer_itself() {
  local found arn dns vpc subnets groups
  found=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" \
    --query "LoadBalancers[].[LoadBalancerArn,DNSName,VpcId,join(',',sort(AvailabilityZones[].SubnetId)),join(',',sort(SecurityGroups))]")
  read -r arn dns vpc subnets groups <<<"$found"
  if [[ -z $arn ]]; then
    change create "balancer $name" 'in both zones' -- --retry InvalidSubnet,SubnetNotFound,InvalidSecurityGroup elbv2 create-load-balancer \
      --name "$name" --type application --scheme internet-facing --ip-address-type ipv4 \
      --subnets "${id[public_a]}" "${id[public_b]}" --security-groups "${id[sg_balancer]}" \
      --tags "$(tags_json "$name")" --query 'LoadBalancers[].[LoadBalancerArn,DNSName]'
    read -r arn dns <<<"$answer"
    [[ $mode == apply ]] || arn='(new)' dns='(new)'
  else
    balancer_is_here "balancer $name" "$vpc"
    keep "subnets of balancer $name" "$(sorted "${id[public_a]}" "${id[public_b]}")" "$subnets" -- \
      elbv2 set-subnets --load-balancer-arn "$arn" --subnets "${id[public_a]}" "${id[public_b]}"
    keep "security groups of balancer $name" "${id[sg_balancer]}" "$groups" -- \
      elbv2 set-security-groups --load-balancer-arn "$arn" --security-groups "${id[sg_balancer]}"
  fi
  id[balancer]=$arn id[balancer_dns]=$dns
  local -a logs=(access_logs.s3.enabled=false)
  [[ ${setting[ACCESS_LOGS]} == no ]] \
    || logs=(access_logs.s3.enabled=true "access_logs.s3.bucket=${id[logs]}" access_logs.s3.prefix=balancer)
  # Protected, because a new balancer has another name in the DNS, and whoever points to the old one is lost.
  balancer_attributes "balancer $name" load-balancer "$arn" routing.http.drop_invalid_header_fields.enabled=true \
    routing.http.desync_mitigation_mode=defensive routing.http2.enabled=true \
    "idle_timeout.timeout_seconds=$balancer_idle_seconds" deletion_protection.enabled=true "${logs[@]}"
}

# Where the dashboard is; nothing while there is no balancer. With a certificate by a name that it has, so that there is no warning.
balancer_url() {
  local dns
  dns=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" --query 'LoadBalancers[].DNSName')
  [[ -z $dns ]] || balancer_address "$dns"
}

# balancer_address DNS-NAME
balancer_address() {
  local dns=$1
  if config_is_https; then
    [[ -z ${setting[DOMAIN]} ]] || dns=${setting[DOMAIN]%%,*}
    printf 'https://%s' "$dns"
  else
    printf 'http://%s' "$dns"
  fi
}

# Where the dashboard is, or how one gets there.
balancer_or_tunnel() {
  if balanced; then
    balancer_url
  else
    printf 'make open REGION=%s ENV=%s' "$region" "${setting[ENV]}"
  fi
}

# balancer_is_here WHAT VPC: names are unique in a region, so that another VPC may have taken ours.
balancer_is_here() {
  [[ $2 == "${id[vpc]}" ]] || fail "$1 exists in $2, which is not the VPC of ${setting[ENV]}: delete it, or choose another ENV"
}

# balancer_attributes WHAT KIND ARN KEY=VALUE…
balancer_attributes() {
  local what=$1 kind=$2 arn=$3 found='' attribute detail=''
  local -a wrong=()
  shift 3
  if known "$arn"; then
    found=$(ask --retry LoadBalancerNotFound,TargetGroupNotFound elbv2 "describe-$kind-attributes" "--$kind-arn" "$arn" \
      --query "Attributes[].join('=',[Key,Value||''])")
  fi
  for attribute in "$@"; do
    [[ " $found " == *" $attribute "* ]] && continue
    wrong+=("Key=${attribute%%=*},Value=${attribute#*=}")
    detail+="${detail:+ }$attribute"
  done
  [[ -z $detail ]] || change set "$what" "$detail" -- elbv2 "modify-$kind-attributes" "--$kind-arn" "$arn" \
    --attributes "${wrong[@]}" --query 'Attributes[0].Key'
}

# What an earlier setting left, once the group does without it.
balancer_without() {
  ! balanced || return 0
  domain_delete
  balancer_delete
  certificate_delete
  security_without_balancer
}

balancer_delete() {
  local balancer targets
  balancer=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" --query 'LoadBalancers[].LoadBalancerArn')
  if [[ -n $balancer ]]; then
    balancer_attributes "balancer $name" load-balancer "$balancer" deletion_protection.enabled=false
    change delete "balancer $name" 'with its listeners' -- elbv2 delete-load-balancer --load-balancer-arn "$balancer"
  fi
  targets=$(ask --absent TargetGroupNotFound elbv2 describe-target-groups --names "$name" --query 'TargetGroups[].TargetGroupArn')
  [[ -z $targets ]] || change delete "target group $name" '' -- --retry ResourceInUse \
    elbv2 delete-target-group --target-group-arn "$targets"
  [[ $mode == plan ]] || await "network interfaces of balancer $name to be gone" 900 balancer_has_left
}

# Its interfaces outlive it by minutes, and keep subnets and security group.
balancer_has_left() {
  local found
  found=$(ask ec2 describe-network-interfaces --filters "Name=description,Values=ELB app/$name/*" \
    --query 'NetworkInterfaces[].NetworkInterfaceId') || exit
  [[ -z $found ]]
}
