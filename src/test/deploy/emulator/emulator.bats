#!/usr/bin/env bats
#
# What the emulator refuses and tells, where plain moto lets pass and keeps silent.

load emulator

# Most tests begin with a network; those that need instances and a balancer copy the one that has them.
setup_file() {
  start_emulator
  make_network
  export vpc subnet_a subnet_b gateway group
  fork_emulator
  make_balancer
  make_fleet --target-group-arns "$target_group"
  settle
  export balancer target_group listener template data FLEET=$EMULATOR
}

use_fleet() {
  fork_emulator "$FLEET"
}

setup() {
  fork_emulator
}

teardown_file() {
  stop_emulator
}

text() {
  "$@" --output text
}

refused() {
  local code=$1
  shift
  run "$@"
  if ((status == 0)) || [[ $output != *"($code)"* ]]; then
    echo "wanted $code, got status $status: $output"
    return 1
  fi
}

is() {
  if [[ $1 != "$2" ]]; then
    echo "wanted $2, got $1"
    return 1
  fi
}

make_network() {
  vpc=$(text aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId)
  subnet_a=$(text aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.0.0/24 --availability-zone eu-central-1a --query Subnet.SubnetId)
  subnet_b=$(text aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/24 --availability-zone eu-central-1b --query Subnet.SubnetId)
  gateway=$(text aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId)
  aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
  group=$(text aws ec2 create-security-group --vpc-id "$vpc" --group-name app --description app --query GroupId)
}

make_balancer() {
  balancer=$(text aws elbv2 create-load-balancer --name app --subnets "$subnet_a" "$subnet_b" --security-groups "$group" --query 'LoadBalancers[0].LoadBalancerArn')
  target_group=$(text aws elbv2 create-target-group --name app --protocol HTTP --port 8080 --vpc-id "$vpc" --query 'TargetGroups[0].TargetGroupArn')
  listener=$(text aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 --default-actions "Type=forward,TargetGroupArn=$target_group" --query 'Listeners[0].ListenerArn')
}

make_fleet() {
  data=$(jq -n --arg group "$group" '{ImageId: "ami-12c6146b", InstanceType: "t3.nano", SecurityGroupIds: [$group]}')
  template=$(text aws ec2 create-launch-template --launch-template-name app --launch-template-data "$data" --query LaunchTemplate.LaunchTemplateId)
  aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$data" >"$BATS_TEST_TMPDIR/version"
  create_group app "$@"
}

create_group() {
  local name=$1
  shift
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$name" --min-size 2 --max-size 4 \
    --launch-template "LaunchTemplateId=$template,Version=1" --vpc-zone-identifier "$subnet_a,$subnet_b" "$@"
}

describe_group() {
  text aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names app --query "AutoScalingGroups[].$1"
}

settle() {
  local state
  for _ in {1..9}; do
    state=$(describe_group 'Instances[].LifecycleState')
    [[ $state == *ing* ]] || return 0
  done
  return 1
}

start_refresh() {
  aws autoscaling start-instance-refresh --auto-scaling-group-name app --preferences "$2" \
    --desired-configuration "{\"LaunchTemplate\": {\"LaunchTemplateId\": \"$template\", \"Version\": \"$1\"}}"
}

# As root still, so that the test can go on when IAM is on.
enforce_iam() {
  strict config '{"enforce_iam": true}' >"$BATS_TEST_TMPDIR/enforced"
}

make_role() {
  aws iam create-role --role-name app --assume-role-policy-document '{"Version": "2012-10-17", "Statement":
    [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}' >"$BATS_TEST_TMPDIR/role"
  aws iam put-role-policy --role-name app --policy-name app --policy-document "{\"Version\": \"2012-10-17\", \"Statement\": [$1]}"
}

