# shellcheck shell=bash
#
# What people rely on and a setting would take away: TLS, sign-in, the mail of alarms, a range that scrapes /metrics. Each has
# to be named in LOSE: who says YES=1, or y to a long plan, need not have seen that it goes. Sourced.

declare -gA setting remembered given lost=()

# losses_find: into $lost, by the word for LOSE, what goes and what that means. Another certificate or address is no loss.
losses_find() {
  local block former=${remembered[METRICS_CIDR]-} gone=''
  lost=()
  for block in ${former//,/ }; do
    # shellcheck disable=SC2086 # blocks, one word each
    ! cidr_is_valid "$block" || cidr_within "$block" ${setting[METRICS_CIDR]//,/ } || gone+="${gone:+,}$block"
  done
  losses_of_tls
  losses_of signin OIDC_CLIENT_ID 'whoever ALLOW_CIDR lets in would see the dashboard without signing in'
  losses_of mail ALARM_EMAIL "${remembered[ALARM_EMAIL]-} would no longer be told of alarms, and nobody else"
  [[ -z $gone ]] || lost[scrape]="METRICS_CIDR without $gone (${given[METRICS_CIDR]}): who scrapes /metrics from there would get 403"
}

# A certificate that is requested for DOMAIN is as good as one that was brought.
losses_of_tls() {
  local key=CERTIFICATE_ARN value
  if [[ -n ${remembered[DOMAIN]-}${remembered[$key]-} && ${remembered[$key]-} != none ]] && ! config_is_https; then
    [[ -n ${given[$key]-} ]] || key=DOMAIN
    value=${setting[$key]:+=${setting[$key]}}
    lost[tls]="$key${value:- without a value} (${given[$key]-}): https:// would no longer answer, and everyone on the way could read what plain HTTP carries"
  fi
}

# losses_of WORD SETTING MEANING
losses_of() {
  [[ -z ${remembered[$2]-} || -n ${setting[$2]} ]] || lost[$1]="$2 without a value (${given[$2]}): $3"
}

losses_print() {
  local word
  for word in "${losable[@]}"; do
    [[ -z ${lost[$word]-} ]] || printf 'loses %s: %s%s\n' "$word" "${lost[$word]}" "$(losses_named "$word" || echo '; deploy wants LOSE= to name it')"
  done
}

losses_named() {
  [[ ,${setting[LOSE]}, == *,$1,* ]]
}

# For the command that makes changes, before it makes any.
losses_agreed() {
  local word words='' text=''
  for word in "${losable[@]}"; do
    [[ -n ${lost[$word]-} ]] || continue
    words+=,$word
    losses_named "$word" || text+=$'\n  '${lost[$word]}
  done
  [[ -z $text ]] || fail "this takes away what people rely on, and YES=1 does not answer for it:$text"$'\n'"Leave the setting out to keep it as it is, or say LOSE=${words:1}"
}
