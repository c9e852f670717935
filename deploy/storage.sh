# shellcheck shell=bash
#
# Buckets: releases (where the lease lies too), data, and logs when some are wanted. Sourced.
#
# Sets ${id[releases]}, ${id[data]} and, with logs, ${id[logs]} to the buckets' names. What is in them outlives the
# deployment unless DELETE_DATA=yes.

declare -A id

storage_ensure() {
  local present kind
  present=$(storage_present)
  for kind in releases data logs; do
    if [[ $kind != logs || ${setting[FLOW_LOGS]}${setting[ACCESS_LOGS]} == *yes* ]]; then
      bucket_ensure "$kind" "$present"
    fi
  done
}

storage_bucket() {
  printf '%s-%s-%s-%s' "$name" "$account" "$region" "$1"
}

# Which buckets of the deployment there are. Listed, because a list holds only the account's own: names are shared with
# all the world, and data must not go to a stranger who had the name first.
storage_present() {
  ask s3api list-buckets --query "Buckets[?starts_with(Name,'$name-$account-$region-')].Name"
}

bucket_ensure() {
  local kind=$1 present=$2 bucket
  bucket=$(storage_bucket "$kind")
  if [[ " $present " != *" $bucket "* ]]; then
    bucket_create "$bucket"
    if [[ $mode == plan ]]; then
      id[$kind]='(new)'
      return
    fi
  fi
  id[$kind]=$bucket
  bucket_setting "$kind" 'closed to the public' 'True True True True' NoSuchPublicAccessBlockConfiguration public-access-block \
    'PublicAccessBlockConfiguration.[BlockPublicAcls,IgnorePublicAcls,BlockPublicPolicy,RestrictPublicBuckets]' \
    --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  bucket_setting "$kind" 'owner of all objects' BucketOwnerEnforced OwnershipControlsNotFoundError bucket-ownership-controls \
    'OwnershipControls.Rules[].ObjectOwnership' --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'
  bucket_setting "$kind" encryption 'AES256 True' ServerSideEncryptionConfigurationNotFoundError bucket-encryption \
    'ServerSideEncryptionConfiguration.Rules[].[ApplyServerSideEncryptionByDefault.SSEAlgorithm,BucketKeyEnabled]' \
    --server-side-encryption-configuration 'Rules=[{ApplyServerSideEncryptionByDefault={SSEAlgorithm=AES256},BucketKeyEnabled=true}]'
  bucket_policy "$kind"
  bucket_setting "$kind" versioning Enabled - bucket-versioning Status --versioning-configuration Status=Enabled
  bucket_setting "$kind" lifecycle "$(lifecycle_fields "$kind")" NoSuchLifecycleConfiguration bucket-lifecycle-configuration \
    "$lifecycle_query" --lifecycle-configuration "$(lifecycle_document "$kind")"
  bucket_setting "$kind" tags "$(tag_words "$bucket")" NoSuchTagSet bucket-tagging \
    "sort(TagSet$(tags_filter).join('=',[Key,Value]))" --tagging "TagSet=$(tags "$bucket")"
}

# In us-east-1, and only there, a place must not be given.
bucket_create() {
  local -a place=()
  [[ $region == us-east-1 ]] || place=(--create-bucket-configuration "LocationConstraint=$region")
  change create "bucket $1" 'private, encrypted, versioned, TLS only' -- --absent BucketAlreadyOwnedByYou --retry OperationAborted \
    s3api create-bucket --bucket "$1" --object-ownership BucketOwnerEnforced "${place[@]}" --query Location
}

# bucket_setting KIND WHAT WANTED CODE-WHEN-ABSENT CALL QUERY ARGUMENTS of put…
bucket_setting() {
  local bucket=${id[$1]} what=$2 wanted=$3 absent=$4 call=$5 query=$6 found
  shift 6
  found=$(ask --absent "$absent" --retry NoSuchBucket s3api "get-$call" --bucket "$bucket" --query "$query")
  keep "bucket $bucket: $what" "$wanted" "$found" -- --retry NoSuchBucket,OperationAborted s3api "put-$call" --bucket "$bucket" "$@"
}

