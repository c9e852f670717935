# shellcheck shell=bash
#
# Security groups: the balancer from ALLOW_CIDR only, the instances from the balancer and from each other only. No SSH:
# Session Manager needs no open port. Sourced.
#
# Sets ${id[sg_balancer]}, ${id[sg_hosts]}.

declare -gA id

readonly app_port=8080

security_ensure() {
  local block
  local -a balancer=()
  if balanced; then
    security_group balancer 'balancer, from ALLOW_CIDR'
  else
    id[sg_balancer]=$(found "$name-balancer" describe-security-groups 'SecurityGroups[].GroupId')
  fi
  security_group hosts 'instances, from the balancer and from each other'
  for block in ${setting[ALLOW_CIDR]//,/ }; do
    balancer+=("80 $block")
    ! config_is_https || balancer+=("443 $block")
  done
  ! balanced || security_rules balancer "${balancer[@]}"
  # A balancer that is not wanted any more is let in until it has gone: instances that it calls unhealthy are replaced.
  security_rules hosts ${id[sg_balancer]:+"$app_port balancer"} "$app_port hosts"
}

# The balancer has gone, and so does its group.
security_without_balancer() {
  [[ -n ${id[sg_balancer]} ]] || return 0
  security_rules hosts "$app_port hosts"
  security_group_delete balancer
}

# security_group KEY DESCRIPTION
security_group() {
  local key=sg_$1 resource=$name-$1 found=
  if known "${id[vpc]}"; then
    found=$(found "$resource" describe-security-groups 'SecurityGroups[].GroupId' "Name=vpc-id,Values=${id[vpc]}")
  fi
  # shellcheck disable=SC2086 # ids, one word each
  id[$key]=$(only "security group $resource" $found)
  [[ -z ${id[$key]} ]] || return 0
  change create "security group $resource" "$2" -- --retry InvalidVpcID.NotFound ec2 create-security-group \
    --group-name "$resource" --description "fleetdash ${setting[ENV]}: $2" --vpc-id "${id[vpc]}" \
    --tag-specifications "$(tag_specification security-group "$resource")" --query GroupId
  id[$key]=$answer
}

# security_rules KEY 'PORT SOURCE'…: exactly these let TCP in, SOURCE being a block or the key of a group.
security_rules() {
  local group=${id[sg_$1]} resource=$name-$1 rule port source
  shift
  local -A rules=()
  local -a cells=()
  if known "$group"; then
    read -r -a cells <<<"$(ask --retry InvalidGroup.NotFound ec2 describe-security-group-rules \
      --filters "Name=group-id,Values=$group" \
      --query 'SecurityGroupRules[?!IsEgress].[SecurityGroupRuleId,IpProtocol,FromPort,ToPort,CidrIpv4,ReferencedGroupInfo.GroupId,CidrIpv6,PrefixListId]')"
  fi
  while ((${#cells[@]} > 0)); do
    rules["$(security_rule_named "${cells[@]:1:7}")"]=${cells[0]}
    cells=("${cells[@]:8}")
  done
  for rule in "$@"; do
    if [[ -z ${rules[$rule]-} ]]; then
      read -r port source <<<"$rule"
      change allow "security group $resource" "port $port from $source" -- --retry InvalidGroup.NotFound \
        ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port "$port" --query Return \
        "$([[ $source == */* ]] && echo --cidr || echo --source-group)" "${id[sg_$source]-$source}"
    fi
    unset "rules[$rule]"
  done
  for rule in "${!rules[@]}"; do
    change revoke "security group $resource" "port ${rule/ / from }" -- ec2 revoke-security-group-ingress \
      --group-id "$group" --security-group-rule-ids "${rules[$rule]}" --query Return
  done
}

# security_rule_named PROTOCOL FROM TO CIDR GROUP CIDR6 PREFIXLIST: 'PORT SOURCE', or what no rule of ours is called.
security_rule_named() {
  local protocol=$1 from=$2 to=$3 source key
  shift 3
  for source in "$@"; do
    [[ $source == None ]] || break
  done
  for key in balancer hosts endpoints; do
    [[ ${id[sg_$key]-} != "$source" ]] || source=$key
  done
  if [[ $protocol == tcp && $from == "$to" ]]; then
    echo "$from $source"
  else
    echo "$from-$to/$protocol $source"
  fi
}

# The group that another one's rules name goes last. Network interfaces of balancers and endpoints stay a while.
security_delete() {
  local group
  for group in endpoints hosts balancer; do
    security_group_delete "$group"
  done
}

# security_group_delete KEY
security_group_delete() {
  local found
  found=$(found "$name-$1" describe-security-groups 'SecurityGroups[].GroupId')
  [[ -z $found ]] || change delete "security group $name-$1" '' -- --retry DependencyViolation \
    ec2 delete-security-group --group-id "$found"
}
