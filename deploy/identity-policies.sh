# shellcheck shell=bash
#
# The policies of identity.sh. Sourced.

identity_trust() {
  cat <<JSON
{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}
JSON
}

# No delete anywhere, and no AmazonSSMManagedInstanceCore: that managed policy lets an instance read every parameter of the
# account, secrets included. What a node may write, the bucket's policy narrows further: raw objects once only.
identity_role_policy() {
  local data releases logs='' here=$region:$account
  data=arn:$partition:s3:::$(storage_bucket data)
  releases=arn:$partition:s3:::$(storage_bucket releases)
  # The group has an id in its ARN that is only known once it exists, and the name after it is unique in the region.
  local group="arn:$partition:autoscaling:$here:autoScalingGroup:*:autoScalingGroupName/$name"
  # Streams are named by the instances that write them.
  [[ ${setting[JOURNAL_LOGS]} == no ]] \
    || logs=",{\"Sid\":\"Journal\",\"Effect\":\"Allow\",\"Action\":[\"logs:CreateLogStream\",\"logs:PutLogEvents\"],
      \"Resource\":\"arn:$partition:logs:$here:log-group:/fleetdash/${setting[ENV]}:*\"}"
  # ArchiveNames: without permission to list, S3 says 403 instead of 404 of an object that is not there, and a get has no
  # prefix, so that the condition counts only where there is one.
  # SessionManager: AWS defines no resources for the channels, and none that exists before the instance for its report.
  cat <<JSON
{"Version":"2012-10-17","Statement":[
  {"Sid":"Archive","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["$data/v1/*","$data/fleet/*"]},
  {"Sid":"ArchiveNames","Effect":"Allow","Action":"s3:ListBucket","Resource":"$data",
   "Condition":{"StringLikeIfExists":{"s3:prefix":["v1/*","fleet/*"]}}},
  {"Sid":"Release","Effect":"Allow","Action":"s3:GetObject","Resource":"$releases/releases/*"},
  {"Sid":"Parameters","Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:$partition:ssm:$here:parameter/fleetdash/${setting[ENV]}/*"},
  {"Sid":"OwnHealth","Effect":"Allow","Action":["autoscaling:CompleteLifecycleAction","autoscaling:SetInstanceHealth"],"Resource":"$group"},
  {"Sid":"SessionManager","Effect":"Allow","Resource":"*","Action":["ssm:UpdateInstanceInformation",
   "ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"]}$logs]}
JSON
}

# Rows, rollups and what explains them; never fleet/, where the key of the members is. Athena asks where the bucket is.
identity_analyst_policy() {
  local data
  data=arn:$partition:s3:::$(storage_bucket data)
  cat <<JSON
{"Version":"2012-10-17","Statement":[
  {"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":["$data/v1/*","$data/README.md"]},
  {"Sid":"List","Effect":"Allow","Action":"s3:ListBucket","Resource":"$data","Condition":{"StringLike":{"s3:prefix":"v1/*"}}},
  {"Sid":"Place","Effect":"Allow","Action":"s3:GetBucketLocation","Resource":"$data"}]}
JSON
}
