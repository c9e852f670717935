# shellcheck shell=bash
#
# Looks for what is wrong with a deployment, or what would be with one to come. Reads only. Sourced.

doctor_findings=0

command_doctor() {
  doctor_fine "credentials: $caller in account $account, $region"
  doctor_permissions
  # All else stands in the VPC.
  if [[ -n $(found "$name" describe-vpcs 'Vpcs[].VpcId') ]]; then
    doctor_s3_endpoint
    doctor_metadata_service
    doctor_targets
    doctor_certificate
    doctor_rollout
    doctor_drift
    [[ -n $settings_found ]] || doctor_fine "settings: none are remembered yet; these are read from what stands, and the next deploy remembers them"
  else
    doctor_fine "nothing of ${setting[ENV]} is deployed in $region: make deploy creates it"
  fi
  if ((doctor_findings > 0)); then
    echo "$doctor_findings findings."
    exit 1
  fi
  echo 'Nothing is wrong.'
}

doctor_fine() {
  echo "ok       $*"
}

doctor_wrong() {
  echo "problem  $*"
  doctor_findings=$((doctor_findings + 1))
}

# What AWS lets one try without doing it; reading is tried by everything that follows.
doctor_permissions() {
  local call code
  local -i fine=0
  local -a calls=(
    "create-vpc --cidr-block 10.80.0.0/20 --tag-specifications $(tag_specification vpc "$name")"
    "allocate-address --domain vpc --tag-specifications $(tag_specification elastic-ip "$name")"
    "create-internet-gateway --tag-specifications $(tag_specification internet-gateway "$name")"
    "create-launch-template --launch-template-name $name --launch-template-data {} --tag-specifications $(tag_specification launch-template "$name")"
    # The balancer's own question, in the caller's name; nothing that follows asks it.
    describe-account-attributes
  )
  for call in "${calls[@]}"; do
    # shellcheck disable=SC2086 # a command line
    aws ec2 $call --dry-run >/dev/null 2>"$work/error" || true # a dry run has no other end than an error
    code=$(error_code "$work/error")
    # Whatever else AWS has to say comes after the permission.
    case $code in
      '') doctor_wrong "permissions: ec2 ${call%% *} could not be tried: $(tail -n 1 "$work/error")" ;;
      UnauthorizedOperation) doctor_wrong "permissions: ec2 ${call%% *} is denied; the policies in deploy/iam hold what is needed" ;;
      *) fine+=1 ;;
    esac
  done
  ((fine < ${#calls[@]})) || doctor_fine 'permissions: what AWS lets us try without doing it is allowed'
}

# Without its route every flush would go through the NAT gateway, and be paid by the GB.
doctor_s3_endpoint() {
  local table found without=''
  for table in private-a private-b; do
    found=$(found "$name-$table" describe-route-tables 'RouteTables[].RouteTableId')
    [[ -n $found ]] || continue
    [[ -n $(ask ec2 describe-vpc-endpoints --filters "Name=service-name,Values=com.amazonaws.$region.s3" \
      --query "VpcEndpoints[?VpcEndpointType=='Gateway' && contains(RouteTableIds, '$found')].VpcEndpointId") ]] || without+=" $table"
  done
  if [[ -n $without ]]; then
    doctor_wrong "S3 traffic of$without goes through NAT at 0.045 $ a GB: make deploy attaches the free gateway endpoint"
  else
    doctor_fine 'S3 traffic does not go through NAT'
  fi
}

doctor_metadata_service() {
  local open
  open=$(ask ec2 describe-instances --filters "Name=tag:fleetdash:environment,Values=${setting[ENV]}" \
    Name=instance-state-name,Values=pending,running --query "Reservations[].Instances[?MetadataOptions.HttpTokens=='optional'].InstanceId")
  if [[ -n $open ]]; then
    doctor_wrong "IMDSv1 is open on $open: terminate these instances, the group replaces them with ones that require IMDSv2"
  else
    doctor_fine 'every instance requires IMDSv2'
  fi
}

doctor_targets() {
  local arn states
  if ! balanced; then
    states=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" --query \
      "AutoScalingGroups[].Instances[?LifecycleState!='InService'||HealthStatus!='Healthy'][].[InstanceId,LifecycleState,HealthStatus]")
    if [[ -n $states ]]; then
      doctor_wrong "these instances are not in service: $states; 'make logs HOST=ID' shows their journal"
    else
      doctor_fine 'every instance is in service'
    fi
    return
  fi
  arn=$(ask --absent TargetGroupNotFound elbv2 describe-target-groups --names "$name" --query 'TargetGroups[].TargetGroupArn')
  [[ -n $arn ]] || return 0
  states=$(ask elbv2 describe-target-health --target-group-arn "$arn" \
    --query "TargetHealthDescriptions[?TargetHealth.State!='healthy'].[Target.Id,TargetHealth.State,TargetHealth.Reason]")
  if [[ -n $states ]]; then
    doctor_wrong "the balancer holds these back: $states; 'aws ssm start-session --target ID', then 'journalctl -u fleetdash'"
  else
    doctor_fine 'the balancer finds every instance healthy'
  fi
}

doctor_certificate() {
  local state status when renewal
  state=$(certificate_state)
  read -r status when renewal <<<"$state"
  if [[ $renewal == @(PENDING_VALIDATION|FAILED) ]]; then
    doctor_wrong "the certificate, $(certificate_said "$status" "$when"), is not renewed: ACM does not find the record that validates it"
  elif [[ $status == ISSUED ]]; then
    doctor_fine "the certificate: $(certificate_said "$status" "$when")"
  elif [[ -n $status ]]; then
    doctor_wrong "the certificate: $(certificate_said "$status" "$when")"
  fi
}

doctor_rollout() {
  local refresh
  refresh=$(ask --absent ValidationError autoscaling describe-instance-refreshes --auto-scaling-group-name "$name" --max-records 1 \
    --query 'InstanceRefreshes[0].[Status,StatusReason]')
  case $refresh in
    Failed* | Rollback* | Cancelled*) doctor_wrong "the last roll-out: $refresh" ;;
    *) doctor_fine "the last roll-out: ${refresh:-none}" ;;
  esac
}

# What a deploy of today's settings would change, but for the version and a newer image.
doctor_drift() {
  local change image
  image=$(doctor_image)
  id[image]=$image
  changes=()
  ensure_all
  if ((${#changes[@]} == 0)); then
    doctor_fine 'everything is as the scripts make it'
  fi
  for change in "${changes[@]}"; do
    doctor_wrong "drift: $(tr '\t' ' ' <<<"$change"); make deploy puts it right"
  done
  id[image]=''
  template_image
  [[ ${image:-${id[image]}} == "${id[image]}" ]] \
    || doctor_fine "newer image: the next deploy brings Amazon Linux ${id[image]}, instances have $image"
}

# What the group's instances have, when it is for today's INSTANCE_TYPE. AWS brings out another about every two weeks.
doctor_image() {
  local version
  version=$(rollout_group_template)
  [[ -z $version ]] || ask --absent InvalidLaunchTemplateName.NotFoundException,InvalidLaunchTemplateId.VersionNotFound \
    ec2 describe-launch-template-versions --launch-template-name "$name" --versions "$version" \
    --query "LaunchTemplateVersions[?LaunchTemplateData.InstanceType=='${setting[INSTANCE_TYPE]}'].LaunchTemplateData.ImageId"
}
