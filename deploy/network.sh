# shellcheck shell=bash
#
# VPC, two public and two private subnets in two zones, the ways out. Sourced.
#
# Sets ${id[vpc]}, ${id[public_a]}, ${id[public_b]}, ${id[private_a]}, ${id[private_b]}.

declare -gA id

# By name, or of the associations by subnet: ID/ZONE, ID/TARGET/STATE of the default route, ID/TABLE.
declare -gA subnet_found=() table_found=() association_found=()

network_ensure() {
  network_vpc
  network_read
  network_subnets
  network_internet_gateway
  network_public_routes
  nat_ensure
  network_private_routes
  flow_logs_ensure
}

# Only the deployment's own: whatever else somebody put into the VPC makes AWS refuse, and is named by that.
network_delete() {
  local subnet table found
  network_read_subnets
  for subnet in public-a public-b private-a private-b; do
    for found in ${subnet_found["$name-$subnet"]-}; do
      change delete "subnet $name-$subnet" '' -- --retry DependencyViolation ec2 delete-subnet --subnet-id "${found%%/*}"
    done
  done
  network_read_tables
  for table in public private-a private-b; do
    for found in ${table_found["$name-$table"]-}; do
      change delete "route table $name-$table" '' -- --retry DependencyViolation ec2 delete-route-table --route-table-id "${found%%/*}"
    done
  done
  network_delete_internet_gateway
  for found in $(found "$name" describe-vpcs 'Vpcs[].VpcId'); do
    change delete "VPC $name" '' -- --retry DependencyViolation ec2 delete-vpc --vpc-id "$found"
  done
}

network_delete_internet_gateway() {
  local gateway vpc
  read -r gateway vpc <<<"$(found "$name" describe-internet-gateways 'InternetGateways[].[InternetGatewayId,Attachments[0].VpcId]')"
  [[ -n $gateway ]] || return 0
  [[ $vpc == None ]] || change detach "internet gateway $name" "$vpc" -- --retry DependencyViolation \
    ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
  change delete "internet gateway $name" '' -- ec2 delete-internet-gateway --internet-gateway-id "$gateway"
}

# All that subnets and routes are compared with, with a call a kind.
network_read() {
  local subnets ids='' found
  subnet_found=() table_found=() association_found=()
  known "${id[vpc]}" || return 0
  network_read_subnets "Name=vpc-id,Values=${id[vpc]}"
  network_read_tables "Name=vpc-id,Values=${id[vpc]}"
  subnets=${subnet_found[*]}
  for found in $subnets; do
    ids+=${ids:+,}${found%/*}
  done
  [[ -n $ids ]] || return 0
  found=$(ask ec2 describe-route-tables --filters "Name=association.subnet-id,Values=$ids" \
    --query "RouteTables[].Associations[].[SubnetId,join('/',[RouteTableAssociationId,RouteTableId])]")
  # shellcheck disable=SC2086 # ids, one word each
  index association_found 2 $found
}

network_read_subnets() {
  local found
  found=$(found "$name-public-a,$name-public-b,$name-private-a,$name-private-b" describe-subnets \
    "Subnets[].[Tags[?Key=='Name'].Value|[0],join('/',[SubnetId,AvailabilityZone])]" "$@")
  # shellcheck disable=SC2086 # names and ids, one word each
  index subnet_found 2 $found
}

network_read_tables() {
  local found route="Routes[?DestinationCidrBlock=='0.0.0.0/0'].join('/',[GatewayId||NatGatewayId||'none',State])|[0]||''"
  found=$(found "$name-public,$name-private-a,$name-private-b" describe-route-tables \
    "RouteTables[].[Tags[?Key=='Name'].Value|[0],join('/',[RouteTableId,$route])]" "$@")
  # shellcheck disable=SC2086 # names and ids, one word each
  index table_found 2 $found
}

# found RESOURCE-NAMES DESCRIBE-CALL QUERY [FILTER…]: what of this deployment has these names.
found() {
  local resource=$1 call=$2 query=$3
  shift 3
  ask ec2 "$call" --query "$query" --filters "Name=tag:Name,Values=$resource" \
    "Name=tag:fleetdash:environment,Values=${setting[ENV]}" "$@"
}

# tag_specification TYPE NAME
tag_specification() {
  printf 'ResourceType=%s,Tags=%s' "$1" "$(tags "$2")"
}

network_vpc() {
  local found cidr
  found=$(found "$name" describe-vpcs "Vpcs[].join('/',[VpcId,CidrBlock])")
  # shellcheck disable=SC2086 # ids, one word each
  found=$(only "VPC $name" $found)
  id[vpc]=${found%%/*} cidr=${found#*/}
  if [[ -z ${id[vpc]} ]]; then
    network_refuse_overlap
    change create "VPC $name" "${setting[VPC_CIDR]}" -- ec2 create-vpc --cidr-block "${setting[VPC_CIDR]}" \
      --tag-specifications "$(tag_specification vpc "$name")" --query Vpc.VpcId
    id[vpc]=$answer
  else
    [[ $cidr == "${setting[VPC_CIDR]}" ]] \
      || fail "the VPC of ${setting[ENV]} has $cidr, which AWS cannot change: set VPC_CIDR=$cidr, or destroy the deployment first (data is kept)"
  fi
  network_vpc_attribute enableDnsSupport EnableDnsSupport --enable-dns-support
  network_vpc_attribute enableDnsHostnames EnableDnsHostnames --enable-dns-hostnames
}

