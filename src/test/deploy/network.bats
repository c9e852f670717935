#!/usr/bin/env bats
#
# The network against the emulator, property by property, after the practice of the Well-Architected Framework that it
# serves (REL: reliability, SEC: security, COST: cost), and what is done by hand to it put right.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  base_of 'network_ensure security_ensure endpoints_ensure'
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

ensure='network_ensure security_ensure endpoints_ensure'

# named KIND QUERY NAME: of what describe-KIND finds by its name.
named() {
  reads "$2" ec2 "describe-$1" --filters "Name=tag:Name,Values=fleetdash-prod$3" Name=tag:fleetdash:environment,Values=prod
}

subnet() {
  named subnets 'Subnets[].SubnetId' "-$1"
}

# way_out SUBNET: where its table leads, which need not be the table that has its name.
way_out() {
  reads "RouteTables[].Routes[?DestinationCidrBlock=='0.0.0.0/0'][].GatewayId||RouteTables[].Routes[?DestinationCidrBlock=='0.0.0.0/0'][].NatGatewayId" \
    ec2 describe-route-tables --filters "Name=association.subnet-id,Values=$(subnet "$1")"
}

nat() {
  reads "NatGateways[?State!='deleted'&&Tags[?Key=='Name'&&Value=='fleetdash-prod-$1']].$2" ec2 describe-nat-gateways
}

