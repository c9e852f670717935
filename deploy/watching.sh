# shellcheck shell=bash
#
# Alarms and whom they reach, the dashboard, and the instances' journal in CloudWatch Logs. Sourced.

watching_ensure() {
  watching_subscriptions
  alarms_ensure
  dashboard_ensure
  # Turned off later it is kept until it expires by itself: nothing more is written, and nothing is thrown away.
  [[ ${setting[JOURNAL_LOGS]} == no ]] || watching_journal
}

# Without encryption by a key of SNS's own, which alarms cannot use; they say no more than that something is wrong.
watching_topic() {
  echo "arn:$partition:sns:$region:$account:$name-alarms"
}

watching_subscriptions() {
  local topic found subscription there=
  local -a subscriptions
  topic=$(watching_topic)
  found=$(ask --absent NotFound,NotFoundException sns list-subscriptions-by-topic --topic-arn "$topic" \
    --query "['there',Subscriptions[?Protocol=='email'].join('=',[Endpoint,SubscriptionArn])][]")
  read -r -a subscriptions <<<"$found"
  [[ -n $found ]] || change create "topic $name-alarms" '' -- sns create-topic --name "$name-alarms" --tags "$(tags_json "$name")"
  for subscription in "${subscriptions[@]:1}"; do
    if [[ ${subscription%=*} == "${setting[ALARM_EMAIL]}" ]]; then
      there=yes
    elif [[ ${subscription##*=} == arn:* ]]; then
      # One that was never confirmed cannot be removed, and goes by itself.
      change remove "subscription of ${subscription%=*}" 'ALARM_EMAIL is another' -- \
        sns unsubscribe --subscription-arn "${subscription##*=}"
    fi
  done
  [[ -n $there || -z ${setting[ALARM_EMAIL]} ]] || change subscribe "${setting[ALARM_EMAIL]}" 'it is asked by e-mail to confirm' -- \
    --retry NotFound sns subscribe --topic-arn "$topic" --protocol email --notification-endpoint "${setting[ALARM_EMAIL]}"
}

watching_journal() {
  local group=/fleetdash/${setting[ENV]} found
  found=$(ask logs describe-log-groups --log-group-name-prefix "$group" \
    --query "logGroups[?logGroupName=='$group'].[logGroupName,retentionInDays]")
  [[ -n $found ]] || change create "log group $group" '' -- --absent ResourceAlreadyExistsException logs create-log-group \
    --log-group-name "$group" --tags "$(tags_map "$name")"
  keep "days of log group $group" "${setting[LOG_DAYS]}" "${found#"$group "}" -- \
    logs put-retention-policy --log-group-name "$group" --retention-in-days "${setting[LOG_DAYS]}"
}

watching_delete() {
  local found group=/fleetdash/${setting[ENV]}
  alarms_read
  alarms_remove "${alarm_names[@]}"
  dashboard_delete
  found=$(ask --absent NotFound,NotFoundException sns get-topic-attributes --topic-arn "$(watching_topic)" --query Attributes.TopicArn)
  [[ -z $found ]] || change delete "topic $name-alarms" 'with its subscriptions' -- sns delete-topic --topic-arn "$found"
  found=$(ask logs describe-log-groups --log-group-name-prefix "$group" --query "logGroups[?logGroupName=='$group'].logGroupName")
  [[ -z $found ]] || change delete "log group $group" "the instances' journal" -- logs delete-log-group --log-group-name "$group"
}
