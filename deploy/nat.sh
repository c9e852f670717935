# shellcheck shell=bash
#
# NAT gateways with their addresses: one a zone, one, or none. Sourced.
#
# Sets ${id[nat_a]} and, one a zone, ${id[nat_b]}.

declare -gA id

nat_ensure() {
  local zone
  for zone in $(nat_zones); do
    nat_gateway "$zone"
  done
  for zone in $(nat_zones); do
    if [[ $mode == apply ]]; then
      await "NAT gateway $name-$zone" 600 nat_is_available "$zone"
    fi
  done
}

nat_zones() {
  case ${setting[NAT_MODE]} in
    zonal) echo a b ;;
    single) echo a ;;
    none) ;;
  esac
}

# nat_for ZONE: the gateway that the zone's private subnet leaves through.
nat_for() {
  case ${setting[NAT_MODE]} in
    zonal) printf '%s' "${id[nat_$1]}" ;;
    single) printf '%s' "${id[nat_a]}" ;;
  esac
}

# nat_found ZONE [STATES]
nat_found() {
  ask ec2 describe-nat-gateways --filter "Name=tag:fleetdash:environment,Values=${setting[ENV]}" \
    "Name=state,Values=${2-pending,available}" \
    --query "NatGateways[?Tags[?Key=='Name' && Value=='$name-$1']].NatGatewayId"
}

nat_is_available() {
  local state
  state=$(ask --retry NatGatewayNotFound ec2 describe-nat-gateways --nat-gateway-ids "${id[nat_$1]}" --query 'NatGateways[].[State,FailureMessage]')
  case $state in
    available*) return 0 ;;
    pending*) return 1 ;;
    *) fail "NAT gateway $name-$1: ${state#* }; run the same command again once that is mended" ;;
  esac
}

nat_gateway() {
  local zone=$1
  id[nat_$zone]=$(nat_found "$zone")
  [[ -z ${id[nat_$zone]} ]] || return 0
  id[address_$zone]=$(found "$name-$zone" describe-addresses 'Addresses[].AllocationId')
  if [[ -z ${id[address_$zone]} ]]; then
    change create "Elastic IP $name-$zone" 'for NAT' -- ec2 allocate-address --domain vpc \
      --tag-specifications "$(tag_specification elastic-ip "$name-$zone")" --query AllocationId
    id[address_$zone]=$answer
  fi
  change create "NAT gateway $name-$zone" "in public-$zone" -- --retry InvalidAllocationID.NotFound,InvalidSubnetID.NotFound \
    ec2 create-nat-gateway --subnet-id "${id[public_$zone]}" --allocation-id "${id[address_$zone]}" \
    --tag-specifications "$(tag_specification natgateway "$name-$zone")" --query NatGateway.NatGatewayId
  id[nat_$zone]=$answer
}

# What another NAT_MODE left, once no route leads there any more.
nat_remove_superfluous() {
  local zone
  for zone in a b; do
    [[ " $(nat_zones) " == *" $zone "* ]] || nat_remove "$zone"
  done
}

nat_remove() {
  local zone=$1 gateway address
  for gateway in $(nat_found "$zone"); do
    change delete "NAT gateway $name-$zone" '' -- ec2 delete-nat-gateway --nat-gateway-id "$gateway"
  done
  for address in $(found "$name-$zone" describe-addresses 'Addresses[].AllocationId'); do
    if [[ $mode == apply ]]; then
      await "NAT gateway $name-$zone to be gone" 600 nat_is_gone "$zone"
    fi
    change delete "Elastic IP $name-$zone" '' -- --retry InvalidIPAddress.InUse,AuthFailure ec2 release-address --allocation-id "$address"
  done
}

nat_is_gone() {
  [[ -z $(nat_found "$1" pending,available,deleting) ]]
}

nat_delete() {
  nat_remove a
  nat_remove b
}