# rules GROUP: who may reach it, a line each.
rules() {
  aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$(named security-groups 'SecurityGroups[].GroupId' "-$1")" --output json \
    | jq -r '.SecurityGroupRules[] | select(.IsEgress | not) | "\(.IpProtocol) \(.FromPort)-\(.ToPort) \(.CidrIpv4 // .ReferencedGroupInfo.GroupId)"' | sort
}

properties_hold() {
  local zone gateway balancer hosts
  gateway=$(named internet-gateways 'InternetGateways[].InternetGatewayId' '')
  balancer=$(named security-groups 'SecurityGroups[].GroupId' -balancer) hosts=$(named security-groups 'SecurityGroups[].GroupId' -hosts)
  expect 'REL02-BP03 ensure IP subnet allocation: its own block' 10.80.0.0/20 "$(named vpcs 'Vpcs[].CidrBlock' '')"
  expect 'REL10-BP01 deploy the workload to multiple locations: two zones, a public and a private subnet each' \
    '10.80.0.0/22 eu-central-1a 10.80.4.0/22 eu-central-1b 10.80.8.0/22 eu-central-1a 10.80.12.0/22 eu-central-1b' \
    "$(for zone in public-a public-b private-a private-b; do named subnets 'Subnets[].[CidrBlock,AvailabilityZone]' "-$zone" && echo; done | xargs)"
  for zone in a b; do
    expect "SEC05-BP01 create network layers: public $zone has the internet gateway" "$gateway" "$(way_out "public-$zone")"
    expect "REL10-BP01 deploy the workload to multiple locations: private $zone leaves through its own zone" \
      "$(nat "$zone" NatGatewayId)" "$(way_out "private-$zone")"
    expect "REL10-BP01 deploy the workload to multiple locations: NAT $zone is in it" "$(subnet "public-$zone")" "$(nat "$zone" SubnetId)"
  done
  expect 'SEC05-BP02 control traffic flows: the balancer from ALLOW_CIDR only' 'tcp 80-80 203.0.113.0/24' "$(rules balancer)"
  expect 'SEC05-BP02 control traffic flows: instances from the balancer and each other only' \
    "$(printf 'tcp 8080-8080 %s\n' "$balancer" "$hosts" | sort)" "$(rules hosts)"
  expect 'COST08-BP02 select components to optimize data transfer cost: S3 past NAT, from both zones' \
    "$(sorted_words "$(named route-tables 'RouteTables[].RouteTableId' -private-a)" "$(named route-tables 'RouteTables[].RouteTableId' -private-b)")" \
    "$(sorted_words "$(named vpc-endpoints 'VpcEndpoints[].RouteTableIds[]' -s3)")"
  expect 'SEC05-BP02 control traffic flows: through the endpoint, buckets of this account, and of others what boots need' \
    '123456789012 s3:GetObject al2023-repos-eu-central-1-*/*' \
    "$(aws ec2 describe-vpc-endpoints --vpc-endpoint-ids "$(named vpc-endpoints 'VpcEndpoints[].VpcEndpointId' -s3)" --query 'VpcEndpoints[0].PolicyDocument' --output text \
      | jq -r '[.Statement[0].Condition.StringEquals["aws:ResourceAccount"], .Statement[1].Action, .Statement[1].Resource[0][13:]] | join(" ")')"
  expect 'Operations: names are resolved, as endpoints need' 'True True' \
    "$(for zone in Support Hostnames; do reads "EnableDns$zone.Value" ec2 describe-vpc-attribute --vpc-id "$(named vpcs 'Vpcs[].VpcId' '')" --attribute "enableDns$zone" && echo; done | xargs)"
}

sorted_words() {
  xargs -n 1 <<<"$*" | sort | xargs
}

@test "the table of the network's properties holds" {
  properties_hold
}

@test "a second run changes nothing, and asks for each kind once, and for the endpoint's policy" {
  [ -z "$(plan "$ensure")" ]
  [ -z "$(changes "$ensure")" ]
  [ "$(strict calls | jq -r '.[].action' | grep -cE '^Describe(Subnets|VpcEndpoints|InternetGateways|Vpcs)$')" = 5 ]
}

@test "what was done by hand is put right" {
  local table endpoint private public association
  table=$(named route-tables 'RouteTables[].RouteTableId' -public)
  private=$(named route-tables 'RouteTables[].RouteTableId' -private-a)
  endpoint=$(named vpc-endpoints 'VpcEndpoints[].VpcEndpointId' -s3)
  public=$(subnet public-b)
  aws ec2 replace-route --route-table-id "$private" --destination-cidr-block 0.0.0.0/0 --nat-gateway-id "$(nat b NatGatewayId)"
  aws ec2 delete-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0
  association=$(reads "RouteTables[].Associations[?SubnetId=='$public'][].RouteTableAssociationId" ec2 describe-route-tables --route-table-ids "$table")
  aws ec2 replace-route-table-association --association-id "$association" --route-table-id "$private"
  aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --remove-route-table-ids "$private" \
    --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
  aws ec2 modify-vpc-attribute --vpc-id "$(named vpcs 'Vpcs[].VpcId' '')" --no-enable-dns-hostnames
  aws ec2 authorize-security-group-ingress --group-id "$(named security-groups 'SecurityGroups[].GroupId' -hosts)" --protocol tcp --port 22 --cidr 0.0.0.0/0

  [ "$(changes "$ensure" | sort)" = 'CreateRoute
ModifyVpcAttribute
ModifyVpcEndpoint
ModifyVpcEndpoint
ReplaceRoute
ReplaceRouteTableAssociation
RevokeSecurityGroupIngress' ]
  properties_hold
}

@test "one NAT gateway for both zones, or none and the endpoints instead, and back again" {
  changes "$ensure" NAT_MODE=single
  expect 'both leave through one' "$(way_out private-a)" "$(way_out private-b)"
  expect 'the other is gone, and its address' '' "$(nat b NatGatewayId)$(named addresses 'Addresses[].PublicIp' -b)"
  [ -z "$(plan "$ensure" NAT_MODE=single)" ]

  changes "$ensure" NAT_MODE=none JOURNAL_LOGS=yes
  expect 'no way out' '' "$(way_out private-a)$(way_out private-b)$(nat a NatGatewayId)"
  expect 'what instances ask is inside' 'autoscaling logs ssm ssmmessages' \
    "$(reads "sort(VpcEndpoints[?VpcEndpointType=='Interface'].ServiceName)" ec2 describe-vpc-endpoints | sed 's/com.amazonaws.eu-central-1.//g')"
  [ -z "$(plan "$ensure" NAT_MODE=none JOURNAL_LOGS=yes)" ]

  changes "$ensure"
  properties_hold
  expect 'the endpoints cost, so they go' '' "$(reads "VpcEndpoints[?VpcEndpointType=='Interface'&&State!='deleted'&&State!='deleting'].ServiceName" ec2 describe-vpc-endpoints)"
}

@test "endpoints in one zone cost half, and go into the other when that is wanted" {
  local interfaces="VpcEndpoints[?VpcEndpointType=='Interface'&&State!='deleting']"
  changes "$ensure" NAT_MODE=none ENDPOINT_ZONES=1
  expect 'each in the first zone' "$(subnet private-a) $(subnet private-a) $(subnet private-a)" "$(reads "$interfaces.SubnetIds[]" ec2 describe-vpc-endpoints)"
  [ -z "$(plan "$ensure" NAT_MODE=none ENDPOINT_ZONES=1)" ]

  [ "$(changes "$ensure" NAT_MODE=none | uniq -c | xargs)" = '3 ModifyVpcEndpoint' ]
  expect 'in both' '2 2 2' "$(reads "$interfaces.length(SubnetIds)" ec2 describe-vpc-endpoints)"
  [ -z "$(plan "$ensure" NAT_MODE=none)" ]
  [ "$(changes "$ensure" NAT_MODE=none ENDPOINT_ZONES=1 | uniq -c | xargs)" = '3 ModifyVpcEndpoint' ]
  [ -z "$(plan "$ensure" NAT_MODE=none ENDPOINT_ZONES=1)" ]
}

@test "a Local Zone is not one of the two zones" {
  strict config '{"action": "DescribeInstanceTypeOfferings", "times": 1, "answer": {"InstanceTypeOfferings": [
    {"Location": "eu-central-1-ham-1a"}, {"Location": "eu-central-1c"}, {"Location": "eu-central-1b"}]}}'
  plan network_ensure ENV=other VPC_CIDR=10.90.0.0/20 >"$BATS_TEST_TMPDIR/plan"
  expect 'zones' '10.90.0.0/22 in eu-central-1b 10.90.4.0/22 in eu-central-1c' "$(sed -n 's/.*subnet fleetdash-other-public-.\t//p' "$BATS_TEST_TMPDIR/plan" | xargs)"
}

