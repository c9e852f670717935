#!/usr/bin/env bats
#
# The buckets against the emulator: property by property, put right after drift, kept or deleted with the deployment.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  export BUCKET=fleetdash-prod-123456789012-eu-central-1
  start_emulator
  # Nothing is known before the buckets are.
  export PARTS_IDS=$BATS_FILE_TMPDIR/ids
  echo 'declare -gA id=()' >"$PARTS_IDS"
  parts apply storage_ensure FLOW_LOGS=yes ACCESS_LOGS=yes
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
}

# storage MODE SETTING=VALUE …: prints what changed, a call a line.
storage() {
  strict reset-calls '{}' >/dev/null
  parts "$1" storage_ensure FLOW_LOGS=yes ACCESS_LOGS=yes "${@:2}" 2>"$BATS_TEST_TMPDIR/log" || {
    cat "$BATS_TEST_TMPDIR/log" >&2
    return 1
  }
  # Objects are put for the lease only.
  strict calls | jq -r '.[] | select(.mutating and .action != "PutObject") | .action'
}

properties_hold() {
  local bucket
  for bucket in releases data logs; do
    bucket=$BUCKET-$bucket
    expect 'SEC08-BP04 enforce access control: nothing public' 'True True True True' \
      "$(reads 'PublicAccessBlockConfiguration.[BlockPublicAcls,IgnorePublicAcls,BlockPublicPolicy,RestrictPublicBuckets]' \
        s3api get-public-access-block --bucket "$bucket")"
    expect 'SEC08-BP04 enforce access control: no access lists' BucketOwnerEnforced \
      "$(reads 'OwnershipControls.Rules[].ObjectOwnership' s3api get-bucket-ownership-controls --bucket "$bucket")"
    expect 'SEC08-BP02 enforce encryption at rest' 'AES256 True' \
      "$(reads 'ServerSideEncryptionConfiguration.Rules[].[ApplyServerSideEncryptionByDefault.SSEAlgorithm,BucketKeyEnabled]' \
        s3api get-bucket-encryption --bucket "$bucket")"
    expect 'SEC09-BP02 enforce encryption in transit' 'Deny * s3:* false' \
      "$(policy "$bucket" '.Statement[] | select(.Sid == "OnlyTls") | [.Effect, .Principal, .Action, .Condition.Bool["aws:SecureTransport"]]')"
    expect 'REL09 back up data: what was overwritten is kept' Enabled "$(reads Status s3api get-bucket-versioning --bucket "$bucket")"
    expect 'COST03-BP02 add organization information to cost and usage' prod \
      "$(reads "TagSet[?Key=='fleetdash:environment'].Value" s3api get-bucket-tagging --bucket "$bucket")"
    expect 'SUS04-BP03 use policies to manage the lifecycle: old versions, markers, broken uploads' 'Enabled 30 True 7' \
      "$(lifecycle "$bucket" "ID=='superseded'" 'Status,NoncurrentVersionExpiration.NoncurrentDays,Expiration.ExpiredObjectDeleteMarker,AbortIncompleteMultipartUpload.DaysAfterInitiation')"
  done
  expect 'SUS04-BP03 use policies to manage the lifecycle: each tier its time' \
    'v1/1d/ 3650 v1/1h/ 3650 v1/1m/ 730 v1/1s/ 400 v1/hosts/ 3650 v1/raw/ 40' \
    "$(lifecycle "$BUCKET-data" "ID!='superseded'" 'Filter.Prefix,Expiration.Days')"
  expect 'SUS04-BP03 use policies to manage the lifecycle: logs' 30 "$(lifecycle "$BUCKET-logs" "ID=='expire'" Expiration.Days)"
}

# policy BUCKET FILTER
policy() {
  aws s3api get-bucket-policy --bucket "$1" --query Policy --output text | jq -r "$2 | if type == \"array\" then join(\" \") else . end"
}

# lifecycle BUCKET CONDITION FIELDS
lifecycle() {
  reads "sort_by(Rules,&ID)[?$2].[$3]" s3api get-bucket-lifecycle-configuration --bucket "$1"
}