become_role() {
  local key secret token
  read -r key secret token < <(text aws sts assume-role --role-arn arn:aws:iam::123456789012:role/app --role-session-name i-1 \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
  export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token
}

await_refresh() {
  local wanted=$1 seen=()
  for _ in {1..12}; do
    seen+=("$(text aws autoscaling describe-instance-refreshes --auto-scaling-group-name app --query 'InstanceRefreshes[0].Status')")
    [[ ${seen[-1]} != "$wanted" ]] || return 0
  done
  echo "wanted $wanted, saw ${seen[*]}"
  return 1
}

@test "nothing is deleted that an interface still uses" {
  use_fleet

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
    --ip-permissions "IpProtocol=tcp,FromPort=80,ToPort=80,UserIdGroupPairs=[{GroupId=$group,Description=why}]" >"$BATS_TEST_TMPDIR/rule"

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
  aws ec2 delete-nat-gateway --nat-gateway-id "$nat" >"$BATS_TEST_TMPDIR/deleted"
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
  aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet_a" >"$BATS_TEST_TMPDIR/association"
  "${endpoint[@]}" --vpc-id "$vpc" --route-table-ids "$table" >"$BATS_TEST_TMPDIR/endpoint"

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
  aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint" >"$BATS_TEST_TMPDIR/deleted"

  aws ec2 delete-vpc --vpc-id "$other"
}

@test "a dry run changes nothing" {
  local before
  before=$(text aws ec2 describe-vpcs --query 'length(Vpcs)')

  refused DryRunOperation aws ec2 create-vpc --cidr-block 10.0.0.0/16 --dry-run
  is "$(text aws ec2 describe-vpcs --query 'length(Vpcs)')" "$before"
  is "$(strict calls | jq -c 'map(select(.action == "CreateVpc"))[-1] | [.mutating, .error]')" '[false,"DryRunOperation"]'
}

@test "balancers and target groups have names of their own" {
  use_fleet

  is "$(text aws elbv2 create-load-balancer --name app --subnets "$subnet_a" "$subnet_b" --security-groups "$group" --query 'LoadBalancers[0].LoadBalancerArn')" "$balancer"
  refused DuplicateLoadBalancerName aws elbv2 create-load-balancer --name app --subnets "$subnet_a" "$subnet_b" --scheme internal
  refused DuplicateTargetGroupName aws elbv2 create-target-group --name app --protocol HTTP --port 80 --vpc-id "$vpc"
  refused DuplicateListener aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 \
    --default-actions 'Type=fixed-response,FixedResponseConfig={StatusCode=404}'
  refused ResourceInUse aws elbv2 delete-target-group --target-group-arn "$target_group"
  refused ValidationError aws elbv2 modify-target-group --target-group-arn "$target_group" --health-check-interval-seconds 5
  refused ValidationError aws elbv2 create-load-balancer --name "$(printf 'a%.0s' {1..33})" --subnets "$subnet_a" "$subnet_b"
}

@test "a balancer needs two zones, comes up slowly, and is protected when told so" {
  refused ValidationError aws elbv2 create-load-balancer --name app --subnets "$subnet_a"
  make_balancer
  is "$(text aws elbv2 describe-load-balancers --names app --query 'LoadBalancers[].State.Code')" provisioning
  aws elbv2 wait load-balancer-available --names app
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" --attributes Key=deletion_protection.enabled,Value=true >"$BATS_TEST_TMPDIR/attributes"

  refused OperationNotPermitted aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"
}

@test "access logs go only where the bucket's policy lets them" {
  use_fleet
  local enable=(aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" --attributes)
  enable+=("Key=access_logs.s3.enabled,Value=true" "Key=access_logs.s3.bucket,Value=logs")
  aws s3 mb s3://logs >"$BATS_TEST_TMPDIR/made"

  refused InvalidConfigurationRequest "${enable[@]}"
  aws s3api put-bucket-policy --bucket logs --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/AWSLogs/123456789012/*"}]}'
  "${enable[@]}"
}

@test "targets become healthy after a while, or not" {
  use_fleet
  local health=(text aws elbv2 describe-target-health --target-group-arn "$target_group" --query 'TargetHealthDescriptions[].TargetHealth.State')

  is "$("${health[@]}")" $'initial\tinitial'
  aws elbv2 wait target-in-service --target-group-arn "$target_group"
  strict config '{"unhealthy_targets": true}'
  is "$("${health[@]}")" $'unhealthy\tunhealthy'
  strict config '{"unhealthy_targets": false}'
  aws elbv2 delete-listener --listener-arn "$listener"
  is "$("${health[@]}")" $'unused\tunused'
}

@test "a group has a name of its own and keeps within its bounds" {
  use_fleet

  refused AlreadyExists create_group app
  refused ValidationError create_group other --desired-capacity 5
  refused ValidationError aws autoscaling set-desired-capacity --auto-scaling-group-name app --desired-capacity 5
  refused ValidationError aws autoscaling update-auto-scaling-group --auto-scaling-group-name app --min-size 5
  refused ValidationError aws autoscaling update-auto-scaling-group --auto-scaling-group-name app --launch-template "LaunchTemplateId=$template,Version=9"
  refused ValidationError aws autoscaling put-lifecycle-hook --auto-scaling-group-name none --lifecycle-hook-name h --lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING
}

@test "a group's template must be one that can be launched" {
  local broken
  use_fleet
  for broken in '.ImageId = "ami-00000000"' '.InstanceType = "t4g.nano"' 'del(.InstanceType)' '.IamInstanceProfile.Name = "none"'; do
    aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$(jq "$broken" <<<"$data")"
    # shellcheck disable=SC2016 # a name of AWS
    refused ValidationError aws autoscaling update-auto-scaling-group --auto-scaling-group-name app \
      --launch-template "LaunchTemplateId=$template"',Version=$Latest'
  done
}

@test "a group describes what was set" {
  make_fleet --instance-maintenance-policy MinHealthyPercentage=100,MaxHealthyPercentage=150 --default-instance-warmup 40 \
    --lifecycle-hook-specification-list LifecycleHookName=drain,LifecycleTransition=autoscaling:EC2_INSTANCE_TERMINATING,HeartbeatTimeout=90,DefaultResult=CONTINUE
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name app --capacity-rebalance --termination-policies OldestInstance
  aws autoscaling enable-metrics-collection --auto-scaling-group-name app --granularity 1Minute

  is "$(describe_group '[InstanceMaintenancePolicy.MaxHealthyPercentage, DefaultInstanceWarmup, CapacityRebalance, TerminationPolicies[0], length(EnabledMetrics)]')" \
    $'150\t40\tTrue\tOldestInstance\t20'
  is "$(text aws autoscaling describe-lifecycle-hooks --auto-scaling-group-name app --query 'LifecycleHooks[].[HeartbeatTimeout,DefaultResult,RoleARN]')" $'90\tCONTINUE\tNone'
}

@test "instances take both subnets and the template's values, and hold what they use" {
  use_fleet

  is "$(text aws ec2 describe-instances --filters Name=instance-state-name,Values=running --query 'Reservations[].Instances[].[InstanceType,SecurityGroups[0].GroupId]')" \
    "$(printf 't3.nano\t%s\nt3.nano\t%s' "$group" "$group")"
  is "$(describe_group 'Instances[].AvailabilityZone')" $'eu-central-1a\teu-central-1b'
  refused DependencyViolation aws ec2 delete-subnet --subnet-id "$subnet_b"
  refused DependencyViolation aws ec2 delete-security-group --group-id "$group"
}

@test "a group is deleted when empty, or slowly by force, with its policies and hooks" {
  use_fleet
  aws autoscaling put-scaling-policy --auto-scaling-group-name app --policy-name cpu --policy-type TargetTrackingScaling \
    --target-tracking-configuration '{"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"},"TargetValue":70}' >"$BATS_TEST_TMPDIR/policy"

  refused ResourceInUse aws autoscaling delete-auto-scaling-group --auto-scaling-group-name app
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name app --min-size 0 --desired-capacity 0
  is "$(describe_group 'Instances[].LifecycleState')" $'Terminating\tTerminating'
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name app --force-delete
  is "$(describe_group Status)" 'Delete in progress'
  refused AlreadyExists create_group app
  is "$(describe_group Status)" ''
  is "$(text aws autoscaling describe-policies --query 'length(ScalingPolicies)')" 0
  create_group app
}

@test "two groups may have a policy of the same name" {
  use_fleet
  create_group other
  local name
  for name in app other; do
    aws autoscaling put-scaling-policy --auto-scaling-group-name "$name" --policy-name cpu --policy-type TargetTrackingScaling \
      --target-tracking-configuration '{"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"},"TargetValue":70}' >"$BATS_TEST_TMPDIR/policy"
  done
  aws autoscaling delete-policy --auto-scaling-group-name other --policy-name cpu

  is "$(text aws autoscaling describe-policies --query 'ScalingPolicies[].AutoScalingGroupName')" app
}

@test "an unhealthy instance is replaced" {
  use_fleet
  local instance
  instance=$(describe_group 'Instances[0].InstanceId')
  aws autoscaling set-instance-health --instance-id "$instance" --health-status Unhealthy
  settle

  [[ $(describe_group 'Instances[].InstanceId') != *"$instance"* ]]
  is "$(describe_group 'length(Instances)')" 2
}

@test "a refresh replaces the instances and leaves its configuration on the group" {
  use_fleet
  start_refresh 2 '{"MinHealthyPercentage": 100, "AutoRollback": true}'

  refused InstanceRefreshInProgress start_refresh 2 '{}'
  await_refresh InProgress
  await_refresh Successful
  settle
  is "$(describe_group '[LaunchTemplate.Version, Instances[0].LaunchTemplate.Version, Instances[1].LaunchTemplate.Version]')" $'2\t2\t2'
}

@test "a refresh that fails goes back to the former configuration" {
  use_fleet
  strict config '{"refresh_outcome": "failed"}'
  start_refresh 2 '{"MinHealthyPercentage": 100, "AutoRollback": true}'

  await_refresh RollbackInProgress
  await_refresh RollbackSuccessful
  settle
  is "$(describe_group '[LaunchTemplate.Version, Instances[0].LaunchTemplate.Version, Instances[1].LaunchTemplate.Version]')" $'1\t1\t1'
  start_refresh 2 '{}'
  await_refresh Failed
}

@test "an alarm ends a refresh, a person cancels or reverts it" {
  use_fleet
  aws cloudwatch put-metric-alarm --alarm-name bad --namespace n --metric-name m --statistic Sum --period 60 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanThreshold
  is "$(text aws cloudwatch describe-alarms --query 'MetricAlarms[].StateValue')" INSUFFICIENT_DATA
  aws cloudwatch set-alarm-state --alarm-name bad --state-value ALARM --state-reason test
  start_refresh 2 '{"AutoRollback": true, "AlarmSpecification": {"Alarms": ["bad"]}}'
  await_refresh RollbackSuccessful

  refused ActiveInstanceRefreshNotFound aws autoscaling cancel-instance-refresh --auto-scaling-group-name app
  start_refresh 2 '{}'
  aws autoscaling cancel-instance-refresh --auto-scaling-group-name app
  await_refresh Cancelled
  start_refresh 2 '{}'
  aws autoscaling rollback-instance-refresh --auto-scaling-group-name app
  await_refresh RollbackSuccessful
}

@test "automatic rollback needs a configuration that can be returned to" {
  use_fleet
  local resolved
  resolved=$(jq '.ImageId = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"' <<<"$data")
  aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$resolved" >"$BATS_TEST_TMPDIR/version"

  refused ValidationError aws autoscaling start-instance-refresh --auto-scaling-group-name app --preferences '{"AutoRollback": true}'
  # shellcheck disable=SC2016 # a name of AWS
  refused ValidationError start_refresh '$Latest' '{"AutoRollback": true}'
  refused ValidationError start_refresh 3 '{"AutoRollback": true}'
}

@test "life-cycle actions are accepted" {
  use_fleet

  aws autoscaling complete-lifecycle-action --auto-scaling-group-name app --lifecycle-hook-name drain --lifecycle-action-result CONTINUE --instance-id i-12345678
}

@test "a bucket policy's conditions count" {
  aws s3api create-bucket --bucket data --create-bucket-configuration LocationConstraint=eu-central-1
  aws s3api put-bucket-policy --bucket data --policy '{"Version":"2012-10-17","Statement":[
    {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],
     "Condition":{"Bool":{"aws:SecureTransport":"false"}}},
    {"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::data/v1/raw/*",
     "Condition":{"Null":{"s3:if-none-match":"true"}}},
    {"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/secret",
     "Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/other"}}}]}'

  aws s3api put-object --bucket data --key v1/raw/a --if-none-match '*'
  aws s3api put-object --bucket data --key secret
  refused AccessDenied aws s3api put-object --bucket data --key v1/raw/b
  refused PreconditionFailed aws s3api put-object --bucket data --key v1/raw/a --if-none-match '*'
  refused AccessDenied aws s3api get-object --bucket data --key secret "$BATS_TEST_TMPDIR/secret"
  is "$(curl -s -o /dev/null -w '%{http_code}' -H 'x-emulate-insecure-transport: yes' "$EMULATOR/data/v1/raw/a")" 403
  is "$(curl -s -o /dev/null -w '%{http_code}' "$EMULATOR/data/v1/raw/a")" 200
}

@test "a public bucket policy is blocked where that is set" {
  local policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}]}'
  aws s3 mb s3://data
  aws s3api put-public-access-block --bucket data --public-access-block-configuration BlockPublicPolicy=true

  refused AccessDenied aws s3api put-bucket-policy --bucket data --policy "$policy"
  refused MalformedPolicy aws s3api put-bucket-policy --bucket data --policy "${policy/data/other}"
  refused MalformedPolicy aws s3api put-bucket-policy --bucket data \
    --policy "${policy/'"*"'/'{"AWS": "arn:aws:iam::123456789012:role/none"}'}"
}

@test "a conditional put compares, and a second put keeps the first version" {
  local tag
  aws s3 mb s3://data
  aws s3api put-bucket-versioning --bucket data --versioning-configuration Status=Enabled
  tag=$(text aws s3api put-object --bucket data --key lease --body "$BATS_TEST_FILENAME" --query ETag)
  aws s3api put-object --bucket data --key lease --if-match "$tag"

  refused PreconditionFailed aws s3api put-object --bucket data --key lease --if-match "$tag"
  is "$(text aws s3api list-object-versions --bucket data --query 'length(Versions)')" 2
  refused BucketNotEmpty aws s3api delete-bucket --bucket data
}

@test "names keep within their limits" {
  local long
  long=$(printf 'a%.0s' {1..129})
  refused InvalidBucketName aws s3api create-bucket --bucket "${long:0:64}"
  refused InvalidBucketName aws s3api create-bucket --bucket Upper
  refused ValidationError aws iam create-role --role-name "${long:0:65}" --assume-role-policy-document '{}'
  refused InvalidParameterValue aws ec2 create-launch-template --launch-template-name "$long" --launch-template-data '{}'
}

@test "a session of a role may do what its policies say, on what they say, under their conditions" {
  make_role '{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::data/v1/*"},
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data", "Condition": {"StringLike": {"s3:prefix": "v1/*"}}},
    {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:eu-central-1:123456789012:parameter/mine/*"}'
  aws s3 mb s3://data
  aws ssm put-parameter --name /mine/a --type String --value a
  aws ssm put-parameter --name /other/a --type String --value a
  aws s3api put-object --bucket data --key v2/b
  become_role
  enforce_iam

  is "$(text aws sts get-caller-identity --query Arn)" arn:aws:sts::123456789012:assumed-role/app/i-1
  aws s3api put-object --bucket data --key 'v1/dt=2026-01-01/a b+ü'
  is "$(text aws s3api list-objects-v2 --bucket data --prefix 'v1/dt=2026-01-01/a b' --query 'Contents[].Key')" 'v1/dt=2026-01-01/a b+ü'
  is "$(text aws ssm get-parameter --name /mine/a --query Parameter.Value)" a
  refused AccessDenied aws s3api list-objects-v2 --bucket data --prefix v2/
  refused AccessDenied aws s3api put-object --bucket data --key v2/a
  refused AccessDenied aws s3api delete-object --bucket data --key v1/a
  refused 403 aws s3api head-object --bucket data --key v2/b
  refused AccessDeniedException aws ssm get-parameter --name /other/a
  refused UnauthorizedOperation aws ec2 create-vpc --cidr-block 10.0.0.0/16
  refused AccessDenied aws iam list-roles
}

@test "who deploys must be allowed to tag, and to hand roles on" {
  local policy
  make_role '{"Effect": "Allow", "Action": "*", "Resource": "*"}'
  aws iam create-instance-profile --instance-profile-name app
  aws iam add-role-to-instance-profile --instance-profile-name app --role-name app
  data=$(jq -n --arg group "$group" '{ImageId: "ami-12c6146b", InstanceType: "t3.nano", SecurityGroupIds: [$group], IamInstanceProfile: {Name: "app"}}')
  template=$(text aws ec2 create-launch-template --launch-template-name role --launch-template-data "$data" --query LaunchTemplate.LaunchTemplateId)
  become_role
  enforce_iam

  aws ec2 create-vpc --cidr-block 10.7.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=a,Value=b}]'
  policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": ["iam:PassRole", "ec2:CreateTags"], "Resource": "*"},
    {"Effect": "Deny", "Action": "ec2:DeleteSubnet", "Resource": "*", "Condition": {"Null": {"aws:ResourceTag/mine": "true"}}}]}'
  aws iam put-role-policy --role-name app --policy-name app --policy-document "$policy"
  refused UnauthorizedOperation aws ec2 create-vpc --cidr-block 10.8.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=a,Value=b}]'
  refused AccessDenied create_group app
  refused UnauthorizedOperation aws ec2 delete-subnet --subnet-id "$subnet_a"
}

@test "strangers, forged signatures and expired credentials are told apart" {
  enforce_iam

  AWS_ACCESS_KEY_ID=AKIASTRANGER refused InvalidClientTokenId aws sts get-caller-identity
  AWS_SECRET_ACCESS_KEY=wrong refused SignatureDoesNotMatch aws s3api list-buckets
  AWS_SESSION_TOKEN=expired refused ExpiredToken aws sts get-caller-identity
  strict config '{"expired_credentials": true}'
  refused RequestExpired aws ec2 describe-vpcs
  refused ExpiredTokenException aws ssm describe-parameters
}

@test "an injected failure strikes as often as told" {
  strict config '{"action": "CreateVpc", "code": "VpcLimitExceeded", "times": 1}'

  refused VpcLimitExceeded aws ec2 create-vpc --cidr-block 10.5.0.0/16
  aws ec2 create-vpc --cidr-block 10.5.0.0/16
}

@test "each call is recorded" {
  strict reset-calls '{}'
  aws ec2 describe-vpcs
  aws ssm put-parameter --name a --type String --value a
  refused ParameterAlreadyExists aws ssm put-parameter --name a --type String --value a

  is "$(strict calls | jq -c '.[] | [.service, .action, .mutating, .error, .principal]')" "$(printf '%s\n' \
    '["ec2","DescribeVpcs",false,null,"arn:aws:iam::123456789012:root"]' \
    '["ssm","PutParameter",true,null,"arn:aws:iam::123456789012:root"]' \
    '["ssm","PutParameter",true,"ParameterAlreadyExists","arn:aws:iam::123456789012:root"]')"
}

@test "the inventory of two equal accounts has the same bytes, and of others it has not" {
  local first=$EMULATOR
  make_balancer
  make_fleet
  strict inventory >"$BATS_TEST_TMPDIR/first"
  fork_emulator
  make_fleet
  make_balancer
  strict inventory >"$BATS_TEST_TMPDIR/second"
  aws elbv2 modify-target-group --target-group-arn "$target_group" --health-check-interval-seconds 7 --health-check-timeout-seconds 6
  strict inventory >"$BATS_TEST_TMPDIR/third"

  [[ $first != "$EMULATOR" ]]
  cmp "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/second"
  run cmp "$BATS_TEST_TMPDIR/second" "$BATS_TEST_TMPDIR/third"
  ((status == 1))
  jq -e '(.["load-balancer"] | length == 1) and (.subnet | any(.SubnetId == "subnet/10.0.0.0/24"))' "$BATS_TEST_TMPDIR/first"
}

@test "a kill strikes after the change and before its answer" {
  # shellcheck disable=SC2016 # expanded by the inner shell
  run setsid --wait bash -c '
    curl --silent --data "{\"after\": 2, \"pgid\": $$}" "$EMULATOR/strict/kill"
    aws ec2 create-vpc --cidr-block 10.1.0.0/16 >"$1"
    aws ssm put-parameter --name a --type String --value a >"$1"
    echo survived' _ "$BATS_TEST_TMPDIR/answer"

  ((status != 0))
  [[ $output != *survived* && ! -s $BATS_TEST_TMPDIR/answer ]]
  is "$(text aws ssm get-parameter --name a --query Parameter.Version)" 1
}

@test "a snapshot is kept after each change" {
  strict snapshot '{"on": true}'
  aws ssm put-parameter --name a --type String --value a
  aws ssm get-parameter --name a
  aws ssm put-parameter --name b --type String --value b

  is "$(strict snapshot | jq -c 'map([.number, .call.action])')" '[[1,"PutParameter"],[2,"PutParameter"]]'
  use_emulator "$(strict snapshot | jq -r '.[0].endpoint')"
  aws ssm get-parameter --name a
  refused ParameterNotFound aws ssm get-parameter --name b
  strict stop '{}'
  run aws ssm get-parameter --name a
  [[ $status != 0 && $output == *'Could not connect'* ]]
}

@test "the pre-forked command line has its caller's input, directory and status" {
  local big=$BATS_TEST_TMPDIR/big
  head -c 20000000 /dev/urandom >"$big"
  aws s3 mb s3://data
  aws s3 cp - s3://data/big <"$big"
  aws s3 cp s3://data/big - | cmp - "$big"
  cd "$BATS_TEST_TMPDIR"
  aws s3api put-object --bucket data --key big --body big
  run aws ec2 no-such-command
  ((status == 2 || status == 252))
  run env -i "$(command -v aws)" sts get-caller-identity
  [[ $status != 0 && $output == *credentials* ]]
}

@test "who kills the command line kills its call" {
  local pipe=$BATS_TEST_TMPDIR/pipe client status=0
  mkfifo "$pipe"
  aws s3 mb s3://data
  aws s3 cp - s3://data/never <"$pipe" &
  client=$!
  exec {writer}>"$pipe"
  kill -KILL "$client"

  # Ends when nobody reads on, and not before.
  timeout 20 yes >&"$writer" || status=$?
  ((status != 124))
  refused 404 aws s3api head-object --bucket data --key never
}
