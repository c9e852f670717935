# shellcheck shell=bash
#
# Settings as they are given: the command line, then deploy/ENV.env. What a deployment remembers of them: settings.sh. Sourced.

declare -gA setting=(
  [ENV]=prod [REGION]='' [ALLOW_CIDR]=''
  [INSTANCE_TYPE]=t4g.micro [MIN_SIZE]=2 [MAX_SIZE]=4 [CPU_TARGET]=70 [PURCHASE]=on-demand [VOLUME_SIZE]=10
  [VPC_CIDR]=10.80.0.0/20 [NAT_MODE]=zonal [ENDPOINT_ZONES]=2 [BALANCER]=application
  [CERTIFICATE_ARN]='' [DOMAIN]='' [METRICS_CIDR]='' [PERMISSIONS_BOUNDARY]='' [TAGS]=''
  [OIDC_ISSUER]='' [OIDC_AUTHORIZATION_ENDPOINT]='' [OIDC_TOKEN_ENDPOINT]='' [OIDC_USER_INFO_ENDPOINT]=''
  [OIDC_CLIENT_ID]='' [OIDC_CLIENT_SECRET]=''
  [FLOW_LOGS]=no [ACCESS_LOGS]=no [JOURNAL_LOGS]=no [LOG_DAYS]=30 [ALARM_EMAIL]=''
  [FLUSH]=60s [RETAIN_RAW]=40d [RETAIN_1S]=400d [RETAIN_1M]=2y [RETAIN_1H]=10y [RETAIN_1D]=10y
  # Of one command.
  [YES]='' [VERSION]='' [DELETE_DATA]='' [LOSE]='' [HOST]='' [PORT]=8080
)
# Of one command; and, with what finds the deployment and a secret itself, all that it does not remember.
readonly of_one_command=' YES VERSION DELETE_DATA LOSE HOST PORT '
readonly not_remembered=" ENV REGION$of_one_command"
# What LOSE may name.
readonly losable=(tls signin mail scrape)
declare -gA default=() given=() emptied=() # by setting: its default; where it was given; where without a value
for key in "${!setting[@]}"; do
  default[$key]=${setting[$key]}
done
unset key
# Only plan and deploy take settings of the deployment: what others do is about it as it was deployed.
takes_settings=yes
passed_over=''
declare -gA id=() # what was found or made, by a name of our own
problems=()

# config_load DIRECTORY KEY=VALUE…: reads and checks what is given, and ends the run with all that is wrong at once.
config_load() {
  local line
  for line in "${@:2}"; do
    config_set "$line" 'command line'
  done
  if matches ENV "$env_pattern"; then
    config_file "$1" "${setting[ENV]}.env"
    [[ $takes_settings == no ]] || config_example "$1"
  fi
  # The CLI fails where none is set, which config_check says.
  [[ -n ${setting[REGION]} ]] || setting[REGION]=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2>/dev/null || true)}}
  config_check
  config_refuse
}