@test "what AWS refuses within an answer is no success" {
  local refused='{"action": "%s", "answer": {"Unsuccessful": [{"ResourceId": "x", "Error": {"Code": "%s", "Message": "not today"}}]}}'
  run -1 parts apply "$ensure" FLOW_LOGS=yes
  [[ $output == *'create flow logs of VPC fleetdash-prod failed: LogDestination: fleetdash-prod-123456789012-eu-central-1-logs does not exist.' ]]
  aws s3api create-bucket --bucket fleetdash-prod-123456789012-eu-central-1-logs --create-bucket-configuration LocationConstraint=eu-central-1
  [ "$(changes "$ensure" FLOW_LOGS=yes)" = CreateFlowLogs ]
  [ -z "$(plan "$ensure" FLOW_LOGS=yes)" ]

  # shellcheck disable=SC2059 # a format
  strict config "$(printf "$refused" DeleteFlowLogs OperationNotPermitted)"
  run -1 parts apply "$ensure"
  [[ $output == *'delete flow logs of VPC fleetdash-prod failed: not today' ]]
  # What is gone already is gone.
  # shellcheck disable=SC2059
  strict config "$(printf "$refused" DeleteFlowLogs InvalidFlowLogId.NotFound)"
  parts apply "$ensure"
  [ "$(changes "$ensure")" = DeleteFlowLogs ]

  # shellcheck disable=SC2059
  strict config "$(printf "$refused" DeleteVpcEndpoints UnauthorizedOperation)"
  run -1 parts apply endpoints_delete
  [[ $output == *'root may not do this: delete VPC endpoint s3.'*'(not today)' ]]
}

@test "two of a kind are not guessed between" {
  local vpc
  vpc=$(named vpcs 'Vpcs[].VpcId' '')
  aws ec2 create-route-table --vpc-id "$vpc" --tag-specifications \
    'ResourceType=route-table,Tags=[{Key=Name,Value=fleetdash-prod-public},{Key=fleetdash:environment,Value=prod}]'
  run -1 parts plan network_ensure
  [[ $output == *'there are 2 of route table fleetdash-prod-public where one is expected'* ]]
}

@test "it goes as a whole, nothing of others does, and then there is nothing to delete" {
  aws ec2 create-vpc --cidr-block 10.99.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=theirs}]'
  changes 'endpoints_delete nat_delete security_delete network_delete'
  [ "$(reads 'Vpcs[].CidrBlock' ec2 describe-vpcs --filters Name=is-default,Values=false)" = 10.99.0.0/16 ]
  [ -z "$(named addresses 'Addresses[].PublicIp' '-*')$(named internet-gateways 'InternetGateways[].InternetGatewayId' '')" ]
  [ -z "$(changes 'endpoints_delete nat_delete security_delete network_delete')" ]
}
