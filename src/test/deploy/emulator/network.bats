#!/usr/bin/env bats
#
# How EC2 networking refuses and takes its time, where plain moto lets pass.

load emulator
# shellcheck source-path=SCRIPTDIR source=fixture.bash
source "$BATS_TEST_DIRNAME/fixture.bash"

setup_file() {
  start_emulator
  make_network
}

setup() {
  fork_emulator
}

teardown_file() {
  stop_emulator
}

@test "nothing is deleted that an interface still uses" {
  make_balancer

  refused DependencyViolation aws ec2 delete-subnet --subnet-id "$subnet_a"
  refused DependencyViolation aws ec2 delete-security-group --group-id "$group"
  refused DependencyViolation aws ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
  refused DependencyViolation aws ec2 delete-internet-gateway --internet-gateway-id "$gateway"
  refused DependencyViolation aws ec2 delete-vpc --vpc-id "$vpc"
}

@test "a deleted balancer leaves its interfaces behind for a while" {
  make_balancer
  aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"

  refused DependencyViolation aws ec2 delete-security-group --group-id "$group"
  is "$(text aws ec2 describe-network-interfaces --filters "Name=group-id,Values=$group" --query 'length(NetworkInterfaces)')" 2
  is "$(text aws ec2 describe-network-interfaces --filters "Name=group-id,Values=$group" --query 'length(NetworkInterfaces)')" 0
  aws ec2 delete-security-group --group-id "$group"
}

@test "a group that another one's rule names stays" {
  local other
  other=$(text aws ec2 create-security-group --vpc-id "$vpc" --group-name other --description other --query GroupId)
  aws ec2 authorize-security-group-ingress --group-id "$other" \
    --ip-permissions "IpProtocol=tcp,FromPort=80,ToPort=80,UserIdGroupPairs=[{GroupId=$group,Description=why}]"

  refused DependencyViolation aws ec2 delete-security-group --group-id "$group"
  is "$(text aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$other" --query 'SecurityGroupRules[?!IsEgress].Description')" why
}

@test "a NAT gateway comes and goes slowly and holds its address and subnet" {
  local address nat
  address=$(text aws ec2 allocate-address --query AllocationId)
  nat=$(text aws ec2 create-nat-gateway --subnet-id "$subnet_a" --allocation-id "$address" --query NatGateway.NatGatewayId)
  is "$(text aws ec2 describe-nat-gateways --nat-gateway-ids "$nat" --query 'NatGateways[].State')" pending
  aws ec2 wait nat-gateway-available --nat-gateway-ids "$nat"

  refused InvalidIPAddress.InUse aws ec2 release-address --allocation-id "$address"
  refused Resource.AlreadyAssociated aws ec2 create-nat-gateway --subnet-id "$subnet_b" --allocation-id "$address"
  aws ec2 delete-nat-gateway --nat-gateway-id "$nat"
  refused InvalidIPAddress.InUse aws ec2 release-address --allocation-id "$address"
  refused DependencyViolation aws ec2 delete-subnet --subnet-id "$subnet_a"
  is "$(text aws ec2 describe-nat-gateways --nat-gateway-ids "$nat" --query 'NatGateways[].State')" deleting
  aws ec2 wait nat-gateway-deleted --nat-gateway-ids "$nat"
  aws ec2 release-address --allocation-id "$address"
  aws ec2 delete-subnet --subnet-id "$subnet_a"
}

@test "a public NAT gateway needs an internet gateway" {
  aws ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"

  refused Gateway.NotAttached aws ec2 create-nat-gateway --subnet-id "$subnet_a" --allocation-id "$(text aws ec2 allocate-address --query AllocationId)"
}

@test "a route table in use stays, and has one endpoint a service" {
  local table endpoint=(aws ec2 create-vpc-endpoint --service-name com.amazonaws.eu-central-1.s3)
  table=$(text aws ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
  aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet_a"
  "${endpoint[@]}" --vpc-id "$vpc" --route-table-ids "$table"

  refused DependencyViolation aws ec2 delete-route-table --route-table-id "$table"
  refused RouteAlreadyExists "${endpoint[@]}" --vpc-id "$vpc" --route-table-ids "$table"
}

@test "a subnet has one route table, and a table one route to a place" {
  local one two
  one=$(text aws ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
  two=$(text aws ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
  aws ec2 associate-route-table --route-table-id "$one" --subnet-id "$subnet_a"
  aws ec2 create-route --route-table-id "$one" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway"

  refused Resource.AlreadyAssociated aws ec2 associate-route-table --route-table-id "$two" --subnet-id "$subnet_a"
  refused RouteAlreadyExists aws ec2 create-route --route-table-id "$one" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway"
}

@test "an interface endpoint comes and goes slowly and holds its subnet" {
  local endpoint describe
  endpoint=$(text aws ec2 create-vpc-endpoint --vpc-id "$vpc" --vpc-endpoint-type Interface --service-name com.amazonaws.eu-central-1.ssm \
    --subnet-ids "$subnet_a" --security-group-ids "$group" --query VpcEndpoint.VpcEndpointId)
  describe=(text aws ec2 describe-vpc-endpoints --filters "Name=vpc-id,Values=$vpc" --query 'VpcEndpoints[].State')
  is "$("${describe[@]}")" pending
  is "$("${describe[@]}")" pending
  is "$("${describe[@]}")" available

  aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint"
  refused DependencyViolation aws ec2 delete-subnet --subnet-id "$subnet_a"
  refused DependencyViolation aws ec2 delete-security-group --group-id "$group"
  is "$("${describe[@]}")" deleting
  is "$("${describe[@]}")" deleting
  is "$("${describe[@]}")" ''
  aws ec2 delete-security-group --group-id "$group"
}

@test "a VPC stays while a gateway, endpoint, group or table is in it" {
  local other gateway endpoint
  other=$(text aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId)
  gateway=$(text aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId)
  aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$other"
  refused DependencyViolation aws ec2 delete-vpc --vpc-id "$other"
  aws ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$other"
  endpoint=$(text aws ec2 create-vpc-endpoint --vpc-id "$other" --service-name com.amazonaws.eu-central-1.s3 --query VpcEndpoint.VpcEndpointId)
  refused DependencyViolation aws ec2 delete-vpc --vpc-id "$other"
  aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint"

  aws ec2 delete-vpc --vpc-id "$other"
}

@test "flow logs go to a folder of a bucket that is there" {
  local -a create=(aws ec2 create-flow-logs --resource-type VPC --resource-ids "$vpc" --traffic-type ALL --log-destination-type s3)
  is "$(text "${create[@]}" --log-destination arn:aws:s3:::logs/flow --query 'length(Unsuccessful)')" 1
  aws s3 mb s3://logs
  is "$(text "${create[@]}" --log-destination arn:aws:s3:::logs/flow --query 'length(Unsuccessful)')" 0
  is "$(text aws ec2 describe-flow-logs --query 'FlowLogs[].LogDestination')" arn:aws:s3:::logs/flow
}

@test "a dry run changes nothing" {
  local before
  before=$(text aws ec2 describe-vpcs --query 'length(Vpcs)')

  refused DryRunOperation aws ec2 create-vpc --cidr-block 10.0.0.0/16 --dry-run
  is "$(text aws ec2 describe-vpcs --query 'length(Vpcs)')" "$before"
  is "$(strict calls | jq -c 'map(select(.action == "CreateVpc"))[-1] | [.mutating, .error]')" '[false,"DryRunOperation"]'
}
