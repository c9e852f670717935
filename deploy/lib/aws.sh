# shellcheck shell=bash
#
# The AWS CLI, with errors in words that say what to do. Sourced.

# Sets how the CLI behaves, and who and where we are: $account, $partition, $caller, $region.
aws_start() {
  command -v aws >/dev/null || fail "the AWS CLI is not installed: see https://docs.aws.amazon.com/cli"
  region=${setting[REGION]}
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region
  # A pager waits for a key, and other formats would not be understood here.
  export AWS_PAGER='' AWS_DEFAULT_OUTPUT=text AWS_CLI_ERROR_FORMAT=legacy AWS_CLI_AUTO_PROMPT=off
  export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-6}
  aws_is_new_enough
  local identity
  identity=$(ask sts get-caller-identity --query '[Account,Arn]')
  account=${identity%% *}
  caller=${identity#* }
  partition=$(cut -d: -f2 <<<"$caller")
  name=fleetdash-${setting[ENV]}
}

# Of all that is used here, If-Match came last. With a skeleton the CLI reads its arguments and asks nobody.
aws_is_new_enough() {
  aws s3api put-object --bucket x --key x --if-match x --generate-cli-skeleton input >/dev/null 2>&1 \
    || fail "$(aws --version 2>&1 | cut -d' ' -f1) is too old, because it cannot put an object under a condition (--if-match):" \
      "install the AWS CLI 2.22.6 or newer (https://docs.aws.amazon.com/cli), or of version 1 at least 1.36.10 (pip install --upgrade awscli)"
}

# ask [--absent CODE,…] [--retry CODE,…] [--not-yet PATTERN] ARGUMENTS…
# Prints what the CLI answers, on one line with single blanks; nothing when it says that there is nothing, or
# fails with one of the absent codes. Tries again for some minutes after one of the retry codes, or a message that fits.
# Codes count in any case of letters: EC2 says InvalidVpcID.NotFound of some calls and InvalidVpcId.NotFound of others.
ask() {
  local absent='' retry='' pattern='' answer code
  while [[ $1 == --absent || $1 == --retry || $1 == --not-yet ]]; do
    case $1 in
      --absent) absent=,${2,,}, ;;
      --retry) retry=,${2,,}, ;;
      --not-yet) pattern=$2 ;;
    esac
    shift 2
  done
  local -i attempt
  for ((attempt = 1; ; attempt++)); do
    if answer=$(aws "$@" 2>"$work/error"); then
      break
    fi
    code=$(error_code "$work/error")
    [[ $absent != *",${code,,},"* ]] || return 0
    if ((attempt == 40)) || [[ $retry != *",${code,,},"* && ! (-n $pattern && $(<"$work/error") =~ $pattern) ]]; then
      explain "$code" "$work/error" "$1 ${2-}"
    fi
    sleep "${RETRY_SECONDS:-4}"
  done
  answer=$(tr -s '\t\n' '  ' <<<"$answer")
  answer=${answer% }
  [[ $answer == None ]] || printf '%s' "$answer"
}

# document ARGUMENTS…: a JSON document that the CLI prints, canonical.
document() {
  ask "$@" | canonical
}

