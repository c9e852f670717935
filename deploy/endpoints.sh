# shellcheck shell=bash
#
# VPC endpoints: S3 always, because it is free and keeps flushes off the NAT gateways; without a way out also those of
# the services that an instance needs. Amazon Linux's packages lie in S3. Sourced.

declare -gA id

declare -gA endpoint_found=() # by name: ID/ROUTE-TABLE,…/SUBNET,…

endpoints_ensure() {
  endpoints_read
  endpoint_s3
  local service wanted
  wanted=" $(endpoint_services) "
  if [[ ${setting[NAT_MODE]} == none ]]; then
    security_group endpoints 'AWS services, from the instances'
    security_rules endpoints '443 hosts'
  fi
  for service in ssm ssmmessages autoscaling logs; do
    if [[ $wanted == *" $service "* ]]; then
      endpoint_interface "$service"
    else
      endpoint_remove "$service"
    fi
  done
}

# What instances without a way out ask, besides S3.
endpoint_services() {
  [[ ${setting[NAT_MODE]} != none ]] || echo ssm ssmmessages autoscaling "$([[ ${setting[JOURNAL_LOGS]} == no ]] || echo logs)"
}

endpoints_read() {
  local found
  found=$(found "$name-s3,$name-ssm,$name-ssmmessages,$name-autoscaling,$name-logs" describe-vpc-endpoints \
    "VpcEndpoints[].[Tags[?Key=='Name'].Value|[0],join('/',[VpcEndpointId,join(',',RouteTableIds||\`[]\`),join(',',SubnetIds||\`[]\`)])]" \
    Name=vpc-endpoint-state,Values=pending,available)
  # shellcheck disable=SC2086 # names and ids, one word each
  index endpoint_found 2 $found
}

endpoint_s3() {
  local endpoint=${endpoint_found["$name-s3"]-} tables table wanted
  endpoint_s3_policy >"$work/endpoint-policy.json"
  if [[ -z $endpoint ]]; then
    change create 'VPC endpoint s3' 'gateway, free' -- --retry InvalidVpcID.NotFound,InvalidRouteTableID.NotFound \
      ec2 create-vpc-endpoint --vpc-endpoint-type Gateway --vpc-id "${id[vpc]}" --service-name "com.amazonaws.$region.s3" \
      --route-table-ids "${id[routes_a]}" "${id[routes_b]}" --policy-document "file://$work/endpoint-policy.json" \
      --tag-specifications "$(tag_specification vpc-endpoint "$name-s3")" --query VpcEndpoint.VpcEndpointId
    return
  fi
  IFS=/ read -r endpoint tables _ <<<"$endpoint"
  for table in "${id[routes_a]}" "${id[routes_b]}"; do
    [[ ,$tables, == *",$table,"* ]] || change attach 'VPC endpoint s3' "to $table" -- \
      ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --add-route-table-ids "$table"
  done
  wanted=$(canonical <"$work/endpoint-policy.json")
  keep 'policy of VPC endpoint s3' "$wanted" "$(document ec2 describe-vpc-endpoints --vpc-endpoint-ids "$endpoint" \
    --query 'VpcEndpoints[].PolicyDocument')" -- \
    ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --policy-document "file://$work/endpoint-policy.json"
}

# The account's own buckets, so that nothing can be carried into another's; and, to be read by anybody, Amazon Linux's
# packages and what Session Manager's agent fetches. Names: the user guides of Amazon Linux 2023 and of Systems Manager.
endpoint_s3_policy() {
  cat <<JSON
{"Version":"2012-10-17","Statement":[
  {"Sid":"OwnBuckets","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*",
   "Condition":{"StringEquals":{"aws:ResourceAccount":"$account"}}},
  {"Sid":"PackagesAndAgents","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":[
    "arn:$partition:s3:::al2023-repos-$region-*/*","arn:$partition:s3:::amazon-ssm-$region/*",
    "arn:$partition:s3:::amazon-ssm-packages-$region/*","arn:$partition:s3:::$region-birdwatcher-prod/*",
    "arn:$partition:s3:::aws-ssm-document-attachments-$region/*","arn:$partition:s3:::aws-ssm-$region/*"]}]}
JSON
}

# endpoint_interface SERVICE: in as many zones as ENDPOINT_ZONES says, which is what it is paid by.
endpoint_interface() {
  local service=$1 endpoint=${endpoint_found["$name-$1"]-} found subnet
  local -a subnets=("${id[private_a]}" "${id[private_b]}")
  subnets=("${subnets[@]:0:setting[ENDPOINT_ZONES]}")
  if [[ -z $endpoint ]]; then
    change create "VPC endpoint $service" "interface, $(endpoint_zones)" -- --retry InvalidVpcID.NotFound,InvalidSubnetID.NotFound \
      ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "${id[vpc]}" --service-name "com.amazonaws.$region.$service" \
      --subnet-ids "${subnets[@]}" --security-group-ids "${id[sg_endpoints]}" --private-dns-enabled \
      --tag-specifications "$(tag_specification vpc-endpoint "$name-$service")" --query VpcEndpoint.VpcEndpointId
    return
  fi
  IFS=/ read -r endpoint _ found <<<"$endpoint"
  for subnet in "${subnets[@]}"; do
    [[ ,$found, == *",$subnet,"* ]] || change attach "VPC endpoint $service" "to $subnet" -- \
      ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --add-subnet-ids "$subnet"
  done
  for subnet in ${found//,/ }; do
    [[ " ${subnets[*]} " == *" $subnet "* ]] || change detach "VPC endpoint $service" "from $subnet" -- \
      ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --remove-subnet-ids "$subnet"
  done
}

endpoint_zones() {
  ((setting[ENDPOINT_ZONES] == 1)) && echo 'in one zone' || echo 'in both zones'
}

endpoint_remove() {
  local endpoint
  for endpoint in ${endpoint_found["$name-$1"]-}; do
    change_each delete "VPC endpoint $1" '' -- ec2 delete-vpc-endpoints --vpc-endpoint-ids "${endpoint%%/*}"
  done
}

endpoints_delete() {
  local service
  endpoints_read
  for service in s3 ssm ssmmessages autoscaling logs; do
    endpoint_remove "$service"
  done
  [[ $mode == plan ]] || await 'VPC endpoints to be gone' 900 endpoints_are_gone
}

# Their interfaces keep subnets and security group until then.
endpoints_are_gone() {
  local left
  left=$(ask ec2 describe-vpc-endpoints --filters "Name=tag:fleetdash:environment,Values=${setting[ENV]}" \
    --query "VpcEndpoints[?State!='deleted'].VpcEndpointId")
  [[ -z $left ]]
}
