#!/usr/bin/env bats
#
# The shell functions of deploy/ by themselves: no AWS, no emulator.
# shellcheck source-path=SCRIPTDIR/../../../deploy
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

bats_require_minimum_version 1.5.0

setup() {
  deploy=$(cd "$BATS_TEST_DIRNAME/../../../deploy" && pwd)
  source "$deploy/lib/log.sh"
  source "$deploy/lib/cidr.sh"
  source "$deploy/lib/config.sh"
  source "$deploy/lib/aws.sh"
  source "$deploy/lib/change.sh"
  source "$deploy/lib/lease.sh"
  source "$deploy/nat.sh"
  source "$deploy/settings.sh"
  source "$deploy/losses.sh"
  source "$deploy/endpoints.sh"
  source "$deploy/launches.sh"
  source "$deploy/status.sh"
  source "$deploy/cost.sh"
  source "$deploy/doctor.sh"
  work=$BATS_TEST_TMPDIR
  export started=0
  export caller=arn:aws:iam::123456789012:user/ops region=eu-central-1
}

# what is said of a file for prod with the given lines and of the given arguments
load_config() {
  printf '%s\n' "$1" >"$work/prod.env"
  shift
  (config_load "$work" "$@" && config_check_together && config_refuse) 2>&1
}

@test "a block has a first and a last address" {
  [ "$(cidr_address "$(cidr_first 10.80.0.0/20)")" = 10.80.0.0 ]
  [ "$(cidr_address "$(cidr_last 10.80.0.0/20)")" = 10.80.15.255 ]
  [ "$(cidr_address "$(cidr_last 0.0.0.0/0)")" = 255.255.255.255 ]
}

@test "a block is cut into four quarters" {
  [ "$(cidr_quarter 10.80.0.0/20 0)" = 10.80.0.0/22 ]
  [ "$(cidr_quarter 10.80.0.0/20 3)" = 10.80.12.0/22 ]
  [ "$(cidr_quarter 192.168.255.0/24 3)" = 192.168.255.192/26 ]
}

@test "blocks overlap when one address is in both" {
  cidr_overlaps 10.80.0.0/20 10.80.15.0/24
  cidr_overlaps 10.80.15.0/24 10.80.0.0/20
  cidr_overlaps 10.80.0.0/20 10.80.0.0/20
  run ! cidr_overlaps 10.80.0.0/20 10.80.16.0/20
}

@test "a free block is found after those that are taken" {
  [ "$(cidr_free 10.80.0.0/20 10.80.0.0/16)" = 10.81.0.0/20 ]
  [ "$(cidr_free 10.80.0.0/20 10.80.16.0/20 10.80.0.0/20)" = 10.80.32.0/20 ]
}

@test "a block is within another when all of it is" {
  cidr_within 10.80.4.0/24 10.0.0.0/24 10.80.0.0/20
  cidr_within 10.80.0.0/20 10.80.0.0/20
  run ! cidr_within 10.80.0.0/19 10.80.0.0/20 10.80.16.0/20
  run ! cidr_within 10.80.0.0/20
}

@test "only real blocks are valid" {
  for block in 10.0.0.0/8 203.0.113.7/32 0.0.0.0/0; do
    cidr_is_valid "$block"
  done
  for block in 10.0.0.1/8 10.0.0.0/33 256.0.0.0/8 10.0.0.0 '' 'x' '10.0.0.0/8; rm'; do
    run ! cidr_is_valid "$block"
  done
}

@test "only private blocks from /16 to /24 make a VPC" {
  cidr_is_private_block 172.20.0.0/16
  for block in 10.0.0.0/8 10.0.0.0/25 8.8.0.0/16 172.32.0.0/16; do
    run ! cidr_is_private_block "$block"
  done
}

