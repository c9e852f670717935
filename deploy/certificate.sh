# shellcheck shell=bash
#
# The certificate of ACM that is requested for DOMAIN, where none is brought. Which one is ours: domain.sh. Sourced.

declare -A id

declare -gA domain_mark

# ACM looks again and again for 72 hours. Where the records are at hand, minutes are usual.
readonly certificate_patience=3600

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

certificate_remove() {
  change delete 'certificate' "$1" -- --absent ResourceNotFoundException --retry ResourceInUseException \
    acm delete-certificate --certificate-arn "$1"
}

# certificate_of_others NAME: AWS validates all certificates of a name in an account by one and the same record.
certificate_of_others() {
  [[ -n $(ask acm list-certificates \
    --includes keyTypes=RSA_1024,RSA_2048,RSA_3072,RSA_4096,EC_prime256v1,EC_secp384r1,EC_secp521r1 --query "CertificateSummaryList[?CertificateArn!='${domain_mark[$certificate_mark]-}'
    &&CertificateArn!='${id[certificate]-}'&&contains(SubjectAlternativeNameSummaries||\`[]\`,'$1')].CertificateArn") ]]
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