network_vpc_attribute() {
  local attribute=$1 field=$2 option=$3 value=
  if known "${id[vpc]}"; then
    value=$(ask ec2 describe-vpc-attribute --vpc-id "${id[vpc]}" --attribute "$attribute" --query "$field.Value")
  fi
  keep "VPC $name $attribute" True "$value" -- --retry InvalidVpcID.NotFound \
    ec2 modify-vpc-attribute --vpc-id "${id[vpc]}" "$option"
}

# Two VPCs with one block cannot be joined later, and nobody notices until then.
network_refuse_overlap() {
  local other taken
  taken=$(ask ec2 describe-vpcs --query 'Vpcs[].CidrBlockAssociationSet[].CidrBlock')
  for other in $taken; do
    # shellcheck disable=SC2086 # blocks, one word each
    cidr_overlaps "${setting[VPC_CIDR]}" "$other" \
      && fail "VPC_CIDR ${setting[VPC_CIDR]} overlaps a VPC with $other in $region: set another, $(cidr_free "${setting[VPC_CIDR]}" $taken) is free"
  done
  return 0
}

network_subnets() {
  local -a zones
  read -r -a zones <<<"$(network_zones)"
  ((${#zones[@]} == 2)) || fail "$region has fewer than two zones with ${setting[INSTANCE_TYPE]} (${zones[*]}): choose another INSTANCE_TYPE or REGION"
  network_subnet public_a "${zones[0]}" 0
  network_subnet public_b "${zones[1]}" 1
  network_subnet private_a "${zones[0]}" 2
  network_subnet private_b "${zones[1]}" 3
}

# The zones of the subnets that are there; else the first two that have the instance type.
network_zones() {
  local a=${subnet_found["$name-public-a"]-} b=${subnet_found["$name-public-b"]-} offered zone
  a=${a##*/} b=${b##*/}
  if [[ -z $a || -z $b ]]; then
    offered=$(ask ec2 describe-instance-type-offerings --location-type availability-zone \
      --filters "Name=instance-type,Values=${setting[INSTANCE_TYPE]}" --query 'InstanceTypeOfferings[].Location')
    for zone in $(tr ' ' '\n' <<<"$offered" | LC_ALL=C sort); do
      # A Local Zone has a place in its name, and no NAT gateways.
      if [[ $zone != "$region"[a-z] ]]; then
        continue
      elif [[ -z $a ]]; then
        a=$zone
      elif [[ -z $b && $zone != "$a" ]]; then
        b=$zone
      fi
    done
  fi
  echo "$a $b"
}

# network_subnet NAME ZONE N: a subnet with the Nth quarter of the VPC's block.
network_subnet() {
  local subnet=$1 zone=$2 cidr resource=$name-${1//_/-} found
  cidr=$(cidr_quarter "${setting[VPC_CIDR]}" "$3")
  # shellcheck disable=SC2086 # ids, one word each
  found=$(only "subnet $resource" ${subnet_found[$resource]-})
  id[$subnet]=${found%/*}
  [[ -z ${id[$subnet]} ]] || return 0
  change create "subnet $resource" "$cidr in $zone" -- --retry InvalidVpcID.NotFound ec2 create-subnet \
    --vpc-id "${id[vpc]}" --cidr-block "$cidr" --availability-zone "$zone" \
    --tag-specifications "$(tag_specification subnet "$resource")" --query Subnet.SubnetId
  id[$subnet]=$answer
}

network_internet_gateway() {
  local found attached
  found=$(found "$name" describe-internet-gateways 'InternetGateways[].[InternetGatewayId,Attachments[0].VpcId]')
  read -r found attached <<<"$found"
  id[igw]=$found
  if [[ -z ${id[igw]} ]]; then
    change create "internet gateway $name" '' -- ec2 create-internet-gateway \
      --tag-specifications "$(tag_specification internet-gateway "$name")" --query InternetGateway.InternetGatewayId
    id[igw]=$answer
  fi
  keep "internet gateway $name attached to" "${id[vpc]}" "${attached#None}" -- --retry InvalidInternetGatewayID.NotFound,InvalidVpcID.NotFound \
    ec2 attach-internet-gateway --internet-gateway-id "${id[igw]}" --vpc-id "${id[vpc]}"
}

network_public_routes() {
  route_table public_routes "$name-public"
  route_default public_routes "$name-public" --gateway-id "${id[igw]}"
  route_table_of public_routes "$name-public" public_a
  route_table_of public_routes "$name-public" public_b
}

# A table a zone, so that each zone's traffic can leave through its own NAT gateway.
network_private_routes() {
  local zone
  for zone in a b; do
    route_table "routes_$zone" "$name-private-$zone"
    route_table_of "routes_$zone" "$name-private-$zone" "private_$zone"
    if [[ ${setting[NAT_MODE]} == none ]]; then
      route_default_remove "routes_$zone" "$name-private-$zone"
    else
      route_default "routes_$zone" "$name-private-$zone" --nat-gateway-id "$(nat_for "$zone")"
    fi
  done
  nat_remove_superfluous
}

# route_table KEY NAME
route_table() {
  local key=$1 resource=$2 found
  # shellcheck disable=SC2086 # ids, one word each
  found=$(only "route table $resource" ${table_found[$resource]-})
  id[$key]=${found%%/*}
  [[ -z ${id[$key]} ]] || return 0
  change create "route table $resource" '' -- --retry InvalidVpcID.NotFound ec2 create-route-table --vpc-id "${id[vpc]}" \
    --tag-specifications "$(tag_specification route-table "$resource")" --query RouteTable.RouteTableId
  id[$key]=$answer
}

# route_default KEY NAME OPTION TARGET: the table's way out.
route_default() {
  local key=$1 resource=$2 option=$3 target=$4 present
  present=$(route_default_found "$resource")
  if [[ -z $present ]]; then
    change create "route of $resource" "0.0.0.0/0 to $target" -- --retry InvalidRouteTableID.NotFound \
      ec2 create-route --route-table-id "${id[$key]}" --destination-cidr-block 0.0.0.0/0 "$option" "$target"
  else
    keep "route of $resource" "$target/active" "$present" -- \
      ec2 replace-route --route-table-id "${id[$key]}" --destination-cidr-block 0.0.0.0/0 "$option" "$target"
  fi
}

route_default_remove() {
  local key=$1 resource=$2 present
  present=$(route_default_found "$resource")
  [[ -z $present ]] || change delete "route of $resource" 0.0.0.0/0 -- \
    ec2 delete-route --route-table-id "${id[$key]}" --destination-cidr-block 0.0.0.0/0
}

# route_default_found NAME: TARGET/STATE, or nothing.
route_default_found() {
  local found=${table_found[$1]-}
  printf '%s' "${found#*/}"
}

# route_table_of KEY NAME SUBNET: the subnet uses the table.
route_table_of() {
  local key=$1 resource=$2 subnet=$3 present association table
  present=${association_found[${id[$subnet]}]-}
  association=${present%/*} table=${present#*/}
  if [[ -z $association ]]; then
    change associate "route table $resource" "${subnet//_/-}" -- --retry InvalidSubnetID.NotFound,InvalidRouteTableID.NotFound \
      ec2 associate-route-table --route-table-id "${id[$key]}" --subnet-id "${id[$subnet]}"
  else
    keep "route table of ${subnet//_/-}" "${id[$key]}" "$table" -- \
      ec2 replace-route-table-association --association-id "$association" --route-table-id "${id[$key]}"
  fi
}
