# shellcheck shell=bash
#
# A rule of its own for each path, so that each can be closed by itself. Sourced.

# Conditions in words without blanks.
readonly condition_words="join('&',sort(Conditions[].join('=',[Field,
  join(',',sort(PathPatternConfig.Values||SourceIpConfig.Values||Values||\`[]\`))])))"

page_rules=()
rule_found=() # by priority: ARN, conditions, actions

# Sets $page_rules, each 'PRIORITY ACTION CONDITIONS'; the first that fits counts.
rules_of_page() {
  local -a blocks
  local -i priority=20
  page_rules=('10 closed path-pattern=/peer,/peer/*')
  read -r -a blocks <<<"${setting[METRICS_CIDR]//,/ }"
  ((${#blocks[@]} <= 30)) || fail "METRICS_CIDR has ${#blocks[@]} blocks, and the balancer takes 30: join some of them"
  # AWS takes three values a condition.
  while ((${#blocks[@]} > 0)); do
    page_rules+=("$priority open path-pattern=/metrics&source-ip=$(sorted "${blocks[@]:0:3}")")
    blocks=("${blocks[@]:3}")
    priority+=1
  done
  # Whether it is up may be asked without signing in, as monitors do; what is wrong may not.
  page_rules+=(
    '30 closed path-pattern=/metrics,/metrics/*'
    '40 open path-pattern=/health'
    '50 page path-pattern=/health/*'
    '60 api path-pattern=/api/*'
  )
}

# rules_ensure LISTENER PORT RULE…: exactly these.
rules_ensure() {
  local listener=$1 port=$2 rule priority action wanted arn conditions actions
  shift 2
  rules_read "$listener"
  for rule in "$@"; do
    read -r priority action wanted <<<"$rule"
    read -r arn conditions actions <<<"${rule_found[$priority]-}"
    if [[ -z $arn ]]; then
      rule_write "$action" "$wanted"
      change create "rule $priority of listener $port" "$(rule_said "$wanted" "$action")" -- --retry ListenerNotFound \
        elbv2 create-rule --listener-arn "$listener" --priority "$priority" --conditions "file://$work/conditions.json" \
        --actions "file://$work/actions.json" --tags "$(tags_json "$name")" --query 'Rules[].RuleArn'
    elif [[ $conditions != "$wanted" ]] || action_differs "$action" "$actions"; then
      rule_write "$action" "$wanted"
      change set "rule $priority of listener $port" "$(rule_said "$wanted" "$action")" -- \
        elbv2 modify-rule --rule-arn "$arn" --conditions "file://$work/conditions.json" \
        --actions "file://$work/actions.json" --query 'Rules[].RuleArn'
    fi
    unset "rule_found[$priority]"
  done
  for priority in "${!rule_found[@]}"; do
    read -r arn conditions _ <<<"${rule_found[$priority]}"
    change delete "rule $priority of listener $port" "$conditions" -- elbv2 delete-rule --rule-arn "$arn"
  done
}

rules_read() {
  local found
  local -a cells
  rule_found=()
  known "$1" || return 0
  found=$(ask --retry ListenerNotFound elbv2 describe-rules --listener-arn "$1" \
    --query "Rules[?!IsDefault].[Priority,RuleArn,$condition_words,join('+',Actions[].$action_words)]")
  read -r -a cells <<<"$found"
  while ((${#cells[@]} > 0)); do
    rule_found[cells[0]]=${cells[*]:1:3}
    cells=("${cells[@]:4}")
  done
}

# rule_said CONDITIONS ACTION
rule_said() {
  local conditions=${1//path-pattern=/}
  conditions=${conditions//,/ }
  printf '%s: %s' "${conditions//&source-ip=/ from }" "$(action_said "$2")"
}

# rule_write ACTION CONDITIONS: into conditions.json and actions.json.
rule_write() {
  local condition field values separator=
  local -a conditions
  IFS='&' read -r -a conditions <<<"$2"
  for condition in "${conditions[@]}"; do
    field=${condition%%=*} values=${condition#*=}
    case $field in
      path-pattern) field='"path-pattern","PathPatternConfig"' ;;
      source-ip) field='"source-ip","SourceIpConfig"' ;;
    esac
    printf '%s{"Field":%s:{"Values":["%s"]}}' "$separator" "$field" "${values//,/\",\"}"
    separator=,
  done >"$work/conditions.part"
  printf '[%s]' "$(<"$work/conditions.part")" >"$work/conditions.json"
  action_write "$1"
}
