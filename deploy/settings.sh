# shellcheck shell=bash
#
# The settings that a deployment remembers: the parameter /fleetdash/ENV/settings, a flat JSON object. They hold where
# nothing else is given, and what is given is remembered. Sourced.
#
# A deploy writes them when its plan is confirmed, before it changes anything else: what a run that is killed leaves half
# done is completed by the next, which need not be given anything.

declare -gA setting remembered=() adopted=()
settings_found='' # as the parameter has them

# SSM takes no more in a parameter of the free kind.
readonly settings_bytes=4096

settings_parameter() {
  printf '/fleetdash/%s/settings' "${setting[ENV]}"
}

settings_read() {
  ask --absent ParameterNotFound ssm get-parameter --name "$(settings_parameter)" --query Parameter.Value
}

# settings_load COMMAND: what is remembered, for all that is not given.
settings_load() {
  local key
  settings_found=$(settings_read)
  settings_parse "$settings_found"
  # What is on its way out is nobody's model.
  [[ -n $settings_found || $1 == destroy ]] || adopt_all
  for key in "${!adopted[@]}"; do
    remembered[$key]=${adopted[$key]}
  done
  for key in "${!remembered[@]}"; do
    [[ -n ${given[$key]-} ]] || setting[$key]=${remembered[$key]}
  done
  [[ $takes_settings == yes ]] || return 0
  config_check
  config_refuse
  config_check_together
  config_refuse
  losses_find
}

# settings_parse JSON: into $remembered.
settings_parse() {
  local rest=$1 key value unknown=''
  local pattern='^[[:space:]]*[{,][[:space:]]*"([A-Za-z0-9_]+)"[[:space:]]*:[[:space:]]*"(([^"\]|\\.)*)"(.*)$'
  remembered=()
  while [[ $rest =~ $pattern ]]; do
    key=${BASH_REMATCH[1]} rest=${BASH_REMATCH[4]} value=${BASH_REMATCH[2]//\\\"/\"}
    if [[ -n ${setting[$key]+known} && $not_remembered != *" $key "* ]]; then
      remembered[$key]=${value//\\\\/\\}
    else
      unknown+=" $key"
    fi
  done
  [[ -z $1 || $rest =~ ^[[:space:]]*\{?[[:space:]]*\}[[:space:]]*$ ]] \
    || settings_broken "the parameter $(settings_parameter) is not as a deploy writes it, from here on: ${rest:0:40}. Mend it, or delete it: the next deploy then reads the settings from what stands"
  [[ -z $unknown || $takes_settings == no ]] \
    || fail "${setting[ENV]} remembers settings that these scripts do not know,$unknown: deploy with the newer ones that wrote them"
}

# settings_broken WHAT: who looks or goes back is not kept from it.
settings_broken() {
  [[ $takes_settings == no ]] || fail "$@"
  warn "$@"
}

# The settings as the deploy will remember them.
settings_document() {
  local key separator='{'
  for key in $(printf '%s\n' "${!setting[@]}" | LC_ALL=C sort); do
    if [[ $not_remembered != *" $key "* && -z ${emptied[$key]-} && -n ${given[$key]-}${remembered[$key]+yes} ]] \
      && ! config_is_secret "$key"; then
      printf '%s"%s":%s' "$separator" "$key" "$(json "${setting[$key]}")"
      separator=,
    fi
  done
  printf '%s}' "${separator/,/}"
}

settings_keep() {
  local wanted
  local -a create=(--overwrite)
  wanted=$(settings_document)
  ((${#wanted} <= settings_bytes)) || fail "the settings have ${#wanted} characters, and SSM keeps $settings_bytes: join blocks of ALLOW_CIDR"
  [[ $mode == plan || $(settings_read) == "$settings_found" ]] \
    || fail "somebody else changed the settings of ${setting[ENV]} since the plan was made: run the same command again"
  [[ -n $settings_found ]] || create=(--tags "$(tags_json "$name")")
  keep "settings of ${setting[ENV]}" "$wanted" "$settings_found" -- ssm put-parameter --name "$(settings_parameter)" \
    --type String --value "$wanted" "${create[@]}" --query Version
}

# What is not as it was, and why.
settings_print() {
  local key former
  for key in $(printf '%s\n' "${!given[@]}" "${!adopted[@]}" | LC_ALL=C sort -u); do
    [[ -n ${given[$key]-} ]] || printf 'setting %s: %s (adopted, as it stands)\n' "$key" "${setting[$key]}"
    former=${remembered[$key]-${default[$key]}}
    [[ $not_remembered == *" $key "* || $former == "${setting[$key]}" ]] || config_is_secret "$key" \
      || printf 'setting %s: %s → %s (%s)\n' "$key" "${former:-none}" "${setting[$key]:-none}" "${given[$key]-}"
  done
}

settings_delete() {
  [[ -z $(settings_read) ]] || change delete "settings of ${setting[ENV]}" '' -- ssm delete-parameter --name "$(settings_parameter)"
}