@test "the table of the buckets' properties holds" {
  properties_hold
}

@test "a second run and its plan change nothing" {
  [ -z "$(storage plan)" ]
  [ -z "$(storage apply)" ]
  [ "$(strict calls | jq 'map(select(.mutating)) | length')" = 0 ]
}

@test "what was done by hand is put right" {
  local bucket=$BUCKET-data
  aws s3api delete-public-access-block --bucket "$bucket"
  aws s3api delete-bucket-ownership-controls --bucket "$bucket"
  aws s3api delete-bucket-policy --bucket "$BUCKET-releases"
  aws s3api put-bucket-policy --bucket "$bucket" --policy \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::$bucket/*\"}]}"
  aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Suspended
  aws s3api delete-bucket-lifecycle --bucket "$BUCKET-logs"
  aws s3api delete-bucket-tagging --bucket "$bucket"

  [ "$(storage apply | sort | uniq -c | sed 's/^ *//')" = '1 PutBucketLifecycleConfiguration
1 PutBucketOwnershipControls
2 PutBucketPolicy
1 PutBucketTagging
1 PutBucketVersioning
1 PutPublicAccessBlock' ]
  properties_hold
  [ -z "$(storage apply)" ]
}

@test "retention settings become lifecycle rules" {
  storage apply RETAIN_RAW=10d RETAIN_1M=3y RETAIN_1D=5y LOG_DAYS=7
  [ "$(lifecycle "$BUCKET-data" "ID!='superseded'" 'Filter.Prefix,Expiration.Days')" = \
    'v1/1d/ 1825 v1/1h/ 3650 v1/1m/ 1095 v1/1s/ 400 v1/hosts/ 1825 v1/raw/ 10' ]
  [ "$(lifecycle "$BUCKET-logs" "ID=='expire'" Expiration.Days)" = 7 ]
}

@test "raw objects and releases are written once, everything else may be written again" {
  local key
  for key in data/v1/raw/dt=2026-11-23/x releases/releases/1.0/fleetdash.jar; do
    run ! aws s3api put-object --bucket "$BUCKET-${key%%/*}" --key "${key#*/}"
    [[ $output == *AccessDenied* ]]
    aws s3api put-object --bucket "$BUCKET-${key%%/*}" --key "${key#*/}" --if-none-match '*'
    run ! aws s3api put-object --bucket "$BUCKET-${key%%/*}" --key "${key#*/}" --if-none-match '*'
    [[ $output == *PreconditionFailed* ]]
  done
  aws s3api put-object --bucket "$BUCKET-data" --key v1/1m/x
  aws s3api put-object --bucket "$BUCKET-data" --key v1/1m/x
}