config_refuse() {
  ((${#problems[@]} > 0)) || return 0
  printf 'fleetdash: %s\n' "${problems[@]}" >&2
  touch "$work/said"
  exit 2
}

# config_lines FILE: 'NUMBER LINE' of each line that sets something.
config_lines() {
  local line
  local -i number=0
  [[ -e $1 ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    number+=1
    line=${line%%[[:space:]]#*}
    [[ -z ${line//[[:space:]]/} || $line == '#'* ]] || echo "$number $line"
  done <"$1"
}

# config_file DIRECTORY NAME
config_file() {
  local number line key where
  while read -r number line; do
    key=${line%%[[:space:]=]*} where=${1##*/}/$2:$number
    if [[ $of_one_command == *" $key "* ]]; then
      problems+=("$where: $key is of one command: give it on the command line")
    elif [[ $key == ENV ]]; then
      problems+=("$where: the file's name says which ENV it is for: take the line out")
    elif [[ ${given[$key]-} != 'command line' && ($takes_settings == yes || $key == REGION) ]]; then
      config_set "$line" "$where"
    fi
  done < <(config_lines "$1/$2")
}

config_example() {
  local number
  while read -r number _; do
    problems+=("${1##*/}/config.env:$number: nothing is read from here, because several deployments would share it: move the line to deploy/${setting[ENV]}.env")
  done < <(config_lines "$1/config.env")
}

# The value is taken as it stands: nothing in it is expanded or run.
config_set() {
  local key=${1%%=*} value=${1#*=} where=$2
  key=${key//[[:space:]]/}
  if [[ $1 != *=* || -z ${setting[$key]+known} ]]; then
    problems+=("$where: \"$key\" is no setting; $(config_nearest "$key")")
    return
  fi
  if [[ $takes_settings == no && $not_remembered != *" $key "* ]]; then
    passed_over+=" $key"
    return
  fi
  value=${value#"${value%%[![:space:]]*}"}
  value=${value%"${value##*[![:space:]]}"}
  case $value in
    \"*\" | \'*\') value=${value:1:-1} ;;
  esac
  given[$key]=$where setting[$key]=${value:-${default[$key]}}
  unset "emptied[$key]"
  [[ -n $value ]] || emptied[$key]=$where
}

# A setting that begins or ends alike is the likely one.
config_nearest() {
  local text=${1^^} key
  for key in "${!setting[@]}"; do
    if [[ ${#text} -ge 3 && ($key == "${text:0:3}"* || $key == *"${text: -3}") ]]; then
      printf 'perhaps %s was meant?' "$key"
      return
    fi
  done
  printf 'deploy/config.env lists them all'
}

# must KEY MEND CONDITION…: notes a problem unless the condition holds.
must() {
  local key=$1 mend=$2
  shift 2
  "$@" || problems+=("$key \"${setting[$key]}\": $mend")
}

matches() {
  [[ ${setting[$1]} =~ ^($2)$ ]]
}

within() {
  matches "$1" '[0-9]{1,6}' && ((10#${setting[$1]} >= $2 && 10#${setting[$1]} <= $3))
}

readonly env_pattern='[a-z]([a-z0-9-]{0,14}[a-z0-9])?'

config_check() {
  local key
  must ENV 'lower-case letters, digits and hyphens, at most 16, because the longest name made of it may have 63' \
    matches ENV "$env_pattern"
  must REGION 'set it, for example REGION=eu-central-1' matches REGION '[a-z]{2}(-[a-z]+)+-[0-9]'
  must INSTANCE_TYPE 'an EC2 instance type such as t4g.micro' matches INSTANCE_TYPE '[a-z0-9-]+\.[a-z0-9-]+'
  must MIN_SIZE 'a number from 1 to 100' within MIN_SIZE 1 100
  must MAX_SIZE 'a number from 1 to 100' within MAX_SIZE 1 100
  must CPU_TARGET 'percent, from 10 to 95' within CPU_TARGET 10 95
  must PURCHASE 'on-demand or spot' matches PURCHASE 'on-demand|spot'
  must VOLUME_SIZE 'GiB, from 8 to 1000' within VOLUME_SIZE 8 1000
  must VPC_CIDR 'a private block from /16 to /24, such as 10.80.0.0/20' cidr_is_private_block "${setting[VPC_CIDR]}"
  must NAT_MODE 'zonal, single or none' matches NAT_MODE 'zonal|single|none'
  must ENDPOINT_ZONES '1 or 2' matches ENDPOINT_ZONES '[12]'
  must BALANCER 'application or none' matches BALANCER 'application|none'
  must CERTIFICATE_ARN 'the ARN of an ACM certificate in the region, or none' matches CERTIFICATE_ARN "(arn:[a-z-]+:acm:${setting[REGION]}:[0-9]{12}:certificate/[A-Za-z0-9-]+|none)?"
  must DOMAIN 'host names such as dash.example.org, with commas between, without scheme and port' config_domain_is_names
  must PERMISSIONS_BOUNDARY 'the ARN of a policy' matches PERMISSIONS_BOUNDARY '(arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+)?'
  must TAGS 'at most 20 as CostCenter=42,Team=web: letters, digits and _.:/+@- on both sides; not Name, nor what begins with aws: or fleetdash:' config_tags_are_free
  must ALARM_EMAIL 'an e-mail address' matches ALARM_EMAIL '([^@ ]+@[^@ ]+)?'
  must LOG_DAYS 'one of the periods of CloudWatch Logs: 1 3 5 7 14 30 60 90 120 150 180 365' \
    matches LOG_DAYS '1|3|5|7|14|30|60|90|120|150|180|365'
  for key in FLOW_LOGS ACCESS_LOGS JOURNAL_LOGS; do
    must "$key" 'yes or no' matches "$key" 'yes|no'
  done
  for key in RETAIN_RAW RETAIN_1S RETAIN_1M RETAIN_1H RETAIN_1D; do
    must "$key" 'whole days or years, such as 40d or 2y' matches "$key" '[1-9][0-9]{0,4}[dy]'
  done
  must FLUSH 'whole seconds or minutes that divide 60, such as 60s' config_flush_divides
  must YES '1 or nothing' matches YES '1?'
  must DELETE_DATA 'yes or nothing' matches DELETE_DATA '(yes|no)?'
  must OIDC_CLIENT_SECRET 'ssm:/path/name outside of /fleetdash/, which instances read, or secretsmanager: with a name or an ARN in the region' \
    config_secret_is_findable
  config_lose
  must HOST 'an instance, such as i-0123456789abcdef0' matches HOST '(i-[0-9a-f]{8,17})?'
  must PORT 'a port of this machine from 1 to 65535' within PORT 1 65535
  must VERSION 'a version as make status lists them' matches VERSION '[A-Za-z0-9._-]*'
  for key in ALLOW_CIDR METRICS_CIDR; do
    must "$key" 'IPv4 blocks with commas between, each as 203.0.113.0/24, with the bits after the prefix 0' config_is_blocks "$key"
  done
}

# Whether a setting is a secret itself, which is not remembered and not said, and not the name under which one lies.
config_is_secret() {
  [[ $1 == OIDC_CLIENT_SECRET && -n ${setting[$1]} && ${setting[$1]} != @(ssm|secretsmanager):* ]]
}

config_secret_is_findable() {
  config_is_secret OIDC_CLIENT_SECRET && return
  ! matches OIDC_CLIENT_SECRET 'ssm:/fleetdash(/.*)?' || return 1
  matches OIDC_CLIENT_SECRET '(ssm:(/[A-Za-z0-9_.-]+)+)?' \
    || matches OIDC_CLIENT_SECRET "secretsmanager:(arn:[a-z-]+:secretsmanager:${setting[REGION]}:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]+"
}

config_lose() {
  local word
  local -a chosen
  IFS=, read -r -a chosen <<<"${setting[LOSE]}"
  for word in "${chosen[@]}"; do
    [[ " ${losable[*]} " == *" $word "* ]] \
      || problems+=("LOSE \"$word\": perhaps $(nearest "${word,,}" "${losable[@]}") was meant? It may name $(sorted "${losable[@]}")")
  done
}

# nearest TEXT WORDS…: the word of whose letters the text has most.
nearest() {
  local text=${1//[!a-z]/} word best=$2 letters
  local -i most=0 part
  for word in "${@:2}"; do
    letters=${word//[!_$text]/}
    part=$((100 * ${#letters} / ${#word}))
    ((part <= most)) || best=$word most=part
  done
  printf '%s' "$best"
}

config_is_blocks() {
  local block
  for block in ${setting[$1]//,/ }; do
    cidr_is_valid "$block" || return 1
  done
}

config_flush_divides() {
  matches FLUSH '[1-9][0-9]?[sm]' && ((60 % ${setting[FLUSH]%[sm]} == 0))
}

config_tags_are_free() {
  local tag='[A-Za-z0-9_.:/+@-]{1,128}=[A-Za-z0-9_.:/+@-]{1,256}' word keys=' '
  matches TAGS "($tag(,$tag){0,19})?" || return 1
  for word in ${setting[TAGS]//,/ }; do
    [[ ${word,,} != @(name=*|aws:*|fleetdash:*) && $keys != *" ${word%%=*} "* ]] || return 1
    keys+="${word%%=*} "
  done
}

config_domain_is_names() {
  local label='[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
  local name="$label(\\.$label)+"
  matches DOMAIN "($name(,$name)*)?"
}

config_is_https() {
  [[ -n ${setting[DOMAIN]}${setting[CERTIFICATE_ARN]} && ${setting[CERTIFICATE_ARN]} != none ]]
}

# What only the settings together can be wrong with, so that it is asked when what is remembered is known too.
config_check_together() {
  local key
  local -i parts=0
  [[ -z ${setting[ALLOW_CIDR]} ]] || config_metrics_within_allow
  balanced || config_of_balancer
  if ((setting[MIN_SIZE] > setting[MAX_SIZE])); then
    problems+=("MIN_SIZE ${setting[MIN_SIZE]} is more than MAX_SIZE ${setting[MAX_SIZE]}: raise the one or lower the other")
  fi
  for key in OIDC_ISSUER OIDC_AUTHORIZATION_ENDPOINT OIDC_TOKEN_ENDPOINT OIDC_USER_INFO_ENDPOINT OIDC_CLIENT_ID; do
    [[ -z ${setting[$key]} ]] || parts+=1
  done
  # A secret that the balancer has need not be given again.
  [[ $parts == 5 && -n ${remembered[OIDC_CLIENT_ID]-}${setting[OIDC_CLIENT_SECRET]} || $parts == 0 && -z ${setting[OIDC_CLIENT_SECRET]} ]] \
    || problems+=("OIDC_*: all six are needed for sign-in, or none")
  [[ $parts == 0 ]] || config_is_https || problems+=("OIDC_*: sign-in needs HTTPS, so set DOMAIN or CERTIFICATE_ARN too")
}

# balanced: whether there is a balancer.
balanced() {
  [[ ${setting[BALANCER]} != none ]]
}

# What only a balancer can do is not passed over: whoever asked for it would rely on it.
config_of_balancer() {
  local key
  for key in $(printf '%s\n' "${!setting[@]}" | LC_ALL=C sort); do
    [[ $key != @(ALLOW_CIDR|METRICS_CIDR|DOMAIN|CERTIFICATE_ARN|ACCESS_LOGS|OIDC_*) || ${setting[$key]} == "${default[$key]}" ]] \
      || problems+=("$key: with BALANCER=none nobody comes in from outside, so nothing heeds it: do without, $key=, or give BALANCER=application")
  done
}

# The balancer's security group lets in what is in ALLOW_CIDR and nothing else.
config_metrics_within_allow() {
  local block
  for block in ${setting[METRICS_CIDR]//,/ }; do
    # shellcheck disable=SC2086 # blocks, one word each
    cidr_within "$block" ${setting[ALLOW_CIDR]//,/ } \
      || problems+=("METRICS_CIDR: $block is not in ALLOW_CIDR, so that nobody there would reach the balancer: add it to ALLOW_CIDR too")
  done
}

# allow_cidr_given: for the commands that open the balancer.
allow_cidr_given() {
  balanced || return 0
  [[ -n ${setting[ALLOW_CIDR]} ]] || fail "say who may open the dashboard: ALLOW_CIDR=203.0.113.7/32 for one address, or a block of your network"
  [[ ,${setting[ALLOW_CIDR]}, != *,0.0.0.0/0,* ]] \
    || warn "ALLOW_CIDR=0.0.0.0/0 makes host names, processes, load and all history public"
}

# domain_given: for the commands that say to the instances by which names they are opened. A certificate is never for the
# balancer's own name.
domain_given() {
  [[ ${setting[CERTIFICATE_ARN]} != arn:* || -n ${setting[DOMAIN]} ]] \
    || fail "say by which name the dashboard is opened, as the certificate has it: DOMAIN=dash.example.org. The instances answer to no other"
}

# secret_given: for the commands that take a client secret.
secret_given() {
  [[ ${given[OIDC_CLIENT_SECRET]-} != 'command line' ]] || ! config_is_secret OIDC_CLIENT_SECRET \
    || warn "OIDC_CLIENT_SECRET is on the command line, where whoever is on this machine sees it, and in the shell's history:" \
      "put it into a file and that into SSM (aws ssm put-parameter --type SecureString --name /fleetdash-secrets/oidc --value file://FILE)," \
      "and give OIDC_CLIENT_SECRET=ssm:/fleetdash-secrets/oidc"
}
