# shellcheck shell=bash
#
# What the buckets allow, and how long they keep what is in them. Sourced.

# bucket_policy_document KIND: no request without TLS, and what is written once is never written again.
bucket_policy_document() {
  local kind=$1 bucket statements=''
  bucket=arn:$partition:s3:::$(storage_bucket "$kind")
  case $kind in
    data) statements=,$(policy_write_once "$bucket/v1/raw/*") ;;
    releases) statements=,$(policy_write_once "$bucket/releases/*") ;;
    logs) statements=,$(policy_balancer_logs "$bucket"),$(policy_flow_logs "$bucket") ;;
  esac
  cat <<JSON
{"Version":"2012-10-17","Statement":[
  {"Sid":"OnlyTls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["$bucket","$bucket/*"],
   "Condition":{"Bool":{"aws:SecureTransport":"false"}}}$statements]}
JSON
}

# A put must be conditional on there being nothing yet, so that not even a node with a fault can change history.
policy_write_once() {
  cat <<JSON
{"Sid":"WrittenOnce","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"$1",
 "Condition":{"Null":{"s3:if-none-match":"true"}}}
JSON
}

policy_balancer_logs() {
  cat <<JSON
{"Sid":"BalancerLogs","Effect":"Allow","Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},
 "Action":"s3:PutObject","Resource":"$1/balancer/AWSLogs/$account/*",
 "Condition":{"ArnLike":{"aws:SourceArn":"arn:$partition:elasticloadbalancing:$region:$account:loadbalancer/*"}}}
JSON
}

# Under the names that AWS gives these statements: where it misses them, it adds them itself.
policy_flow_logs() {
  local source="\"ArnLike\":{\"aws:SourceArn\":\"arn:$partition:logs:$region:$account:*\"}"
  cat <<JSON
{"Sid":"AWSLogDeliveryWrite","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
 "Action":"s3:PutObject","Resource":"$1/flow/AWSLogs/$account/*",
 "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceAccount":"$account"},$source}},
{"Sid":"AWSLogDeliveryAclCheck","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
 "Action":"s3:GetBucketAcl","Resource":"$1","Condition":{"StringEquals":{"aws:SourceAccount":"$account"},$source}}
JSON
}

# lifecycle KIND: a rule a line, sorted by name: name, prefix ("-" is all), days.
lifecycle() {
  local tier
  case $1 in
    data)
      for tier in 1d 1h 1m 1s; do
        echo "expire-$tier v1/$tier/ $(days "${setting[RETAIN_${tier^^}]}")"
      done
      # Who a host was is asked as long as there are rows of it.
      echo "expire-hosts v1/hosts/ $(days "${setting[RETAIN_1D]}")"
      echo "expire-raw v1/raw/ $(days "${setting[RETAIN_RAW]}")"
      ;;
    logs) echo "expire - ${setting[LOG_DAYS]}" ;;
  esac
}

days() {
  case $1 in
    *y) echo $((${1%y} * 365)) ;;
    *d) echo "${1%d}" ;;
  esac
}

# The fields of a rule as lifecycle_fields prints them. Old versions are there for accidents, which are noticed in days.
readonly lifecycle_query="sort_by(Rules,&ID)[].[ID,Status,Filter.Prefix||'-',Expiration.Days,NoncurrentVersionExpiration.NoncurrentDays,Expiration.ExpiredObjectDeleteMarker,AbortIncompleteMultipartUpload.DaysAfterInitiation]"

lifecycle_fields() {
  local rule prefix after fields=''
  while read -r rule prefix after; do
    fields+="$rule Enabled $prefix $after None None None "
  done < <(lifecycle "$1")
  printf '%s' "${fields}superseded Enabled - None 30 True 7"
}

lifecycle_document() {
  local rule prefix after rules=''
  while read -r rule prefix after; do
    rules+="{\"ID\":\"$rule\",\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"${prefix#-}\"},\"Expiration\":{\"Days\":$after}},"
  done < <(lifecycle "$1")
  cat <<JSON
{"Rules":[$rules{"ID":"superseded","Status":"Enabled","Filter":{"Prefix":""},
  "NoncurrentVersionExpiration":{"NoncurrentDays":30},"Expiration":{"ExpiredObjectDeleteMarker":true},
  "AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}
JSON
}