bucket_policy() {
  local bucket=${id[$1]} wanted found
  wanted=$(bucket_policy_document "$1" | tr -d '[:space:]')
  found=$(document --absent NoSuchBucketPolicy --retry NoSuchBucket s3api get-bucket-policy --bucket "$bucket" --query Policy)
  keep "bucket $bucket: policy" "$(canonical <<<"$wanted")" "$found" -- --retry NoSuchBucket,OperationAborted \
    s3api put-bucket-policy --bucket "$bucket" --policy "$wanted"
}

storage_delete() {
  local present kind bucket
  [[ ${setting[DELETE_DATA]} == yes ]] || return 0
  present=$(storage_present)
  # The releases last, because the lease is there.
  for kind in logs data releases; do
    bucket=$(storage_bucket "$kind")
    [[ " $present " != *" $bucket "* ]] || bucket_delete "$kind" "$bucket"
  done
}

# Logs are delivered late, so that a bucket may fill again while it is emptied.
bucket_delete() {
  local kind=$1 bucket=$2 attempt what='with all versions of its objects'
  if [[ $mode == plan ]]; then
    change delete "bucket $bucket" "$what" --
    return
  fi
  lease_hold
  if [[ $kind == releases ]]; then
    # The lease goes with its bucket, and from here on there is nothing left that it could protect.
    id[releases]='' lease_etag=''
  fi
  for attempt in 1 2 3 4 5; do
    bucket_empty "$bucket"
    change delete "bucket $bucket" "$what" -- --retry OperationAborted \
      --absent "NoSuchBucket$( ((attempt == 5)) || echo ,BucketNotEmpty)" s3api delete-bucket --bucket "$bucket"
    [[ " $(storage_present) " == *" $bucket "* ]] || return 0
  done
}

# Keys go from one call to the next in a file, untouched: `ask` would change blanks in them.
bucket_empty() {
  local bucket=$1 batch=$work/versions.json code refused
  local -i gone=0 said=$SECONDS
  log "empty bucket $bucket"
  while true; do
    if ! aws s3api list-object-versions --bucket "$bucket" --no-paginate --max-keys 1000 --output json \
      --query "{Quiet:\`true\`,Objects:[Versions,DeleteMarkers][][].{Key:Key,VersionId:VersionId}}" >"$batch" 2>"$work/error"; then
      code=$(error_code "$work/error")
      [[ $code != NoSuchBucket ]] || return 0
      explain "$code" "$work/error" 's3api list-object-versions'
    fi
    if ! grep -q '"VersionId"' "$batch"; then
      log "bucket $bucket: deleted $gone versions"
      return
    fi
    if ((SECONDS - said >= 15)); then
      log "bucket $bucket: deleted $gone versions so far"
      said=$SECONDS
    fi
    lease_hold
    refused=$(ask s3api delete-objects --bucket "$bucket" --delete "file://$batch" --query 'Errors[0].[Key,Code,Message]')
    [[ -z $refused ]] || fail "an object of bucket $bucket cannot be deleted: $refused"
    gone+=$(grep -c '"VersionId"' "$batch")
  done
}

storage_kept() {
  local present bucket
  present=$(storage_present)
  [[ -n $present ]] || return 0
  if [[ ${setting[DELETE_DATA]} != yes ]]; then
    log "kept, with all versions of what is in them (DELETE_DATA=yes deletes them):"
    for bucket in $present; do
      log "  s3://$bucket"
    done
  fi
}

storage_releases_found() {
  local present bucket
  present=$(storage_present)
  bucket=$(storage_bucket releases)
  [[ " $present " != *" $bucket "* ]] || printf '%s' "$bucket"
}
