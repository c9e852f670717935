# shellcheck shell=bash
#
# VPC endpoints: S3 always, because it is free and keeps flushes off the NAT gateways; without a way out also those of
# the services that an instance needs. Amazon Linux's packages lie in S3. Flow logs. Sourced.

declare -A id

endpoints_ensure() {
  endpoint_s3
  local service wanted=' '
  if [[ ${setting[NAT_MODE]} == none ]]; then
    wanted=" ssm ssmmessages autoscaling $([[ ${setting[JOURNAL_LOGS]} == no ]] || echo logs) "
  fi
  for service in ssm ssmmessages autoscaling logs; do
    if [[ $wanted == *" $service "* ]]; then
      endpoint_interface "$service"
    else
      endpoint_remove "$service"
    fi
  done
}

# endpoint_found SERVICE QUERY
endpoint_found() {
  known "${id[vpc]}" || return 0
  ask ec2 describe-vpc-endpoints --filters "Name=vpc-id,Values=${id[vpc]}" "Name=service-name,Values=com.amazonaws.$region.$1" \
    Name=vpc-endpoint-state,Values=pending,available --query "$2"
}

endpoint_s3() {
  local endpoint table tables
  endpoint=$(endpoint_found s3 'VpcEndpoints[].VpcEndpointId')
  if [[ -z $endpoint ]]; then
    change create 'VPC endpoint s3' 'gateway, free' -- --retry InvalidVpcID.NotFound,InvalidRouteTableID.NotFound \
      ec2 create-vpc-endpoint --vpc-endpoint-type Gateway --vpc-id "${id[vpc]}" --service-name "com.amazonaws.$region.s3" \
      --route-table-ids "${id[routes_a]}" "${id[routes_b]}" \
      --tag-specifications "$(tag_specification vpc-endpoint "$name-s3")" --query VpcEndpoint.VpcEndpointId
    return
  fi
  tables=$(endpoint_found s3 'VpcEndpoints[].RouteTableIds[]')
  for table in "${id[routes_a]}" "${id[routes_b]}"; do
    [[ " $tables " == *" $table "* ]] || change attach 'VPC endpoint s3' "to $table" -- \
      ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --add-route-table-ids "$table"
  done
}

endpoint_interface() {
  local service=$1 endpoint
  endpoint=$(endpoint_found "$service" 'VpcEndpoints[].VpcEndpointId')
  security_group endpoints 'HTTPS from the instances to AWS services'
  security_rules endpoints "443 ${id[sg_hosts]}"
  [[ -z $endpoint ]] || return 0
  change create "VPC endpoint $service" 'interface, in both zones' -- --retry InvalidVpcID.NotFound,InvalidSubnetID.NotFound \
    ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "${id[vpc]}" --service-name "com.amazonaws.$region.$service" \
    --subnet-ids "${id[private_a]}" "${id[private_b]}" --security-group-ids "${id[sg_endpoints]}" --private-dns-enabled \
    --tag-specifications "$(tag_specification vpc-endpoint "$name-$service")" --query VpcEndpoint.VpcEndpointId
}

endpoint_remove() {
  local endpoint
  for endpoint in $(endpoint_found "$1" 'VpcEndpoints[].VpcEndpointId'); do
    change delete "VPC endpoint $1" '' -- ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint"
  done
}

flow_logs_ensure() {
  local present=
  if known "${id[vpc]}"; then
    present=$(ask ec2 describe-flow-logs --filter "Name=resource-id,Values=${id[vpc]}" --query 'FlowLogs[].FlowLogId')
  fi
  if [[ ${setting[FLOW_LOGS]} == yes && -z $present ]]; then
    change create "flow logs of VPC $name" "to ${id[logs]}" -- ec2 create-flow-logs --resource-type VPC --resource-ids "${id[vpc]}" \
      --traffic-type ALL --log-destination-type s3 --log-destination "arn:$partition:s3:::${id[logs]}/flow" \
      --tag-specifications "$(tag_specification vpc-flow-log "$name")"
  elif [[ ${setting[FLOW_LOGS]} == no && -n $present ]]; then
    # shellcheck disable=SC2086 # ids, one word each
    change delete "flow logs of VPC $name" '' -- ec2 delete-flow-logs --flow-log-ids $present
  fi
}
