# shellcheck shell=bash
#
# Names of one's own, DOMAIN: their records, and those that validate their certificate, in those zones of the account that
# hold them. Sourced.
#
# Records have no tags, so that what is made here is marked on the balancer: fleetdash:certificate has the certificate,
# fleetdash:record/NAME the type of a record. What has no mark is somebody else's, and is neither changed nor removed.
#
# Sets ${id[certificate]}, the one that the balancer uses; empty where the dashboard is served over HTTP.

declare -A id

readonly certificate_mark=fleetdash:certificate record_mark=fleetdash:record/
declare -gA domain_mark=() zone_found=()
domain_elsewhere=() # the names that nothing here makes lead to the balancer

domain_ensure() {
  domain_elsewhere=()
  domain_marks_read
  id[certificate]=${setting[CERTIFICATE_ARN]#none}
  [[ -n ${setting[DOMAIN]} ]] || return 0
  if certificate_is_requested; then
    zones_read
    certificate_ensure
  else
    # Who brings a certificate need not be allowed to look.
    zones_read --absent AccessDenied
  fi
  domain_records_ensure
  ! certificate_is_requested || [[ $mode == plan ]] || certificate_await
}

# domain_names: a line each, as AWS writes them.
domain_names() {
  tr ',' '\n' <<<"${setting[DOMAIN],,}"
}

domain_marks_read() {
  local found
  domain_mark=()
  known "${id[balancer]-}" || return 0
  found=$(ask --retry LoadBalancerNotFound elbv2 describe-tags --resource-arns "${id[balancer]}" \
    --query "TagDescriptions[].Tags[?starts_with(Key,'$record_mark')||Key=='$certificate_mark'].[Key,Value]")
  # shellcheck disable=SC2086 # keys and values, one word each
  index domain_mark 2 $found
}

# zones_read [OPTIONS of ask…]: into zone_found[NAME.] the ids of the account's public zones.
zones_read() {
  local found
  found=$(ask "$@" route53 list-hosted-zones --query 'HostedZones[?!(Config.PrivateZone)].[Name,Id]')
  # shellcheck disable=SC2086 # names and ids, one word each
  index zone_found 2 $found
}

# zone_of NAME: of the zones that hold it the one with the longest name; nothing where none does.
zone_of() {
  local rest=$1.
  while [[ -n $rest && -z ${zone_found[$rest]-} ]]; do
    rest=${rest#*.}
  done
  # shellcheck disable=SC2086 # ids, one word each
  [[ -z $rest ]] || only "public zones $rest" ${zone_found[$rest]}
}

# Makes each name lead to the balancer, and puts there what ACM looks for, where the name's zone is in the account.
domain_records_ensure() {
  local wanted zone record value
  local -a lacking=() tags=() cells=()
  for wanted in $(domain_names); do
    zone=$(zone_of "$wanted")
    domain_alias
    [[ -z $zone ]] || known "${id[certificate]}" || ! certificate_is_requested || change create "record that validates $wanted" 'CNAME' --
  done
  if certificate_is_requested && known "${id[certificate]}"; then
    read -r -a cells <<<"$certificate_records"
    [[ -n ${domain_mark[$certificate_mark]-} ]] || tags+=("Key=$certificate_mark,Value=${id[certificate]}")
  fi
  while ((${#cells[@]} > 0)); do
    read -r wanted record value <<<"${cells[*]:0:3}"
    zone=$(zone_of "$wanted")
    [[ -z $zone || $record == - ]] || domain_validation "${record%.}" "$value"
    cells=("${cells[@]:3}")
  done
  for wanted in "${lacking[@]}"; do
    read -r record value _ <<<"$wanted"
    [[ ${domain_mark[$record_mark$record]-} == "$value" ]] || tags+=("Key=$record_mark$record,Value=$value")
  done
  ((${#tags[@]} == 0)) || change set "marks of balancer $name" 'which records and certificate are its own' -- \
    elbv2 add-tags --resource-arns "${id[balancer]}" --tags "${tags[@]}"
  for wanted in "${lacking[@]}"; do
    # shellcheck disable=SC2086 # name, type, value and zone
    record_create $wanted
  done
}

# For $wanted in $zone: into $lacking when it leads nowhere.
domain_alias() {
  local found value elsewhere=''
  local -a cells
  if [[ -z $zone ]]; then
    domain_elsewhere+=("$wanted")
    return
  fi
  found=$(record_values "$wanted")
  read -r -a cells <<<"$found"
  while ((${#cells[@]} > 0)); do
    value=${cells[1],,}
    value=${value#dualstack.}
    [[ ${value%.} == "${id[balancer_dns],,}" ]] || elsewhere=${cells[1]}
    cells=("${cells[@]:2}")
  done
  if [[ -z $found ]]; then
    lacking+=("$wanted A ${id[balancer_dns]} $zone")
  elif [[ -n $elsewhere ]]; then
    domain_is_free
    domain_elsewhere+=("$wanted")
  fi
}

# Who brings a certificate may have a proxy of his own before the balancer.
domain_is_free() {
  ! certificate_is_requested || fail "$wanted leads to $elsewhere already, and that record was not made here: delete it in Route 53 when nobody needs it, or choose another DOMAIN"
}

# domain_validation RECORD VALUE: for $wanted in $zone.
domain_validation() {
  local found
  found=$(record_values "$1")
  case ${found#CNAME } in
    '') lacking+=("$1 CNAME $2 $zone") ;;
    "$2" | "${2%.}") ;;
    *) fail "the record $1 has the value ${found#* }, and ACM looks for $2 there: delete it in Route 53, because it was not made here" ;;
  esac
}

# record_values NAME: type and value of each record of $zone by which the name leads somewhere.
record_values() {
  # Without pages, because the next ones are of other names.
  ask route53 list-resource-record-sets --no-paginate --hosted-zone-id "${zone##*/}" --start-record-name "$1" --query "ResourceRecordSets[?
    Name=='$1.'&&(Type=='A'||Type=='AAAA'||Type=='CNAME')].[Type,AliasTarget.DNSName||join('+',ResourceRecords[].Value||\`[]\`)]"
}

# record_create NAME TYPE VALUE ZONE: unless there is one by then.
record_create() {
  local set zone
  case $2 in
    A)
      zone=$([[ $mode == plan ]] || ask elbv2 describe-load-balancers --load-balancer-arns "${id[balancer]}" \
        --query 'LoadBalancers[].CanonicalHostedZoneId')
      set="\"AliasTarget\":{\"HostedZoneId\":\"$zone\",\"DNSName\":\"$3\",\"EvaluateTargetHealth\":false}"
      ;;
    CNAME) set="\"TTL\":300,\"ResourceRecords\":[{\"Value\":\"$3\"}]" ;;
  esac
  record_change create CREATE "$1" "$2 → $3" "{\"Name\":\"$1\",\"Type\":\"$2\",$set}" "$4"
}

# record_change VERB ACTION NAME DETAIL RECORD-SET ZONE
record_change() {
  change "$1" "record $3" "$4" -- --retry PriorRequestNotComplete route53 change-resource-record-sets --hosted-zone-id "${6##*/}" \
    --change-batch "{\"Changes\":[{\"Action\":\"$2\",\"ResourceRecordSet\":$5}]}" --query ChangeInfo.Id
}

# Which records somebody has to make who has the zone.
domain_tell() {
  local wanted record value
  local -a cells
  read -r -a cells <<<"$certificate_records"
  ((${#domain_elsewhere[@]} == 0)) \
    || log "no public zone of account $account holds ${domain_elsewhere[*]}: create these records where its zone is, and leave them there"
  while ((${#cells[@]} > 0)); do
    read -r wanted record value <<<"${cells[*]:0:3}"
    if [[ " ${domain_elsewhere[*]} " == *" $wanted "* ]]; then
      printf '  %s CNAME %s\n  %s CNAME %s (or an alias)\n' "$record" "$value" "$wanted." "${id[balancer_dns]}." >&2
    fi
    cells=("${cells[@]:3}")
  done
  ((${#domain_elsewhere[@]} == 0)) || log "this run waits for them, and may be interrupted: the same command goes on from here"
}

# When nothing uses it any more: removes what was made for names that are given up, and a certificate that has a successor.
domain_tidy() {
  local key former=${domain_mark[$certificate_mark]-} certificate=''
  local -a unwanted=() tags=()
  ! certificate_is_requested || certificate=${id[certificate]}
  for key in "${!domain_mark[@]}"; do
    domain_wants "${key#*/}" "${domain_mark[$key]}" || unwanted+=("$key")
  done
  records_delete "${unwanted[@]}"
  if [[ -n $former && $former != "$certificate" ]]; then
    certificate_remove "$former"
    if [[ -n $certificate ]]; then
      tags=("Key=$certificate_mark,Value=$certificate")
    else
      unwanted+=("$certificate_mark")
    fi
  fi
  ((${#tags[@]} == 0)) || change set "marks of balancer $name" 'which certificate is its own' -- \
    elbv2 add-tags --resource-arns "${id[balancer]}" --tags "${tags[@]}"
  ((${#unwanted[@]} == 0)) || change delete "marks of balancer $name" 'of what is gone' -- \
    elbv2 remove-tags --resource-arns "${id[balancer]}" --tag-keys "${unwanted[@]}"
}

# domain_wants RECORD TYPE: whether it is for one of DOMAIN's names. Certificates are none of the marks that end with a name.
domain_wants() {
  local for=$1
  case $2 in
    A) ;;
    CNAME) for=${1#*.} ;;
    *) return 0 ;;
  esac
  [[ ",${setting[DOMAIN],,}," == *",$for,"* && ($2 == A || -z ${setting[CERTIFICATE_ARN]}) ]]
}

# records_delete MARK…: those that are as they were made.
records_delete() {
  local key record type set zone
  (($# == 0)) || zones_read
  for key in "$@"; do
    record=${key#"$record_mark"} type=${domain_mark[$key]}
    zone=$(zone_of "$record")
    [[ -n $zone && $key == "$record_mark"* ]] || continue
    set=$(ask route53 list-resource-record-sets --no-paginate --hosted-zone-id "${zone##*/}" --start-record-name "$record" --output json \
      --query "ResourceRecordSets[?Name=='$record.'&&Type=='$type']|[0]")
    case "$type ${set,,}" in
      "A "*"${id[balancer_dns],,}"*) ;;
      'CNAME '*'.acm-validations.aws.'*) ! certificate_of_others "${record#*.}" || continue ;;
      *) continue ;;
    esac
    record_change delete DELETE "$record" "$type" "$set" "$zone"
  done
}

# Before the balancer goes, which has the marks.
domain_delete() {
  local found arn dns
  found=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" --query 'LoadBalancers[].[LoadBalancerArn,DNSName]')
  read -r arn dns <<<"$found"
  id[balancer]=$arn id[balancer_dns]=$dns id[certificate]=''
  domain_marks_read
  records_delete "${!domain_mark[@]}"
  # What goes is nothing that instances are told of.
  id[balancer]='' id[balancer_dns]=''
}
