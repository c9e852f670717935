#!/usr/bin/env bats
#
# What the emulator refuses, and plain moto lets pass.

load emulator

setup_file() {
  start_emulator
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

make_network() {
  vpc=$(text aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId)
  subnet_a=$(text aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.0.0/24 --availability-zone eu-central-1a --query Subnet.SubnetId)
  subnet_b=$(text aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/24 --availability-zone eu-central-1b --query Subnet.SubnetId)
  internet_gateway=$(text aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId)
  aws ec2 attach-internet-gateway --internet-gateway-id "$internet_gateway" --vpc-id "$vpc"
  group=$(text aws ec2 create-security-group --vpc-id "$vpc" --group-name app --description app --query GroupId)
}

make_fleet() {
  local data
  target_group=$(text aws elbv2 create-target-group --name app --protocol HTTP --port 8080 --vpc-id "$vpc" --query 'TargetGroups[0].TargetGroupArn')
  data=$(jq -n --arg group "$group" '{ImageId: "ami-12c6146b", InstanceType: "t4g.nano", SecurityGroupIds: [$group]}')
  template=$(text aws ec2 create-launch-template --launch-template-name app --launch-template-data "$data" --query LaunchTemplate.LaunchTemplateId)
  aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$data" >"$BATS_TEST_TMPDIR/version"
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name app --min-size 2 --max-size 4 \
    --launch-template "LaunchTemplateId=$template,Version=1" --vpc-zone-identifier "$subnet_a,$subnet_b" --target-group-arns "$target_group"
}

@test "a group of an existing name is refused" {
  make_network
  make_fleet

  refused AlreadyExists aws autoscaling create-auto-scaling-group --auto-scaling-group-name app --min-size 0 --max-size 1 \
    --launch-template "LaunchTemplateId=$template,Version=1" --vpc-zone-identifier "$subnet_a"
}

@test "a bucket policy's conditions count" {
  aws s3api create-bucket --bucket data --create-bucket-configuration LocationConstraint=eu-central-1
  aws s3api put-bucket-policy --bucket data --policy '{"Version":"2012-10-17","Statement":[
    {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],
     "Condition":{"Bool":{"aws:SecureTransport":"false"}}},
    {"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::data/v1/raw/*",
     "Condition":{"Null":{"s3:if-none-match":"true"}}}]}'

  aws s3api put-object --bucket data --key v1/raw/a --if-none-match '*'
  aws s3api put-object --bucket data --key fleet/a
  refused AccessDenied aws s3api put-object --bucket data --key v1/raw/b
  refused PreconditionFailed aws s3api put-object --bucket data --key v1/raw/a --if-none-match '*'
  [[ $(curl -s -o /dev/null -w '%{http_code}' -H 'x-emulate-insecure-transport: yes' "$EMULATOR/data/v1/raw/a") == 403 ]]
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$EMULATOR/data/v1/raw/a") == 200 ]]
}
