# What the tests of the emulator share.

text() {
  "$@" --output text
}

refused() {
  local code=$1
  shift
  run "$@"
  if ((${status:?} == 0)) || [[ ${output-} != *"($code)"* ]]; then
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
  export vpc subnet_a subnet_b gateway group
}

make_balancer() {
  balancer=$(text aws elbv2 create-load-balancer --name app --subnets "$subnet_a" "$subnet_b" --security-groups "$group" --query 'LoadBalancers[0].LoadBalancerArn')
  target_group=$(text aws elbv2 create-target-group --name app --protocol HTTP --port 8080 --vpc-id "$vpc" --query 'TargetGroups[0].TargetGroupArn')
  listener=$(text aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 --default-actions "Type=forward,TargetGroupArn=$target_group" --query 'Listeners[0].ListenerArn')
  export balancer target_group listener
}

make_fleet() {
  data=$(jq -n --arg group "$group" '{ImageId: "ami-12c6146b", InstanceType: "t3.nano", SecurityGroupIds: [$group]}')
  template=$(text aws ec2 create-launch-template --launch-template-name app --launch-template-data "$data" --query LaunchTemplate.LaunchTemplateId)
  aws ec2 create-launch-template-version --launch-template-id "$template" --launch-template-data "$data"
  export data template
  create_group app "$@"
}

create_group() {
  local name=$1
  shift
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$name" --min-size 2 --max-size 4 \
    --launch-template "LaunchTemplateId=$template,Version=1" --vpc-zone-identifier "$subnet_a,$subnet_b" "$@"
}
