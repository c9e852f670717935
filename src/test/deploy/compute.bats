#!/usr/bin/env bats
#
# Launch template and Auto Scaling group against the emulator, property by property, after the practice of the
# Well-Architected Framework that it serves, and what is done by hand to them put right.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  base_of 'network_ensure security_ensure balancer_ensure compute_ensure rollout_await_healthy'
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# template VERSION QUERY
template() {
  reads "LaunchTemplateVersions[0].LaunchTemplateData.$2" ec2 describe-launch-template-versions \
    --launch-template-name fleetdash-prod --versions "$1"
}

group() {
  reads "AutoScalingGroups[0].$1" autoscaling describe-auto-scaling-groups --auto-scaling-group-names fleetdash-prod
}

hook() {
  reads 'LifecycleHooks[].[LifecycleTransition,DefaultResult,HeartbeatTimeout]' \
    autoscaling describe-lifecycle-hooks --auto-scaling-group-name fleetdash-prod --lifecycle-hook-names "$1"
}

balancer_name() {
  reads 'LoadBalancers[].DNSName' elbv2 describe-load-balancers
}

user_data() {
  template "$1" UserData | base64 -d
}

@test "the table of an instance's properties holds" {
  expect 'SEC06-BP02 provision compute from hardened images: IMDSv2 only, and not from a container' 'required enabled 1' \
    "$(template 1 'MetadataOptions.[HttpTokens,HttpEndpoint,HttpPutResponseHopLimit]')"
  expect 'Reliability: a tag with a blank in its name, which metadata cannot show, stops no launch' None "$(template 1 MetadataOptions.InstanceMetadataTags)"
  expect 'SEC08-BP02 enforce encryption at rest' 'gp3 True 10 True' \
    "$(template 1 'BlockDeviceMappings[0].Ebs.[VolumeType,Encrypted,VolumeSize,DeleteOnTermination]')"
  expect 'Security: a role, no keys' fleetdash-prod-host "$(template 1 IamInstanceProfile.Name)"
  expect 'Security: no key pair to sign in with' '' "$(template 1 KeyName | sed s/None//)"
  expect 'Security: the group of the hosts only' fleetdash-prod-hosts \
    "$(reads 'SecurityGroups[].GroupName' ec2 describe-security-groups --group-ids "$(template 1 'SecurityGroupIds[]')")"
  expect 'Operations: metrics each minute' True "$(template 1 Monitoring.Enabled)"
  expect 'COST03-BP02 add organization information to cost and usage: tags' 'instance fleetdash-prod prod volume fleetdash-prod prod' \
    "$(template 1 'TagSpecifications[].[ResourceType,Tags[0].Value,Tags[1].Value][]')"
  expect 'Sustainability: Graviton, and its image' \
    "$(reads Parameter.Value ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64) t4g.micro" \
    "$(template 1 '[ImageId,InstanceType]')"
}

@test "the table of the group's properties holds" {
  expect 'REL10-BP01 deploy the workload to multiple locations: two private subnets' \
    "$(reads 'sort(Subnets[].SubnetId)' ec2 describe-subnets --filters 'Name=tag:Name,Values=fleetdash-prod-private-*' | tr ' ' ,)" \
    "$(group VPCZoneIdentifier | tr , '\n' | sort | paste -sd, -)"
  expect 'Reliability: two at least' '2 4' "$(group '[MinSize,MaxSize]')"
  expect 'REL11-BP03 automate healing on all layers: what the balancer finds unhealthy is replaced' 'ELB 60' \
    "$(group '[HealthCheckType,HealthCheckGracePeriod]')"
  expect 'Reliability: a new one comes before an old one goes' '100 150' \
    "$(group 'InstanceMaintenancePolicy.[MinHealthyPercentage,MaxHealthyPercentage]')"
  expect 'Reliability: time for the last put' 'autoscaling:EC2_INSTANCE_TERMINATING CONTINUE 60' "$(hook terminating)"
  expect 'Reliability: in service is who says that it serves, within the slowest first boot' 'autoscaling:EC2_INSTANCE_LAUNCHING ABANDON 900' \
    "$(hook launching)"
  expect 'REL07-BP01 use automation when scaling: 70 % CPU' 'ASGAverageCPUUtilization 70.0' \
    "$(reads 'ScalingPolicies[].TargetTrackingConfiguration.[PredefinedMetricSpecification.PredefinedMetricType,TargetValue]' \
      autoscaling describe-policies --auto-scaling-group-name fleetdash-prod)"
  expect 'Performance: what an instance does for its next start is not load' 120 "$(group DefaultInstanceWarmup)"
  expect 'Operations: its metrics are on' 8 "$(group 'length(EnabledMetrics)')"
  expect 'Operations: the oldest template goes first' 'OldestLaunchTemplate Default' "$(group 'TerminationPolicies')"
  expect 'Cost: an instance that is not spot is not replaced for a spot notice' False "$(group CapacityRebalance)"
  expect 'Reliability: a number, so that a roll-out can go back' 1 "$(group LaunchTemplate.Version)"
}