@test "the file that is shipped sets nothing, and who sets something there is told where it belongs" {
  cp "$deploy/config.env" "$work"
  config_load "$work" REGION=eu-central-1
  echo 'MIN_SIZE=3' >>"$work/config.env"
  run load_config '' REGION=eu-central-1 ENV=staging
  [ "$status" = 2 ]
  [[ $output == *"/config.env:$(wc -l <"$work/config.env"): nothing is read from here"*'move the line to deploy/staging.env' ]]
}

@test "the file that is shipped documents every setting with its default" {
  local key
  for key in "${!setting[@]}"; do
    case $key in
      YES | VERSION | DELETE_DATA | LOSE | HOST | PORT) ;;
      REGION | ALLOW_CIDR) grep -q "^#$key=" "$deploy/config.env" ;;
      *) grep -qx "#$key=${setting[$key]}" "$deploy/config.env" || {
        echo "config.env lacks $key=${setting[$key]}"
        return 1
      } ;;
    esac
  done
  [ "$(grep -cE '^#[A-Z_0-9]+=' "$deploy/config.env")" = $((${#setting[@]} - 6)) ]
}

@test "the command line comes before the file, and nothing in a value is run" {
  printf '%s\n' 'CPU_TARGET=50' "VPC_CIDR='10.9.0.0/16'  # ours" '' '# a comment' 'MIN_SIZE = 3' 'REGION=eu-west-1' >"$work/test.env"
  config_load "$work" ENV=test CPU_TARGET=60
  [ "${setting[CPU_TARGET]}" = 60 ]
  [ "${setting[VPC_CIDR]}" = 10.9.0.0/16 ]
  [ "${setting[MIN_SIZE]}" = 3 ]
  [ "${setting[REGION]}" = eu-west-1 ]
  run load_config "FLUSH=\$(touch $work/run)" REGION=us-east-1 ENV=prod
  [ "$status" = 2 ]
  [ ! -e "$work/run" ]
}

@test "all problems are said at once, each with its mend" {
  run load_config $'NAT_MODES=single\nYES=1\nnonsense\nENV=other' REGION=eu-central-1 PURCHASE=free
  [ "$status" = 2 ]
  [[ $output == *'prod.env:1: "NAT_MODES" is no setting; perhaps NAT_MODE was meant?'* ]]
  [[ $output == *'prod.env:2: YES is of one command: give it on the command line'* ]]
  [[ $output == *'prod.env:3: "nonsense" is no setting'* ]]
  [[ $output == *"prod.env:4: the file's name says which ENV it is for"* ]]
  [[ $output == *'PURCHASE "free": on-demand or spot'* ]]
  run load_config '' REGION=eu-central-1 ENV=Bad_Name
  [ "$status" = 2 ]
  [[ $output == *'ENV "Bad_Name": lower-case letters, digits and hyphens, at most 16'* ]]
  run load_config MIN_SIZE=5 REGION=eu-central-1 OIDC_ISSUER=https://id.example
  [ "$status" = 2 ]
  [[ $output == *'MIN_SIZE 5 is more than MAX_SIZE 4'* ]]
  [[ $output == *'OIDC_*: all six'* ]]
}

@test "a setting without a value is the default again" {
  echo 'MIN_SIZE=3' >"$work/prod.env"
  config_load "$work" REGION=eu-central-1 MIN_SIZE= FLUSH=''
  [ "${setting[MIN_SIZE]}" = 2 ]
  [ "${setting[FLUSH]}" = 60s ]
}

@test "what is remembered is read as it was written, and what was not is refused" {
  local text
  setting[ENV]=prod given[OIDC_CLIENT_ID]='command line' setting[OIDC_CLIENT_ID]='a "b", {c}: \d'
  given[ALLOW_CIDR]='command line' setting[ALLOW_CIDR]=10.0.0.0/8,203.0.113.0/24
  given[YES]='command line' setting[YES]=1
  text=$(settings_document)
  [ "$text" = '{"ALLOW_CIDR":"10.0.0.0/8,203.0.113.0/24","OIDC_CLIENT_ID":"a \"b\", {c}: \\d"}' ]
  settings_parse "$text"
  [ "${#remembered[@]}" = 2 ]
  [ "${remembered[OIDC_CLIENT_ID]}" = 'a "b", {c}: \d' ]
  settings_parse $'{\n  "MIN_SIZE" : "3" }\n'
  [ "${#remembered[@]} ${remembered[MIN_SIZE]}" = '1 3' ]
  settings_parse '{}'
  [ "${#remembered[@]}" = 0 ]
  for text in '{"MIN_SIZE":3}' '{"MIN_SIZE":"3"' 'MIN_SIZE=3'; do
    run settings_parse "$text"
    [ "$status" = 1 ]
    [[ $output == *'/fleetdash/prod/settings is not as a deploy writes it'* ]]
  done
  for text in '{"FROM_TOMORROW":"1"}' '{"DELETE_DATA":"yes"}'; do
    run settings_parse "$text"
    [ "$status" = 1 ]
    [[ $output == *'remembers settings that these scripts do not know'* ]]
  done
}

@test "each bad value is refused by the name of its setting" {
  local bad
  for bad in ENV=a-name-that-is-too-long REGION=Frankfurt INSTANCE_TYPE=big MIN_SIZE=0 MAX_SIZE=x CPU_TARGET=100 \
    PURCHASE=free VOLUME_SIZE=4 VPC_CIDR=8.8.8.0/24 NAT_MODE=regional TAGS=Team TAGS=a=1,a=2 TAGS=Name=x TAGS=aws:x=y TAGS='a b=c' ENDPOINT_ZONES=3 CERTIFICATE_ARN=mine DOMAIN=https://dash.example DOMAIN=dash DOMAIN=,a.example DOMAIN="a.b' x" LOG_DAYS=31 FLOW_LOGS=maybe \
    ALARM_EMAIL=me RETAIN_RAW=0d FLUSH=7s YES=yes DELETE_DATA=1 ALLOW_CIDR=1.2.3.4 METRICS_CIDR=::1 PERMISSIONS_BOUNDARY=mine \
    OIDC_CLIENT_SECRET=ssm:oidc OIDC_CLIENT_SECRET=ssm:/fleetdash/prod/oidc OIDC_CLIENT_SECRET=ssm:/fleetdash OIDC_CLIENT_SECRET=secretsmanager: \
    OIDC_CLIENT_SECRET=secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b; do
    run load_config '' REGION=eu-central-1 "$bad"
    [ "$status" = 2 ]
    [[ $output == *"${bad%%=*}"* ]] || {
      echo "$bad: $output"
      return 1
    }
  done
}

@test "a secret is remembered by its name only, and who gives it itself is told of better" {
  local value
  for value in ssm:/fleetdash-secrets/oidc secretsmanager:oidc \
    secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:oidc-a1B2c3; do
    config_load /dev/null REGION=eu-central-1 "OIDC_CLIENT_SECRET=$value"
    [ "$(settings_document)" = "{\"OIDC_CLIENT_SECRET\":\"$value\"}" ]
    [ "$(settings_print)" = "setting OIDC_CLIENT_SECRET: none → $value (command line)" ]
    [ -z "$(secret_given 2>&1)" ]
  done
  config_load /dev/null REGION=eu-central-1 OIDC_CLIENT_SECRET=hush
  remembered[OIDC_CLIENT_SECRET]=ssm:/fleetdash-secrets/oidc
  [ "$(settings_document)" = '{}' ]
  [ -z "$(settings_print)" ]
  run secret_given
  [[ $output == *'OIDC_CLIENT_SECRET is on the command line'*'and give OIDC_CLIENT_SECRET=ssm:/'* && $output != *hush* ]]
}

@test "metrics cannot be opened to whom the balancer does not let in" {
  config_load /dev/null REGION=eu-central-1 ALLOW_CIDR=203.0.113.0/24,10.0.0.0/8 METRICS_CIDR=10.1.0.0/16,203.0.113.7/32
  run load_config '' REGION=eu-central-1 ALLOW_CIDR=203.0.113.0/24 METRICS_CIDR=203.0.113.7/32,10.1.0.0/16
  [ "$status" = 2 ]
  [[ $output == 'fleetdash: METRICS_CIDR: 10.1.0.0/16 is not in ALLOW_CIDR'*'add it to ALLOW_CIDR too' ]]
}

# lost_by 'REMEMBERED…' 'GIVEN…': the words for LOSE.
lost_by() {
  local pair
  remembered=()
  for pair in $1 $2; do
    setting[${pair%%=*}]=${pair#*=} given[${pair%%=*}]='command line'
  done
  for pair in $1; do
    remembered[${pair%%=*}]=${pair#*=}
  done
  losses_find
  echo "${!lost[@]}"
}

@test "what goes without another of its kind is lost, and each range that is not let in any more" {
  expect() {
    [[ $(lost_by "$1" "$2") == "$3" ]] || {
      echo "$1 then $2: $(lost_by "$1" "$2")"
      return 1
    }
  }
  expect CERTIFICATE_ARN=a CERTIFICATE_ARN= tls
  expect CERTIFICATE_ARN=a CERTIFICATE_ARN=b ''
  expect CERTIFICATE_ARN=a '' ''
  expect '' CERTIFICATE_ARN= ''
  expect DOMAIN=a.example DOMAIN= tls
  expect DOMAIN=a.example CERTIFICATE_ARN=none tls
  expect 'DOMAIN=a.example CERTIFICATE_ARN=a' CERTIFICATE_ARN= ''
  expect 'DOMAIN=a.example CERTIFICATE_ARN=none' DOMAIN= ''
  expect OIDC_CLIENT_ID=a OIDC_CLIENT_ID= signin
  expect ALARM_EMAIL=a@b ALARM_EMAIL= mail
  expect ALARM_EMAIL=a@b ALARM_EMAIL=c@d ''
  expect METRICS_CIDR=10.0.0.0/24,10.1.0.0/24 METRICS_CIDR= scrape
  expect METRICS_CIDR=10.0.0.0/24,10.1.0.0/24 METRICS_CIDR=10.1.0.0/24 scrape
  expect METRICS_CIDR=10.0.0.0/24 METRICS_CIDR=10.0.0.0/25 scrape
  expect METRICS_CIDR=10.0.0.0/24 METRICS_CIDR=10.2.0.0/24 scrape
  expect METRICS_CIDR=10.0.0.0/24,10.1.0.0/24 METRICS_CIDR=10.0.0.0/8 ''
  expect METRICS_CIDR=10.0.0.0/24 METRICS_CIDR=10.1.0.0/24,10.0.0.0/24 ''
}

@test "what cannot be lost is no word for LOSE, and the nearest is named" {
  local word wanted
  config_load /dev/null REGION=eu-central-1 LOSE=tls,scrape
  while read -r word wanted; do
    run load_config '' REGION=eu-central-1 "LOSE=mail,$word"
    [ "$status" = 2 ]
    [[ $output == *"LOSE \"$word\": perhaps $wanted was meant? It may name mail,scrape,signin,tls" ]] || {
      echo "$output"
      return 1
    }
  done <<'TABLE'
tsl tls
TLS tls
https tls
sign-in signin
e-mail mail
scraper scrape
TABLE
  run load_config LOSE=tls REGION=eu-central-1
  [[ $output == *'prod.env:1: LOSE is of one command: give it on the command line' ]]
}

@test "who may open the dashboard must be said" {
  run allow_cidr_given
  [ "$status" = 1 ]
  [[ $output == *'ALLOW_CIDR=203.0.113.7/32'* ]]
  setting[ALLOW_CIDR]=203.0.113.0/24
  run allow_cidr_given
  [ "$status" = 0 ]
  [ -z "$output" ]
}

@test "with a certificate it must be said by which name the dashboard is opened" {
  domain_given
  setting[CERTIFICATE_ARN]=arn:aws:acm:eu-central-1:123456789012:certificate/x
  run domain_given
  [ "$status" = 1 ]
  [[ $output == *'DOMAIN=dash.example.org'* ]]
  setting[DOMAIN]=dash.example.org
  domain_given
}

@test "opening it to everybody names what becomes public" {
  setting[ALLOW_CIDR]=203.0.113.0/24,0.0.0.0/0
  run allow_cidr_given
  [ "$status" = 0 ]
  [[ $output == *'host names, processes, load and all history public'* ]]
}

@test "a question without a terminal is an error that says what to do, not a hang" {
  run confirm 'Go on?' </dev/null
  [ "$status" = 1 ]
  [[ $output == *YES=1* ]]
  setting[YES]=1
  confirm 'Go on?' </dev/null
}

@test "errors of AWS become sentences with a mend" {
  local code message wanted
  while IFS='|' read -r code message wanted; do
    printf '\n%s\n' "$message" >"$work/error"
    run explain "$code" "$work/error" 'ec2 create-vpc'
    [ "$status" = 1 ]
    [[ $output == *"$wanted"* ]] || {
      echo "$code: $output"
      return 1
    }
  done <<'TABLE'
|Unable to locate credentials. You can configure credentials by running "aws configure".|no AWS credentials: run 'aws configure'
|The config profile (ops) could not be found|set AWS_PROFILE
ExpiredToken|An error occurred (ExpiredToken) when calling X: The security token included in the request is expired|have expired: sign in again
|Error when retrieving token from sso: Token has expired and refresh failed|have expired: sign in again
InvalidClientTokenId|An error occurred (InvalidClientTokenId) when calling X: bad|whether the region is enabled
|Could not connect to the endpoint URL: "https://sts.eu-nowhere-1.amazonaws.com/"|is REGION spelt right
UnauthorizedOperation|An error occurred (UnauthorizedOperation) when calling X: no|user/ops may not do this: ec2 create-vpc. The policies in deploy/iam
AccessDeniedException|An error occurred (AccessDeniedException) when calling X: no|The policies in deploy/iam hold the permissions
AccessDenied|An error occurred (AccessDenied) when calling X: no|may not do this
VpcLimitExceeded|An error occurred (VpcLimitExceeded) when calling X: max|a quota of the account is used up at ec2 create-vpc
AddressLimitExceeded|An error occurred (AddressLimitExceeded) when calling X: max|raise it under Service Quotas
RequestLimitExceeded|An error occurred (RequestLimitExceeded) when calling X: Request limit exceeded.|wait a minute, then run the same command again
Throttling|An error occurred (Throttling) when calling X (reached max retries: 5): Rate exceeded|AWS asks for fewer calls at a time
ThrottlingException|An error occurred (ThrottlingException) when calling X: Rate exceeded|AWS asks for fewer calls at a time
TooManyRequestsException|An error occurred (TooManyRequestsException) when calling X: no|AWS asks for fewer calls at a time
SlowDown|An error occurred (SlowDown) when calling X: Please reduce your request rate.|AWS asks for fewer calls at a time
TooManyLoadBalancers|An error occurred (TooManyLoadBalancers) when calling X: max|a quota of the account is used up
LimitExceededException|An error occurred (LimitExceededException) when calling X: max|a quota of the account is used up
ValidationError|An error occurred (ValidationError) when calling X: Size Limit: 4; the lease has expired|ec2 create-vpc failed: An error occurred (ValidationError)
ResourceLimitExceeded|An error occurred (ResourceLimitExceeded) when calling X: max|what is there is kept
Weird|An error occurred (Weird) when calling X: who knows|ec2 create-vpc failed: An error occurred (Weird)
TABLE
}

@test "who lacks the optional permissions is told which policy has them" {
  local call
  echo 'An error occurred (AccessDenied) when calling X: no' >"$work/error"
  for call in 'acm request-certificate' 'route53 list-hosted-zones' 'elbv2 remove-tags' 'ssm start-session'; do
    run explain AccessDenied "$work/error" "$call"
    [[ $output == *"may not do this: $call. The optional policy deploy/iam/deployer-extra.json holds"* ]]
  done
}

@test "a lease is held with what bash 4.4 has" {
  unset EPOCHSECONDS
  ask() { echo etag; }
  local -A id=([releases]=bucket)
  local mode=apply
  lease_hold
  [ "$lease_etag" = etag ]
  ((lease_until > 1700000000))
}

@test "a build says nothing that only a terminal understands" {
  source "$deploy/release.sh"
  mkdir "$work/tree" "$work/tree/deploy"
  ln -s "$deploy/../.ci" "$deploy/../.mvn" "$work/tree"
  echo '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version><packaging>pom</packaging></project>' \
    >"$work/tree/pom.xml"
  unset RELEASE_JAR
  deploy=$work/tree/deploy run release_build
  [ "${lines[-1]}" = "fleetdash: there is no jar $work/tree/target/fleetdash.jar" ]
  [[ $output != *$'\e'* ]]
}

@test "what two documents say is compared, not how" {
  local wanted='{"Statement":[{"Action":["s3:GetObject","s3:PutObject"],"Condition":{"Null":{"k":"true"},"ArnLike":{"a":"x,]}\""}},"Resource":["r"]},{"n":3,"e":[],"o":{}}]}'
  same() {
    [[ $(canonical <<<"$1") == "$(canonical <<<"$wanted")" ]]
  }
  same "$wanted"
  same '{"Statement": [{"o":{}, "n":3, "e":[]},
    {"Resource":"r", "Condition":{"ArnLike":{"a":"x,]}\""},"Null":{"k":"true"}}, "Action":["s3:PutObject","s3:GetObject"]}]}'
  run ! same "${wanted/GetObject/DeleteObject}"
  run ! same "${wanted/\"k\":/\"l\":}"
  run ! same "${wanted/3/4}"
  run ! same "${wanted/ArnLike/ArnEquals}"
  # The same words elsewhere.
  run ! same '{"Statement":[{"Action":["s3:GetObject"],"Condition":{"Null":{"k":"true"},"ArnLike":{"a":"x,]}\""}},"Resource":["r","s3:PutObject"]},{"n":3,"e":[],"o":{}}]}'
  [ -z "$(canonical </dev/null)" ]
}

@test "the lease is held while an archive is compacted" {
  source "$deploy/storage.sh"
  source "$deploy/archive.sh"
  local mode=apply POLL_SECONDS=0.01
  # shellcheck disable=SC2317 # archive_compact calls them
  storage_present() { storage_bucket data; }
  # shellcheck disable=SC2317
  lease_hold() { echo held >>"$work/held"; }
  # shellcheck disable=SC2317
  archive_compact_run() {
    local tries
    for ((tries = 0; tries < 1000; tries++)); do
      (($(wc -l <"$work/held") < 3)) || return 0
      sleep 0.01
    done
    echo 'nobody held the lease' && return 1
  }
  local name=fleetdash-prod account=123456789012
  run -0 archive_compact
  [[ $output == *'the archive is compacted'* ]]
}

@test "codes count in any spelling, and a message only when it is named" {
  local RETRY_SECONDS=0 said=InvalidVpcId.NotFound
  # shellcheck disable=SC2317 # ask calls it
  aws() {
    echo x >>"$work/calls"
    if (($(wc -l <"$work/calls") > 2)); then
      echo made
      return
    fi
    echo "An error occurred ($said) when calling X: The VPC ID 'vpc-1' is not found" >&2
    return 1
  }
  [ "$(ask --retry InvalidVpcID.NotFound ec2 x)" = made ]
  rm "$work/calls"
  [ "$(ask --absent InvalidVPCID.notfound ec2 x)" = '' ]
  rm "$work/calls"
  said=ValidationError
  [ "$(ask --not-yet 'VPC ID .* not found' elbv2 x)" = made ]
  rm "$work/calls"
  run -1 ask --not-yet 'Subnet .* not found' elbv2 x
}

@test "a plan notes changes and makes none" {
  aws() { touch "$work/called"; }
  change create 'VPC x' 10.0.0.0/16 -- ec2 create-vpc
  keep 'VPC x' wanted wanted -- ec2 modify-vpc
  keep 'VPC x' wanted found -- ec2 modify-vpc
  [ "$answer" = '(new)' ]
  [ "${#changes[@]}" = 2 ]
  [ "${changes[1]}" = $'change\tVPC x\tfound → wanted' ]
  [ ! -e "$work/called" ]
}

@test "what is new in a plan cannot be asked about" {
  known vpc-1
  run ! known '(new)'
  run ! known ''
}

@test "an instance failed that was unhealthy, or went before it was in service" {
  local what sight sights wanted said
  ask() {
    [[ $sight == gone ]] || echo "i-1 $sight"
  }
  launch_console() { :; }
  while IFS='|' read -r what sights wanted; do
    launches_begin
    while read -r -d, sight; do
      launches_watch ''
    done <<<"$sights,"
    said=${failed[*]-}
    [[ $said == "$wanted" ]] || { echo "$what: '$said' instead of '$wanted'" && return 1; }
  done <<'TABLE'
serves|Pending Healthy,Pending:Wait Healthy,Pending:Proceed Healthy,InService Healthy|
abandoned|Pending Healthy,Pending:Wait Healthy,Terminating:Wait Healthy,Terminating:Wait Healthy,gone|i-1
abandoned between two looks|Pending:Wait Healthy,gone|i-1
unhealthy in service|InService Healthy,InService Unhealthy,Terminating:Wait Unhealthy,gone|i-1
unhealthy between two looks|Pending Healthy,InService Healthy,Terminating Unhealthy|i-1
scaled in|Pending Healthy,InService Healthy,Terminating:Wait Healthy,gone|
set aside|InService Healthy,Standby Healthy,InService Healthy|
on its way out when first seen|Terminating:Wait Unhealthy,gone|
TABLE
}

@test "why AWS launches nothing has its mend" {
  local message wanted said
  while IFS='|' read -r message wanted; do
    said=$(launch_mend "Failed $message Launching EC2 instance failed.")
    [[ -n $said && $said == " ($wanted"*')' || -z $said$wanted ]] || { echo "$message: $said" && return 1; }
  done <<'TABLE'
We currently do not have sufficient t4g.micro capacity in the Availability Zone you requested (eu-central-1a). Our system will be working on provisioning additional capacity.|no t4g.micro is to be had in that zone: set another INSTANCE_TYPE
Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient t4g.micro capacity in the Availability Zone you requested (eu-central-1a).|no t4g.micro is to be had in that zone
There is no Spot capacity available that matches your request.|no spot instance of t4g.micro is to be had: set PURCHASE=on-demand
Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration.|no spot instance of t4g.micro is to be had
Max spot instance count exceeded.|a quota is used up: raise "All Standard Spot Instance Requests"
You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to.|a quota is used up: raise "Running On-Demand Standard instances"
You have requested more instances (7) than your current instance limit of 6 allows for the specified instance type.|a quota is used up: raise "Running On-Demand Standard instances"
VolumeLimitExceeded: Maximum volume storage reached.|a quota is used up: raise it under Service Quotas
Request limit exceeded.|too many calls at a time in this account
Your request for accessing resources in this region is being validated, and you will not be able to launch additional resources in this region until the validation is complete.|AWS looks at an account that is new in a region
Client.InternalError: Client error on launch.|mostly the key of the disks
The security group 'sg-1' does not exist.|
TABLE
}

@test "a table lines its columns up" {
  run table <<<$'a\tlong name\tc\nlonger\tb\t'
  [ "${lines[0]}" = 'a       long name  c' ]
  [ "${lines[1]}" = 'longer  b' ]
}

@test "prices are read to the millionth" {
  [ "$(price nat-hour)" = 45000 ]
  [ "$(price s3-put)" = 5 ]
  [ "$(price alarm-month)" = 100000 ]
  [ "$(price t9.mega-hour)" = 0 ]
  [ "$(dollars 32850000)" = 32.85 ]
  [ "$(dollars 4999)" = 0.00 ]
  [ "$(dollars 5000)" = 0.01 ]
}

@test "the cost names NAT and balancer, and adds up" {
  run cost_print
  [[ $output == *'NAT, 2 with an address each'*'73.00'* ]]
  [[ $output == *'load balancer'* ]]
  local sum
  sum=$(awk '/^together/ { print $2 }' <<<"$output")
  awk -v sum="$sum" '/instances +at/ { next } NF > 2 && $(NF-1) ~ /^[0-9.]+$/ && !/^together/ { s += $(NF-1) } END { d = s - sum; exit !(d < 0.06 && d > -0.06) }' <<<"$output"
  setting[NAT_MODE]=none
  run cost_print
  [[ $output == *'VPC endpoints, 3 in both zones  '*' 43.80 '* ]]
  [[ $output != *'NAT, '* ]]
}

@test "the cost counts what the settings add, and says what depends on use" {
  setting[NAT_MODE]=none setting[JOURNAL_LOGS]=yes setting[FLOW_LOGS]=yes setting[MAX_SIZE]=2
  run cost_print
  [[ $output == *'VPC endpoints, 4 in both zones  '*' 58.40 '* ]]
  [[ $output == *'alarms, 9 metrics '*' 0.90 '* ]]
  setting[ENDPOINT_ZONES]=1
  run cost_print
  [[ $output == *'VPC endpoints, 4 in one zone  '*' 29.20 '* ]]
  [[ $output == *'By use, for each GB: journal 0.50; flow logs 0.25.'* ]]
  setting[NAT_MODE]=zonal setting[MAX_SIZE]=4
  run cost_print
  [[ $output == *'alarms, 10 metrics '*' 1.00 '*'traffic through NAT 0.045; '* ]]
}

@test "a time is the same from both versions of the command line" {
  local time
  for time in 1795815038 1795815038.25 2026-11-27T21:30:38+00:00 2026-11-27T21:30:38.250Z; do
    [ "$(TZ=Asia/Tokyo moment "$time")" = 2026-11-27T21:30:38 ]
  done
}

@test "a permission counts as there by what AWS says, and not by silence" {
  mkdir "$work/bin"
  cat >"$work/bin/aws" <<'END'
#!/bin/sh
echo "$answer" >&2
exit 1
END
  chmod +x "$work/bin/aws"
  # As on macOS, which has none of GNU's long options.
  cat >"$work/bin/tail" <<'END'
#!/bin/sh
case $1 in --*) exit 64 ;; esac
exec /usr/bin/tail "$@"
END
  chmod +x "$work/bin/tail"
  tag_specification() { echo none; }
  local -x PATH=$work/bin:$PATH answer
  export name=fleetdash-prod

  answer='An error occurred (DryRunOperation) when calling the CreateVpc operation: Request would have succeeded'
  [[ $(doctor_permissions) == 'ok '* ]]
  answer='An error occurred (UnauthorizedOperation) when calling the CreateVpc operation: no'
  [[ $(doctor_permissions) == 'problem  permissions: ec2 create-vpc is denied'* ]]
  answer='Could not connect to the endpoint URL'
  run doctor_permissions
  [[ $output == 'problem  permissions: ec2 create-vpc could not be tried: Could not connect'* ]]
  [[ $output != *'ok '* ]]
}

@test "each test that the deployment's README names is there" {
  local file name
  local -i found=0
  while IFS='|' read -r file name; do
    found+=1
    grep -qF "@test \"$name\" {" "$BATS_TEST_DIRNAME/$file" || {
      echo "$file has no test \"$name\""
      return 1
    }
  done < <(sed -n 's/^|.*| .\([a-z/-]*\.bats\).: \(.*\) |$/\1|\2/p' "$BATS_TEST_DIRNAME/../../../deploy/README.md")
  ((found > 25))
}
