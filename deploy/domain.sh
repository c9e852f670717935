# shellcheck shell=bash
#
# Names of one's own, DOMAIN: a certificate of ACM for them, and their records in those zones of the account that hold them.
# Sourced.
#
# Records have no tags, so that what is made here is marked on the balancer: fleetdash:certificate has the certificate,
# fleetdash:record/NAME the type of a record. What has no mark is somebody else's, and is neither changed nor removed.
#
# Sets ${id[certificate]}, the one that the balancer uses; empty where the dashboard is served over HTTP.

declare -A id

readonly certificate_mark=fleetdash:certificate record_mark=fleetdash:record/
declare -gA domain_mark=() zone_found=()
domain_elsewhere=() # the names that nothing here makes lead to the balancer

# ACM looks again and again for 72 hours. Where the records are at hand, minutes are usual.
readonly certificate_patience=3600

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

certificate_is_requested() {
  [[ -n ${setting[DOMAIN]} && -z ${setting[CERTIFICATE_ARN]} ]]
}

# Finds the certificate for exactly these names, or requests it.
certificate_ensure() {
  local names wanted arn token settings marked=${domain_mark[$certificate_mark]-}
  local -a also=()
  names=$(domain_names | LC_ALL=C sort | paste -sd, -)
  for wanted in ${names//,/ }; do
    ((${#wanted} <= 64)) || fail "DOMAIN: $wanted has more than 64 characters, and ACM takes no more in a certificate"
  done
  id[certificate]=''
  certificate_consider "$marked" "$names"
  wanted=$(domain_names | head -n 1)
  if [[ -z ${id[certificate]} ]]; then
    for arn in $(certificates_tagged "$wanted"); do
      certificate_consider "$arn" "$names"
    done
  fi
  if [[ -z ${id[certificate]} ]]; then
    [[ $names == "$wanted" ]] || mapfile -t also < <(echo --subject-alternative-names && domain_names | tail -n +2)
    # A run that was killed before it heard the answer gets the same again, and another one who wants another: after a failure,
    # with another balancer, or with settings that were changed since.
    settings=$(ask --absent ParameterNotFound ssm get-parameter --name "$(settings_parameter)" --query Parameter.Version)
    token=$(printf '%s ' "${id[balancer]}" "$settings" "$names" "$marked" | sha256 | cut -c -32)
    change request "certificate for ${setting[DOMAIN]}" 'of ACM, validated by records' -- acm request-certificate --domain-name "$wanted" \
      "${also[@]}" --validation-method DNS --idempotency-token "$token" \
      --tags "$(tags_json "$name")" --query CertificateArn
    id[certificate]=$answer
  fi
  [[ $mode == plan ]] || await "ACM to say which records validate ${setting[DOMAIN]}" 300 certificate_has_records
}

# certificate_consider ARN NAMES: takes it when it is for these names, and issued or may be.
certificate_consider() {
  [[ -z ${id[certificate]} && -n $1 ]] || return 0
  certificate_read --absent "$1"
  [[ $certificate_names != "$2" || $certificate_status != @(ISSUED|PENDING_VALIDATION) ]] || id[certificate]=$1
}

# certificate_read --absent|--retry ARN: what to do where ACM does not know it, or not yet. Records are triples of a name, its
# record and that one's value.
certificate_read() {
  local found
  found=$(ask "$1" ResourceNotFoundException acm describe-certificate --certificate-arn "$2" --query "Certificate.[Status,
    join(',',sort(SubjectAlternativeNames)),FailureReason||'-',
    (DomainValidationOptions||\`[]\`)[].[DomainName,ResourceRecord.Name||'-',ResourceRecord.Value||'-'][]]")
  read -r certificate_status certificate_names certificate_reason certificate_records <<<"$found"
}

certificate_has_records() {
  certificate_read --retry "${id[certificate]}"
  [[ $certificate_status != PENDING_VALIDATION || (-n $certificate_records && " $certificate_records " != *' - '*) ]]
}

# certificates_tagged NAME: those of this deployment whose first name that is.
certificates_tagged() {
  local arn found
  found=$(ask acm list-certificates --query "CertificateSummaryList[?DomainName=='$1'].CertificateArn")
  for arn in $found; do
    found=$(ask --absent ResourceNotFoundException acm list-tags-for-certificate --certificate-arn "$arn" \
      --query "Tags[?Key=='fleetdash:environment'].Value")
    [[ $found != "${setting[ENV]}" ]] || echo "$arn"
  done
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

# Until the certificate is issued. Whoever interrupts it, or comes back after it gave up, goes on with the same certificate.
certificate_await() {
  local -i until=$((SECONDS + ${CERTIFICATE_SECONDS:-$certificate_patience})) next=0
  [[ $certificate_status == ISSUED ]] || domain_tell
  until [[ $certificate_status == ISSUED ]]; do
    [[ $certificate_status == PENDING_VALIDATION ]] \
      || fail "ACM does not issue the certificate for ${setting[DOMAIN]}: $certificate_status ($certificate_reason): mend what it names; the next deploy requests another"
    ((SECONDS < until)) || fail "ACM has not found the records that validate ${setting[DOMAIN]} yet: $(certificate_wants)." \
      "See that they are there for all the world ('dig' shows it; the registrar has to name the zone's servers), and run the same command again: it goes on with the same certificate, for which ACM waits for 72 hours"
    if ((SECONDS >= next)); then
      log "waiting for ACM to issue the certificate for ${setting[DOMAIN]}"
      next=$((SECONDS + 30))
    fi
    lease_hold
    sleep "${POLL_SECONDS:-5}"
    certificate_read --retry "${id[certificate]}"
  done
}

certificate_wants() {
  # shellcheck disable=SC2086 # names, records and values, one word each
  printf '%.0s%s CNAME %s; ' $certificate_records | sed 's/; $//'
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

certificate_remove() {
  change delete 'certificate' "$1" -- --absent ResourceNotFoundException --retry ResourceInUseException \
    acm delete-certificate --certificate-arn "$1"
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

# certificate_of_others NAME: AWS validates all certificates of a name in an account by one and the same record.
certificate_of_others() {
  [[ -n $(ask acm list-certificates \
    --includes keyTypes=RSA_1024,RSA_2048,RSA_3072,RSA_4096,EC_prime256v1,EC_secp384r1,EC_secp521r1 --query "CertificateSummaryList[?CertificateArn!='${domain_mark[$certificate_mark]-}'
    &&CertificateArn!='${id[certificate]-}'&&contains(SubjectAlternativeNameSummaries||\`[]\`,'$1')].CertificateArn") ]]
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

# After the balancer, which uses it.
certificate_delete() {
  local arn first
  first=$(domain_names | head -n 1)
  for arn in $({ echo "${domain_mark[$certificate_mark]-}" && { ! certificate_is_requested || certificates_tagged "$first"; }; } | sort -u); do
    certificate_remove "$arn"
  done
}

# Status, until or since when, and how its renewal goes; nothing where there is none, or who asks may not know.
certificate_state() {
  local arn
  id[balancer]=$(ask --absent LoadBalancerNotFound elbv2 describe-load-balancers --names "$name" --query 'LoadBalancers[].LoadBalancerArn')
  domain_marks_read
  arn=${domain_mark[$certificate_mark]:-${setting[CERTIFICATE_ARN]#none}}
  [[ -z $arn ]] || ask --absent AccessDeniedException,ResourceNotFoundException acm describe-certificate --certificate-arn "$arn" \
    --query "Certificate.[Status,NotAfter||CreatedAt,RenewalSummary.RenewalStatus||'-']"
}

# certificate_said STATUS MOMENT
certificate_said() {
  case $1 in
    ISSUED) printf 'valid until %s' "$(moment "$2")" ;;
    PENDING_VALIDATION) printf 'since %s ACM looks for the records that validate it, for 72 hours: make deploy says which' "$(moment "$2")" ;;
    *) printf '%s: make deploy requests another' "$1" ;;
  esac
}