@test "only AWS's log delivery writes logs, for this account's balancers and networks" {
  [ "$(policy "$BUCKET-logs" '.Statement[] | select(.Effect == "Allow") | [.Principal.Service, .Action, .Resource]')" = \
    "logdelivery.elasticloadbalancing.amazonaws.com s3:PutObject arn:aws:s3:::$BUCKET-logs/balancer/AWSLogs/123456789012/*
delivery.logs.amazonaws.com s3:PutObject arn:aws:s3:::$BUCKET-logs/flow/AWSLogs/123456789012/*
delivery.logs.amazonaws.com s3:GetBucketAcl arn:aws:s3:::$BUCKET-logs" ]
  [ "$(policy "$BUCKET-logs" '[.Statement[] | select(.Effect == "Allow") | .Condition.ArnLike["aws:SourceArn"]]')" = \
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/* arn:aws:logs:eu-central-1:123456789012:* arn:aws:logs:eu-central-1:123456789012:*' ]
}

@test "without logs there is no bucket for them" {
  parts apply storage_ensure ENV=quiet
  [ "$(reads "length(Buckets[?contains(Name,'fleetdash-quiet-')])" s3api list-buckets)" = 2 ]
}

@test "in us-east-1 no place is given" {
  parts apply storage_ensure REGION=us-east-1
  [ "$(reads 'LocationConstraint' s3api get-bucket-location --bucket fleetdash-prod-123456789012-us-east-1-data)" = None ]
}

@test "a name that a stranger has is said so" {
  strict config '{"action": "CreateBucket", "code": "BucketAlreadyExists", "times": 1}'
  run ! parts apply storage_ensure ENV=taken
  [[ $output == *'another AWS account has a bucket of that name'*'choose another ENV'* ]]
}

@test "destroy keeps the buckets and says which" {
  run -0 parts apply 'storage_delete storage_kept'
  [[ $output == *"s3://$BUCKET-data"* && $output == *"s3://$BUCKET-releases"* && $output == *DELETE_DATA=yes* ]]
  [ "$(reads 'length(Buckets)' s3api list-buckets)" = 3 ]
}

@test "an archive that cannot be compacted stops nothing, and is told how to do it later" {
  local said="Its newest rows are in v1/raw only, which expires after 40d; until then this does it: FLEETDASH_ARCHIVE=s3://$BUCKET-data AWS_REGION=eu-central-1 java -jar target/fleetdash.jar --compact"
  RELEASE_JAR=$BATS_TEST_TMPDIR/none.jar run -0 parts apply archive_compact
  [[ $output == *"could not be compacted (there is no jar $BATS_TEST_TMPDIR/none.jar)"*"$said"* ]]
  echo nonsense >"$BATS_TEST_TMPDIR/bad.jar"
  RELEASE_JAR=$BATS_TEST_TMPDIR/bad.jar run -0 parts apply archive_compact
  [[ $output == *'could not be compacted (Error: Invalid or corrupt jarfile'*"$said"* ]]
  run -0 parts apply archive_compact ENV=other
  [[ $output != *compact* ]]
}

@test "releases are listed by their time, also where they are more than a page" {
  local i
  mkdir "$BATS_TEST_TMPDIR/many"
  for ((i = 0; i < 1005; i++)); do
    echo "$i" >"$BATS_TEST_TMPDIR/many/$i"
  done
  aws s3api delete-bucket-policy --bucket "$BUCKET-releases"
  # The last by name is the first by time.
  aws s3api put-object --bucket "$BUCKET-releases" --key releases/z/SHA256SUMS
  aws s3 cp --quiet --recursive "$BATS_TEST_TMPDIR/many" "s3://$BUCKET-releases/releases/many/"
  aws s3api put-object --bucket "$BUCKET-releases" --key releases/a/SHA256SUMS
  run -0 parts plan status_releases
  expect 'releases' 'z a' "$(sed -nE 's/^([az]) +20[0-9T:-]{17}$/\1/p' <<<"$output" | xargs)"
}

@test "DELETE_DATA=yes deletes every version, more than a page of them, and nothing foreign" {
  local i
  mkdir "$BATS_TEST_TMPDIR/many"
  for ((i = 0; i < 1005; i++)); do
    echo "$i" >"$BATS_TEST_TMPDIR/many/$i"
  done
  aws s3 cp --quiet --recursive "$BATS_TEST_TMPDIR/many" "s3://$BUCKET-data/v1/1h/"
  aws s3api put-object --bucket "$BUCKET-data" --key "two  blanks \"and quotes'"
  aws s3api put-object --bucket "$BUCKET-data" --key README.md
  aws s3api put-object --bucket "$BUCKET-data" --key README.md
  aws s3api delete-object --bucket "$BUCKET-data" --key README.md
  aws s3api create-bucket --bucket "$BUCKET-data-of-others" --create-bucket-configuration LocationConstraint=eu-central-1

  parts plan storage_delete DELETE_DATA=yes | grep -c 'delete.bucket' | grep -qx 3
  run -0 parts apply storage_delete DELETE_DATA=yes
  [[ $output == *"bucket $BUCKET-data: deleted 1009 versions"* ]]
  [ "$(reads 'Buckets[].Name' s3api list-buckets)" = "$BUCKET-data-of-others" ]
  [ -z "$(parts plan storage_delete DELETE_DATA=yes)" ]
}