@test "user-data is the shipped file with the deployment's settings, and small enough" {
  user_data 1 >"$BATS_TEST_TMPDIR/user-data"
  bash -n "$BATS_TEST_TMPDIR/user-data"
  diff <(sed '/^# <settings>/,/^# <\/settings>/d' "$BATS_TEST_TMPDIR/user-data") \
    <(sed '/^# <settings>/,/^# <\/settings>/d' "$BATS_TEST_DIRNAME/../../../userdata/user-data.sh")
  (($(wc -c <"$BATS_TEST_TMPDIR/user-data") <= 16384))
  run sed -n '/^# <settings>/,/^# <\/settings>/p' "$BATS_TEST_TMPDIR/user-data"
  [ "$output" = "# <settings>
ENVIRONMENT='prod'
REGION='eu-central-1'
RELEASE_BUCKET='fleetdash-prod-123456789012-eu-central-1-releases'
RELEASE='current'
GROUP='fleetdash-prod'
LOG_GROUP=''
SETTINGS=(FLEETDASH_ARCHIVE='s3://fleetdash-prod-123456789012-eu-central-1-data' FLEETDASH_BIND='0.0.0.0' FLEETDASH_PORT='8080' FLEETDASH_FLUSH='60s' FLEETDASH_RETAIN_RAW='40d' FLEETDASH_RETAIN_1S='400d' FLEETDASH_RETAIN_1M='2y' FLEETDASH_RETAIN_1H='10y' FLEETDASH_RETAIN_1D='10y' FLEETDASH_DRAIN='0s' FLEETDASH_PEERS_ALLOW='10.80.0.0/20' FLEETDASH_TRUST_PROXY='10.80.0.0/22,10.80.4.0/22' FLEETDASH_URL='http://$(balancer_name)' FLEETDASH_ALLOW_HOSTS='$(balancer_name)')
# </settings>" ]
}

@test "a second run changes nothing" {
  [ -z "$(changes compute_ensure)" ]
}

@test "a plan of nothing says nothing, and changes nothing" {
  [ -z "$(plan compute_ensure)" ]
}

@test "another setting makes another version, and the former setting finds the former version again" {
  [ "$(changes compute_ensure FLUSH=30s)" = CreateLaunchTemplateVersion ]
  [[ $(user_data 2) == *"FLEETDASH_FLUSH='30s'"* ]]
  [ -z "$(changes compute_ensure FLUSH=30s)" ]
  [ -z "$(changes compute_ensure)" ]
  expect 'the roll-out decides on the group' 1 "$(group LaunchTemplate.Version)"
}

@test "instances answer under the balancer's name and DOMAIN, and no longer under a DOMAIN that was given up" {
  local names=dash.example.org,metrics.example.org
  [ "$(changes compute_ensure DOMAIN="$names")" = CreateLaunchTemplateVersion ]
  [[ $(user_data 2) == *"FLEETDASH_ALLOW_HOSTS='$(balancer_name),$names')"* ]]
  [ -z "$(changes compute_ensure DOMAIN="$names")" ]
  [ "$(changes compute_ensure DOMAIN=board.example.org)" = CreateLaunchTemplateVersion ]
  [[ $(user_data 3) == *"FLEETDASH_ALLOW_HOSTS='$(balancer_name),board.example.org')"* ]]
}

@test "another balancer has another name, and the instances are told" {
  sed "\$a id[balancer_dns]=fleetdash-prod-2.eu-central-1.elb.amazonaws.com" "$PARTS_IDS" >"$BATS_TEST_TMPDIR/ids"
  [ "$(PARTS_IDS=$BATS_TEST_TMPDIR/ids changes compute_ensure)" = CreateLaunchTemplateVersion ]
  [[ $(user_data 2) == *"FLEETDASH_ALLOW_HOSTS='fleetdash-prod-2.eu-central-1.elb.amazonaws.com'"* ]]
}

@test "an Intel instance type gets an Intel image, and spot is asked for and rebalanced" {
  [ "$(changes compute_ensure INSTANCE_TYPE=t3.micro PURCHASE=spot)" = $'CreateLaunchTemplateVersion\nUpdateAutoScalingGroup' ]
  expect 'image and market' \
    "$(reads Parameter.Value ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64) spot" \
    "$(template 2 '[ImageId,InstanceMarketOptions.MarketType]')"
  expect 'REL11-BP03 automate healing on all layers: before a spot instance is taken away' True "$(group CapacityRebalance)"
  [ -z "$(changes compute_ensure INSTANCE_TYPE=t3.micro PURCHASE=spot)" ]
}

@test "what was done by hand is put right, and how many are wanted is left alone" {
  local by_hand=(autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod)
  aws autoscaling set-desired-capacity --auto-scaling-group-name fleetdash-prod --desired-capacity 3
  aws "${by_hand[@]}" --max-size 9 --health-check-type EC2 --default-instance-warmup 1
  aws autoscaling suspend-processes --auto-scaling-group-name fleetdash-prod --scaling-processes ReplaceUnhealthy
  aws autoscaling put-lifecycle-hook --auto-scaling-group-name fleetdash-prod --lifecycle-hook-name terminating \
    --lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING --heartbeat-timeout 3600 --default-result ABANDON
  aws autoscaling delete-lifecycle-hook --auto-scaling-group-name fleetdash-prod --lifecycle-hook-name launching
  aws autoscaling delete-policy --auto-scaling-group-name fleetdash-prod --policy-name cpu

  run changes compute_ensure
  [ "$output" = 'UpdateAutoScalingGroup
PutLifecycleHook
PutLifecycleHook
UpdateAutoScalingGroup
UpdateAutoScalingGroup
ResumeProcesses
PutScalingPolicy' ]
  [ -z "$(changes compute_ensure)" ]
  expect 'desired capacity' 3 "$(group DesiredCapacity)"
}

# What one more instance comes to, whose boot goes as $1 has it: its states until it is in service, or gone.
one_more() {
  local instance='' state seen=(launched)
  strict config "{\"boots\": {\"1\": [\"$1\"]}}" >/dev/null
  aws autoscaling set-desired-capacity --auto-scaling-group-name fleetdash-prod --desired-capacity 3
  until [[ -n $instance ]]; do
    instance=$(group "Instances[?starts_with(LifecycleState,'Pending')].InstanceId|[0]" | sed s/None//)
  done
  until [[ ${seen[-1]} == @(InService|Terminating) ]]; do
    state=$(group "Instances[?InstanceId=='$instance'].LifecycleState|[0]")
    [[ ${seen[-1]} == "$state" ]] || seen+=("$state")
  done
  echo "${seen[*]}"
}

launches_that_failed() {
  reads "Activities[?StatusCode=='Cancelled']|[-1].StatusMessage" autoscaling describe-scaling-activities --auto-scaling-group-name fleetdash-prod
}

@test "an instance is in service when its boot went well, and never when it failed or says nothing" {
  [[ $(one_more good) == *'Pending:Wait InService' ]]
  fork_emulator
  [[ $(one_more failing) == *'Pending:Wait Terminating' ]]
  [[ $(launches_that_failed) == *'was abandoned: Lifecycle Action Completed with ABANDON Result' ]]
  fork_emulator
  [[ $(one_more hung) == *'Pending:Wait Terminating' ]]
  [[ $(launches_that_failed) == *'was abandoned: Heartbeat Timeout' ]]
}

@test "a newer image is a change that is named" {
  local newest older
  newest=$(template 1 ImageId)
  older=$(aws ec2 create-image --name older --instance-id "$(group 'Instances[0].InstanceId')" --output text)
  sed "\$a id[image]=$older" "$PARTS_IDS" >"$BATS_TEST_TMPDIR/ids"
  PARTS_IDS=$BATS_TEST_TMPDIR/ids changes compute_ensure FLUSH=30s
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name fleetdash-prod \
    --launch-template LaunchTemplateName=fleetdash-prod,Version=2

  [ "$(plan compute_ensure FLUSH=30s)" = $'create\tversion of launch template fleetdash-prod\t'"current, newer Amazon Linux $older → $newest" ]
}

@test "what AWS has to say of a template that it makes is said" {
  sed "\$a id[image]=ami-0123456789abcdef0" "$PARTS_IDS" >"$BATS_TEST_TMPDIR/ids"
  PARTS_IDS=$BATS_TEST_TMPDIR/ids run -0 changes compute_ensure FLUSH=30s
  [ "$output" = CreateLaunchTemplateVersion ]
  grep -q "warning: launch template fleetdash-prod: InvalidAMIID.NotFound: The image id '\[ami-0123456789abcdef0\]' does not exist" "$BATS_TEST_TMPDIR/log"
}

@test "an instance type that is nowhere is said so" {
  run ! parts apply compute_ensure INSTANCE_TYPE=t99.huge
  [[ $output == *'there is no instance type t99.huge in eu-central-1'* ]]
}

@test "an instance type with too little memory for a boot is refused" {
  run ! parts apply compute_ensure INSTANCE_TYPE=t4g.nano
  [[ $output == *'INSTANCE_TYPE t4g.nano has 512 MiB of memory, and an instance needs 1024'*'choose t4g.micro'* ]]
}

# The calls that tried to make the group.
tries() {
  strict calls | jq -r '[.[] | select(.action == "CreateAutoScalingGroup") | .error // "made"] | join(" ")'
}

@test "a profile that Auto Scaling does not know yet is waited for, and what is wrong is not" {
  local profile=(--instance-profile-name fleetdash-prod-host)
  changes compute_delete
  aws iam remove-role-from-instance-profile "${profile[@]}" --role-name fleetdash-prod-host
  aws iam delete-instance-profile "${profile[@]}"
  aws iam create-instance-profile "${profile[@]}" >/dev/null
  aws iam add-role-to-instance-profile "${profile[@]}" --role-name fleetdash-prod-host
  changes compute_ensure
  expect 'tries' 'ValidationError ValidationError made' "$(tries)"

  changes compute_delete
  strict reset-calls '{}'
  sed "\$a id[image]=ami-0123456789abcdef0" "$PARTS_IDS" >"$BATS_TEST_TMPDIR/ids"
  PARTS_IDS=$BATS_TEST_TMPDIR/ids run -1 parts apply compute_ensure
  expect 'tries' ValidationError "$(tries)"
}

@test "the instances go first, then the group, then the template, and then there is nothing to delete" {
  run changes compute_delete
  [ "$output" = $'UpdateAutoScalingGroup\nDeleteAutoScalingGroup\nDeleteLaunchTemplate' ]
  expect 'instances' '' "$(reads "Reservations[].Instances[?State.Name!='terminated'][].InstanceId" ec2 describe-instances)"
  [ -z "$(changes compute_delete)" ]
}
