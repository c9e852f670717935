#!/usr/bin/env bats
#
# How balancers, groups and instance refreshes behave as on AWS, and not as in plain moto.

load emulator
# shellcheck source-path=SCRIPTDIR source=fixture.bash
source "$BATS_TEST_DIRNAME/fixture.bash"

# A copy has the network only, or balancer and instances too.
setup_file() {
  start_emulator
  make_network
  fork_emulator
  make_balancer
  make_fleet --target-group-arns "$target_group"
  settle
  export FLEET=$EMULATOR
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

describe_group() {
  text aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names app --query "AutoScalingGroups[].$1"
}

settle() {
  local state
  for _ in {1..20}; do
    state=$(describe_group 'Instances[].LifecycleState')
    [[ $state == *ing* ]] || return 0
  done
  return 1
}

start_refresh() {
  aws autoscaling start-instance-refresh --auto-scaling-group-name app --preferences "$2" \
    --desired-configuration "{\"LaunchTemplate\": {\"LaunchTemplateId\": \"$template\", \"Version\": \"$1\"}}"
}

await_refresh() {
  local wanted=$1 seen=()
  for _ in {1..99}; do
    seen+=("$(text aws autoscaling describe-instance-refreshes --auto-scaling-group-name app --query 'InstanceRefreshes[0].Status')")
    [[ ${seen[-1]} != "$wanted" ]] || return 0
  done
  echo "wanted $wanted, saw ${seen[*]}"
  return 1
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
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" --attributes Key=deletion_protection.enabled,Value=true

  refused OperationNotPermitted aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"
}

@test "access logs go only where the bucket's policy lets them" {
  use_fleet
  local enable=(aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" --attributes)
  enable+=("Key=access_logs.s3.enabled,Value=true" "Key=access_logs.s3.bucket,Value=logs")
  aws s3 mb s3://logs

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
    --target-tracking-configuration '{"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"},"TargetValue":70}'

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
      --target-tracking-configuration '{"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"},"TargetValue":70}'
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
  aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$resolved"

  refused ValidationError aws autoscaling start-instance-refresh --auto-scaling-group-name app --preferences '{"AutoRollback": true}'
  # shellcheck disable=SC2016 # a name of AWS
  refused ValidationError start_refresh '$Latest' '{"AutoRollback": true}'
  refused ValidationError start_refresh 3 '{"AutoRollback": true}'
}

# wait_for_word RESULT: the group's launches wait for what its instances say.
wait_for_word() {
  aws autoscaling put-lifecycle-hook --auto-scaling-group-name app --lifecycle-hook-name launching \
    --lifecycle-transition autoscaling:EC2_INSTANCE_LAUNCHING --default-result "$1" --heartbeat-timeout 900
}

# launch_one: as one more, and waits for it to come to WAIT; prints its id.
launch_one() {
  aws autoscaling set-desired-capacity --auto-scaling-group-name app --desired-capacity 3
  until [[ $(describe_group 'Instances[2].LifecycleState') != Pending ]]; do :; done
  describe_group 'Instances[2].InstanceId'
}

say_of_launch() {
  aws autoscaling complete-lifecycle-action --auto-scaling-group-name app --lifecycle-hook-name "${3:-launching}" \
    --lifecycle-action-result "$1" --instance-id "$2"
}

# The last launch as the group's activities have it.
launch_activity() {
  text aws autoscaling describe-scaling-activities --auto-scaling-group-name app \
    --query "Activities[?starts_with(Description,'Launching a new EC2 instance: $1')].[StatusCode,StatusMessage]"
}

@test "a launch waits until its instance is said to serve, and only then the balancer knows it" {
  use_fleet
  local instance targets=(text aws elbv2 describe-target-health --target-group-arn "$target_group" --query 'length(TargetHealthDescriptions)')
  wait_for_word ABANDON
  instance=$(launch_one)

  is "$(describe_group 'Instances[2].LifecycleState')" Pending:Wait
  is "$(launch_activity "$instance")" $'MidLifecycleAction\tNone'
  is "$("${targets[@]}")" 2
  refused ValidationError say_of_launch CONTINUE "$instance" other
  refused ValidationError say_of_launch PERHAPS "$instance"
  say_of_launch CONTINUE "$instance"
  is "$(describe_group 'Instances[2].LifecycleState')" InService
  is "$("${targets[@]}")" 3
  is "$(launch_activity "$instance")" $'Successful\tNone'
  refused 'ValidationError' say_of_launch CONTINUE "$instance"
  [[ $output == *"No active Lifecycle Action found with instance ID $instance" ]]
}

@test "a launch that is abandoned ends its instance, and another is launched" {
  use_fleet
  local instance
  wait_for_word CONTINUE
  instance=$(launch_one)
  say_of_launch ABANDON "$instance"

  is "$(describe_group "Instances[?InstanceId=='$instance'].LifecycleState")" Terminating
  [[ $(launch_activity "$instance") == $'Cancelled\tInstance failed to complete user\'s Lifecycle Action: Lifecycle Action with token '*' was abandoned: Lifecycle Action Completed with ABANDON Result' ]]
  settle
  is "$(describe_group 'length(Instances)')" 3
  [[ $(describe_group 'Instances[].InstanceId') != *"$instance"* ]]
}

@test "a launch of which nobody says anything ends as its hook has it" {
  use_fleet
  local instance
  wait_for_word ABANDON
  instance=$(launch_one)
  until [[ $(describe_group "Instances[?InstanceId=='$instance'].LifecycleState") != Pending:Wait ]]; do :; done
  [[ $(launch_activity "$instance") == Cancelled*'was abandoned: Heartbeat Timeout' ]]
  wait_for_word CONTINUE
  settle
  is "$(describe_group 'Instances[].LifecycleState')" $'InService\tInService\tInService'
}

# version_that_tells: of the template, with user-data that says how the boot went.
version_that_tells() {
  aws ec2 create-launch-template-version --launch-template-id "$template" --query LaunchTemplateVersion.VersionNumber --output text \
    --launch-template-data "$(jq --arg text "$(base64 <<<'aws autoscaling complete-lifecycle-action')" '.UserData = $text' <<<"$data")"
}

@test "a refresh goes on when new instances serve, and gives up in the end" {
  use_fleet
  wait_for_word ABANDON
  is "$(version_that_tells)" 3
  start_refresh 3 '{"MinHealthyPercentage": 100, "AutoRollback": true}'
  await_refresh Successful
  settle
  is "$(describe_group 'Instances[].LaunchTemplate.Version')" $'3\t3'

  is "$(version_that_tells)" 4
  strict config '{"boots": {"4": ["failing"]}}'
  start_refresh 4 '{"MinHealthyPercentage": 100, "AutoRollback": true}'
  await_refresh RollbackSuccessful
  is "$(describe_group "Instances[?LifecycleState!='Terminating'].LaunchTemplate.Version")" $'3\t3'
  [ "$(text aws autoscaling describe-scaling-activities --auto-scaling-group-name app --query "length(Activities[?StatusCode=='Cancelled'])")" -gt 1 ]
}

@test "a boot that fails where nobody waits for its word says that its instance is unhealthy" {
  use_fleet
  is "$(version_that_tells)" 3
  strict config '{"boots": {"3": ["failing"]}}'
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name app --launch-template "LaunchTemplateId=$template,Version=3"
  launch_one
  is "$(describe_group 'Instances[2].[LifecycleState,HealthStatus]')" $'Terminating\tUnhealthy'
}