# canonical: the JSON of its input as all give it that say the same: without blanks, keys and elements in order, a list of
# one as its element. AWS gives a policy back in an order and a shape of its own.
canonical() {
  tr -d '[:space:]' | LC_ALL=C awk '
    function value(  parts, n, i, part, open) {
      open = substr(text, at, 1)
      if (open != "{" && open != "[") {
        match(substr(text, at), /^("([^"\\]|\\.)*"|[^],}:]+)/)
        at += RLENGTH
        return substr(text, at - RLENGTH, RLENGTH)
      }
      n = 0
      for (at++; substr(text, at, 1) !~ /[]}]/; n++) {
        if (substr(text, at, 1) == ",") at++
        part = value()
        if (substr(text, at, 1) == ":") { at++; part = part ":" value() }
        for (i = n; i > 0 && parts[i - 1] > part; i--) parts[i] = parts[i - 1]
        parts[i] = part
      }
      at++
      if (open == "[" && n == 1) return parts[0]
      part = ""
      for (i = 0; i < n; i++) part = part (i ? "," : "") parts[i]
      return open part (open == "[" ? "]" : "}")
    }
    { text = $0; at = 1; if (text ~ /^[[{]/) text = value(); print text }'
}

error_code() {
  sed -nE 's/.*An error occurred \(([^)]*)\).*/\1/p' "$1" | head -n 1
}

# Ends the run with what an error of the CLI means for the person at the terminal.
explain() {
  local code=$1 message what=$3
  message=$(grep -v '^$' "$2" | tail -n 1)
  # Only an error without a code is known by its words, in which anything may stand.
  case ${code:-$message} in
    *'Unable to locate credentials'* | *'could not be found'*profile* | *'config profile'*)
      fail "no AWS credentials: run 'aws configure', 'aws sso login', or set AWS_PROFILE ($message)"
      ;;
    ExpiredToken* | RequestExpired | *'Token has expired'* | *'has expired'*)
      fail "the AWS credentials have expired: sign in again (for example 'aws sso login') and run the same command"
      ;;
    InvalidClientTokenId | UnrecognizedClientException | AuthFailure | SignatureDoesNotMatch | InvalidAccessKeyId)
      fail "AWS does not accept these credentials in $region: check the key, the clock, and whether the region is enabled for this account ($message)"
      ;;
    *'Could not connect to the endpoint'* | *'Invalid endpoint'* | *'Provided region_name'*)
      fail "no answer from AWS in region \"$region\": is REGION spelt right, and is there a network? ($message)"
      ;;
    BucketAlreadyExists)
      fail "another AWS account has a bucket of that name, and names are shared with all the world: choose another ENV ($message)"
      ;;
    AccessDenied* | UnauthorizedOperation | 403)
      fail "$caller may not do this: $what. $(policies_for "$what") ($message)"
      ;;
    RequestLimitExceeded | Throttl* | RequestThrottled* | TooManyRequests* | SlowDown)
      fail "AWS asks for fewer calls at a time, and something else in the account may be making many: wait a minute, then run the same command again; what is there is kept ($message)"
      ;;
    *LimitExceeded* | *QuotaExceeded* | *Limit | TooMany* | MaxSpotInstanceCountExceeded)
      fail "a quota of the account is used up at $what: raise it under Service Quotas, then run the same command again; what is there is kept ($message)"
      ;;
    *) fail "$what failed: ${message:-exit without a word}" ;;
  esac
}

# policies_for CALL
policies_for() {
  case $1 in
    acm* | route53* | secretsmanager* | *' remove-tags' | *' start-session') echo 'The optional policy deploy/iam/deployer-extra.json holds the permissions that are needed' ;;
    *) echo 'The policies in deploy/iam hold the permissions that are needed' ;;
  esac
}

# index ARRAY WIDTH WORDS…: words in rows of WIDTH, as ARRAY[FIRST]='OTHERS'; rows with one first word behind each other.
index() {
  local -n indexed=$1
  local -i width=$2
  shift 2
  indexed=()
  while (($# > 0)); do
    indexed[$1]+="${indexed[$1]+ }${*:2:width-1}"
    shift "$width"
  done
}

# only WHAT FOUND…: fails when more than one was found; prints the one.
only() {
  local what=$1
  shift
  (($# <= 1)) || fail "there are $# of $what where one is expected ($*): remove the one that is not used"
  printf '%s' "${1-}"
}

# sorted WORDS…: in the order that JMESPath's sort() has, with commas between.
sorted() {
  printf '%s\n' "$@" | LC_ALL=C sort | paste -sd, -
}

# json TEXT: as a JSON string holds it.
json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$@"
  else
    shasum -a 256 "$@"
  fi
}
