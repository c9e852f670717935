#!/usr/bin/env bats
#
# Bucket policies, IAM and S3 conditions, which plain moto ignores or refuses wholesale.

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

# As root still, so that the test can go on when IAM is on.
enforce_iam() {
  strict config '{"enforce_iam": true}'
}

make_role() {
  aws iam create-role --role-name app --assume-role-policy-document '{"Version": "2012-10-17", "Statement":
    [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
  aws iam put-role-policy --role-name app --policy-name app --policy-document "{\"Version\": \"2012-10-17\", \"Statement\": [$1]}"
}

become_role() {
  local key secret token
  read -r key secret token < <(text aws sts assume-role --role-arn arn:aws:iam::123456789012:role/app --role-session-name i-1 \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
  export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token
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
  export template
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
