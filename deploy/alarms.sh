# shellcheck shell=bash
#
# The alarms, all compared by one question and put right whole. Sourced.

declare -A id

readonly alarm_names=(no-healthy-host unhealthy-hosts errors latency cpu at-maximum)
# Of these, the ones that say that the service is broken, not that it is busy: they end a roll-out.
readonly breaking_alarms=(no-healthy-host unhealthy-hosts errors)

# What an alarm is, in words without blanks.
readonly alarm_words="join('/',[ComparisonOperator,to_string(floor(Threshold)),to_string(ceil(Threshold)),
  to_string(EvaluationPeriods),to_string(DatapointsToAlarm),TreatMissingData||'-',to_string(ActionsEnabled),
  join(',',AlarmActions||\`[]\`),join(',',OKActions||\`[]\`),Namespace||'-',MetricName||'-',Statistic||ExtendedStatistic||'-',
  to_string(Period||\`0\`),join(',',sort(Dimensions[].join('=',[Name,Value])||\`[]\`)),
  join(';',sort(Metrics[].join(',',[Id,Expression||MetricStat.Metric.MetricName,
    join(',',sort(MetricStat.Metric.Dimensions[].Value||\`[]\`))])||\`[]\`))])"

declare -A alarm_found=()

alarms_ensure() {
  local group=AutoScalingGroupName=$name
  alarms_read
  if balanced; then
    alarms_of_balancer
  else
    alarm no-healthy-host 'no instance is in service' LessThanThreshold 1 2 breaching \
      AWS/AutoScaling GroupInServiceInstances Maximum 60 "$group"
    alarm unhealthy-hosts 'an instance has failed the checks of EC2 for 5 minutes' GreaterThanThreshold 0 5 notBreaching \
      AWS/EC2 StatusCheckFailed Maximum 60 "$group"
    alarms_remove errors latency
  fi
  alarm cpu 'the processors have been busy for 10 minutes' GreaterThanThreshold 90 10 notBreaching \
    AWS/EC2 CPUUtilization Average 60 "$group"
  if ((setting[MIN_SIZE] < setting[MAX_SIZE])); then
    alarm at-maximum 'the group cannot grow any more' GreaterThanOrEqualToThreshold "${setting[MAX_SIZE]}" 15 notBreaching \
      AWS/AutoScaling GroupDesiredCapacity Minimum 60 "$group"
  else
    # It would never be silent.
    alarms_remove at-maximum
  fi
}

alarms_of_balancer() {
  local load_balancer=${id[balancer]#*:loadbalancer/} target_group=${id[targets]##*:} hosts
  hosts=LoadBalancer=$load_balancer,TargetGroup=$target_group
  # The greatest of what the zones' balancers count: none of them sees anyone.
  alarm no-healthy-host 'no instance is healthy' LessThanThreshold 1 2 breaching \
    AWS/ApplicationELB HealthyHostCount Maximum 60 "$hosts"
  # The group replaces an unhealthy instance by itself, which takes some minutes.
  alarm unhealthy-hosts 'an instance has been unhealthy for 5 minutes' GreaterThanThreshold 0 5 notBreaching \
    AWS/ApplicationELB UnHealthyHostCount Maximum 60 "$hosts"
  alarm_of_errors "$load_balancer" "$target_group"
  alarm latency 'one request in a hundred waits for more than 3 s' GreaterThanThreshold 3 5 notBreaching \
    AWS/ApplicationELB TargetResponseTime p99 60 "$hosts"
}

alarms_read() {
  local found
  local -a cells
  alarm_found=()
  found=$(ask cloudwatch describe-alarms --alarm-names "${alarm_names[@]/#/$name-}" --query "MetricAlarms[].[AlarmName,$alarm_words]")
  read -r -a cells <<<"$found"
  while ((${#cells[@]} > 0)); do
    alarm_found[${cells[0]#"$name-"}]=${cells[1]-}
    cells=("${cells[@]:2}")
  done
}

# alarm NAME DESCRIPTION COMPARISON THRESHOLD MINUTES MISSING-DATA NAMESPACE METRIC STATISTIC PERIOD DIMENSIONS
alarm() {
  local statistic=--statistic dimension
  local -a dimensions=()
  for dimension in ${11//,/ }; do
    dimensions+=("Name=${dimension%%=*},Value=${dimension#*=}")
  done
  [[ $9 != p* ]] || statistic=--extended-statistic
  alarm_keep "${@:1:6}" "$7/$8/$9/${10}/${11}/" --namespace "$7" --metric-name "$8" "$statistic" "$9" --period "${10}" \
    --dimensions "${dimensions[@]}"
}

# In percent of all requests, and only when there are some: the first error after a quiet night is no rate.
alarm_of_errors() {
  local errors='(FILL(target,0)+FILL(balancer,0))' expression metric metrics='' words=''
  expression="IF($errors<5,0,100*$errors/FILL(requests,1))"
  for metric in balancer:HTTPCode_ELB_5XX_Count requests:RequestCount target:HTTPCode_Target_5XX_Count; do
    metrics+=",{\"Id\":\"${metric%%:*}\",\"ReturnData\":false,\"MetricStat\":{\"Period\":60,\"Stat\":\"Sum\",\"Metric\":{
      \"Namespace\":\"AWS/ApplicationELB\",\"MetricName\":\"${metric#*:}\",\"Dimensions\":[{\"Name\":\"LoadBalancer\",\"Value\":\"$1\"}]}}}"
    words+="${words:+;}${metric/:/,},$1"
    [[ $metric != balancer* ]] || words+=";rate,$expression,"
  done
  alarm_keep errors 'of the answers, 5 % are errors' GreaterThanThreshold 5 3 notBreaching "-/-/-/0//$words" \
    --metrics "[{\"Id\":\"rate\",\"Expression\":\"$expression\",\"Label\":\"errors, %\",\"ReturnData\":true}$metrics]"
}

# alarm_keep NAME DESCRIPTION COMPARISON THRESHOLD MINUTES MISSING-DATA METRIC-WORDS OPTIONS…
alarm_keep() {
  local alarm=$1 description=$2 comparison=$3 threshold=$4 minutes=$5 missing=$6 topic wanted
  topic=$(watching_topic)
  wanted=$comparison/$threshold/$threshold/$minutes/$minutes/$missing/true/$topic/$topic/$7
  shift 7
  [[ ${alarm_found[$alarm]-} != "$wanted" ]] || return 0
  change set "alarm $name-$alarm" "$description" -- cloudwatch put-metric-alarm --alarm-name "$name-$alarm" \
    --alarm-description "fleetdash ${setting[ENV]}: $description" --comparison-operator "$comparison" --threshold "$threshold" \
    --evaluation-periods "$minutes" --datapoints-to-alarm "$minutes" --treat-missing-data "$missing" --actions-enabled \
    --alarm-actions "$topic" --ok-actions "$topic" --tags "$(tags_json "$name")" "$@"
}

# alarms_remove NAME…: of those that alarms_read found.
alarms_remove() {
  local alarm
  for alarm in "$@"; do
    [[ -z ${alarm_found[$alarm]-} ]] || change delete "alarm $name-$alarm" '' -- \
      cloudwatch delete-alarms --alarm-names "$name-$alarm"
  done
}
