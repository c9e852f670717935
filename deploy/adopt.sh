# shellcheck shell=bash
#
# The settings of a deployment that stands and remembers none, as scripts made it that remembered nothing: read from what
# is there. What is as the default says is not adopted. Sourced.

declare -gA default adopted id

# adopt_all: into $adopted, by setting. What a deployment lacks because it was never completed is the default.
adopt_all() {
  local version
  adopt_archive
  version=$(rollout_group_template)
  [[ -n $version ]] || return 0
  adopt_group
  adopt_template "$version"
  adopt_network
  adopt_balancer
  adopt_watching
}

# adopt SETTING VALUE
adopt() {
  [[ -z $2 || $2 == None || $2 == "${default[$1]}" ]] || adopted[$1]=$2
}

# The archive outlives the deployment, and how long it is kept must not become less unseen.
adopt_archive() {
  local bucket tier rule after kept
  local -a cells
  bucket=$(storage_bucket data)
  [[ " $(storage_present) " == *" $bucket "* ]] || return 0
  read -r -a cells <<<"$(ask --absent NoSuchLifecycleConfiguration s3api get-bucket-lifecycle-configuration --bucket "$bucket" \
    --query "Rules[?Expiration.Days].[ID,to_string(Expiration.Days)]")"
  while ((${#cells[@]} > 0)); do
    rule=${cells[0]#expire-} after=${cells[1]} tier=RETAIN_${rule^^}
    if [[ -n ${default[$tier]-} ]]; then
      kept=$(days "${default[$tier]}")
      [[ $after == "$kept" ]] || adopt "$tier" "${after}d"
    fi
    cells=("${cells[@]:2}")
  done
}

adopt_group() {
  local minimum maximum target
  read -r minimum maximum <<<"$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].[MinSize,MaxSize]')"
  target=$(ask autoscaling describe-policies --auto-scaling-group-name "$name" \
    --query "ScalingPolicies[?PolicyName=='cpu'].floor(TargetTrackingConfiguration.TargetValue)")
  adopt MIN_SIZE "$minimum"
  adopt MAX_SIZE "$maximum"
  adopt CPU_TARGET "$target"
}

# adopt_template VERSION: what the instances are, and what they were told.
adopt_template() {
  local type market volume encoded text key names
  read -r type market volume encoded <<<"$(ask ec2 describe-launch-template-versions --launch-template-name "$name" --versions "$1" --query \
    'LaunchTemplateVersions[].LaunchTemplateData.[InstanceType,InstanceMarketOptions.MarketType,BlockDeviceMappings[0].Ebs.VolumeSize,UserData]')"
  text=$(base64 -d <<<"$encoded")
  adopt INSTANCE_TYPE "$type"
  adopt PURCHASE "$market"
  adopt VOLUME_SIZE "$volume"
  for key in FLUSH RETAIN_RAW RETAIN_1S RETAIN_1M RETAIN_1H RETAIN_1D; do
    [[ ! $text =~ FLEETDASH_$key=\'([^\']+)\' ]] || adopt "$key" "${BASH_REMATCH[1]}"
  done
  # The balancer's own name is the first.
  [[ ! $text =~ FLEETDASH_ALLOW_HOSTS=\'([^\']+)\' ]] || names=${BASH_REMATCH[1]}
  [[ ${names-} != *,* ]] || adopt DOMAIN "${names#*,}"
  [[ ! $text =~ LOG_GROUP=\'[^\'] ]] || adopt JOURNAL_LOGS yes
}

adopt_network() {
  local gateways='' zones
  adopt VPC_CIDR "$(found "$name" describe-vpcs 'Vpcs[].CidrBlock')"
  [[ -z $(nat_found a) ]] || gateways+=a
  [[ -z $(nat_found b) ]] || gateways+=b
  case $gateways in
    '') adopt NAT_MODE none ;;
    a | b) adopt NAT_MODE single ;;
  esac
  endpoints_read
  IFS=/ read -r _ _ zones <<<"${endpoint_found["$name-ssm"]-}"
  [[ -z $zones || $zones == *,* ]] || adopt ENDPOINT_ZONES 1
  [[ -z $(flow_logs_found) ]] || adopt FLOW_LOGS yes
  adopt PERMISSIONS_BOUNDARY "$(ask --absent NoSuchEntity iam get-role --role-name "$(identity_name host)" \
    --query Role.PermissionsBoundary.PermissionsBoundaryArn)"
}

adopt_balancer() {
  local arn logs group priority metrics='' found='' page=80
  group=$(found "$name-balancer" describe-security-groups 'SecurityGroups[].GroupId')
  [[ -z $group ]] || found=$(ask ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" \
    --query "SecurityGroupRules[?!IsEgress&&IpProtocol=='tcp'&&FromPort==\`80\`&&ToPort==\`80\`].CidrIpv4")
  adopt ALLOW_CIDR "${found// /,}"
  id[balancer]=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" --query 'LoadBalancers[].LoadBalancerArn')
  [[ -n ${id[balancer]} ]] || return 0
  logs=$(ask elbv2 describe-load-balancer-attributes --load-balancer-arn "${id[balancer]}" \
    --query "Attributes[?Key=='access_logs.s3.enabled'].Value")
  [[ $logs != true ]] || adopt ACCESS_LOGS yes
  domain_marks_read
  listeners_read
  if [[ -n ${listener_found[443]-} ]]; then
    page=443
    adopt_sign_in
  elif [[ -n ${adopted[DOMAIN]-} && -z ${domain_mark[$certificate_mark]-} ]]; then
    adopt CERTIFICATE_ARN none
  fi
  read -r arn _ <<<"${listener_found[$page]-}"
  rules_read "$arn"
  for priority in "${!rule_found[@]}"; do
    [[ ! ${rule_found[$priority]} =~ \ path-pattern=/metrics\&source-ip=([0-9./,]+)\  ]] || metrics+=,${BASH_REMATCH[1]}
  done
  adopt METRICS_CIDR "${metrics#,}"
}

# AWS does not tell the client secret.
adopt_sign_in() {
  local certificate part value
  local -i at=0
  local -a parts
  read -r _ _ certificate _ <<<"${listener_found[443]}"
  # One that was requested for DOMAIN is found by that.
  [[ $certificate == "${domain_mark[$certificate_mark]-}" ]] || adopt CERTIFICATE_ARN "$certificate"
  read -r -a parts <<<"$(ask elbv2 describe-listeners --listener-arns "${listener_found[443]%% *}" --query "Listeners[].DefaultActions[].
    AuthenticateOidcConfig.[Issuer,AuthorizationEndpoint,TokenEndpoint,UserInfoEndpoint,ClientId]")"
  for part in ISSUER AUTHORIZATION_ENDPOINT TOKEN_ENDPOINT USER_INFO_ENDPOINT CLIENT_ID; do
    value=${parts[at]-}
    adopt "OIDC_$part" "$value"
    at+=1
  done
}

adopt_watching() {
  local days
  adopt ALARM_EMAIL "$(ask --absent NotFound,NotFoundException sns list-subscriptions-by-topic --topic-arn "$(watching_topic)" \
    --query "Subscriptions[?Protocol=='email'].Endpoint|[0]")"
  if [[ ${adopted[FLOW_LOGS]-no}${adopted[ACCESS_LOGS]-no} == *yes* ]]; then
    days=$(ask --absent NoSuchLifecycleConfiguration,NoSuchBucket s3api get-bucket-lifecycle-configuration --bucket "$(storage_bucket logs)" \
      --query "Rules[?ID=='expire'].Expiration.Days")
  elif [[ -n ${adopted[JOURNAL_LOGS]-} ]]; then
    days=$(ask logs describe-log-groups --log-group-name-prefix "/fleetdash/${setting[ENV]}" \
      --query "logGroups[?logGroupName=='/fleetdash/${setting[ENV]}'].retentionInDays")
  fi
  adopt LOG_DAYS "${days-}"
}
