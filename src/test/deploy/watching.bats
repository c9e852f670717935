#!/usr/bin/env bats
#
# Alarms, topic, dashboard and journal against the emulator, after the practice of the Well-Architected Framework that
# each serves, and what is done by hand to them put right.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  base_of 'network_ensure security_ensure balancer_ensure watching_ensure'
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
  topic=arn:aws:sns:eu-central-1:123456789012:fleetdash-prod-alarms
}

# alarm NAME QUERY
alarm() {
  reads "MetricAlarms[0].$2" cloudwatch describe-alarms --alarm-names "fleetdash-prod-$1"
}

rule='[MetricName,Statistic||ExtendedStatistic,ComparisonOperator,Threshold,EvaluationPeriods,TreatMissingData]'

@test "the table of alarms holds" {
  local name
  expect 'REL11-BP01 monitor all components to detect failures: nobody is healthy' \
    'HealthyHostCount Maximum LessThanThreshold 1.0 2 breaching' "$(alarm no-healthy-host "$rule")"
  expect 'REL11-BP01 monitor all components to detect failures: somebody is not' \
    'UnHealthyHostCount Maximum GreaterThanThreshold 0.0 5 notBreaching' "$(alarm unhealthy-hosts "$rule")"
  expect 'Performance: the slowest of a hundred' 'TargetResponseTime p99 GreaterThanThreshold 3.0 5 notBreaching' "$(alarm latency "$rule")"
  expect 'Performance: busy' 'CPUUtilization Average GreaterThanThreshold 90.0 10 notBreaching' "$(alarm cpu "$rule")"
  expect 'Cost: at its greatest' 'GroupDesiredCapacity Minimum GreaterThanOrEqualToThreshold 4.0 15 notBreaching' "$(alarm at-maximum "$rule")"
  expect 'REL06-BP02 define and calculate metrics: errors by requests' \
    'balancer HTTPCode_ELB_5XX_Count requests RequestCount target HTTPCode_Target_5XX_Count' \
    "$(alarm errors 'sort_by(Metrics,&Id)[?MetricStat].[Id,MetricStat.Metric.MetricName][]')"
  for name in no-healthy-host unhealthy-hosts errors latency cpu at-maximum; do
    expect "REL06-BP03 send notifications: $name" "$topic $topic True" "$(alarm $name '[AlarmActions[0],OKActions[0],ActionsEnabled]')"
  done
}

@test "the alarms look at this balancer and this group" {
  local hosts
  hosts=$(reads 'LoadBalancers[0].LoadBalancerArn' elbv2 describe-load-balancers --names fleetdash-prod | sed 's/.*:loadbalancer.//')
  [[ $(alarm latency 'Dimensions[].Value') == *"$hosts"* ]]
  [[ $(alarm errors 'Metrics[].MetricStat.Metric.Dimensions[].Value') == "$hosts $hosts $hosts" ]]
  [[ $(alarm cpu 'Dimensions[].Value') == fleetdash-prod ]]
}

@test "the dashboard shows service and machines" {
  expect 'OPS04-BP01 identify key performance indicators' 'Requests and errors a minute|Seconds until an answer begins|Instances|CPU, %' \
    "$(aws cloudwatch get-dashboard --dashboard-name fleetdash-prod --query DashboardBody --output text \
      | jq -r '[.widgets[].properties.title] | join("|")')"
}

@test "a second run changes nothing" {
  [ -z "$(changes watching_ensure)" ]
}

@test "what was done by hand is put right" {
  aws cloudwatch put-metric-alarm --alarm-name fleetdash-prod-cpu --namespace AWS/EC2 --metric-name CPUUtilization \
    --statistic Average --period 60 --dimensions Name=AutoScalingGroupName,Value=fleetdash-prod --no-actions-enabled \
    --comparison-operator GreaterThanThreshold --threshold 90 --evaluation-periods 10 --datapoints-to-alarm 10 \
    --treat-missing-data notBreaching --alarm-actions "$topic" --ok-actions "$topic"
  aws cloudwatch delete-alarms --alarm-names fleetdash-prod-errors
  aws cloudwatch put-metric-alarm --alarm-name fleetdash-prod-latency --namespace AWS/ApplicationELB --metric-name TargetResponseTime \
    --extended-statistic p99 --period 60 --comparison-operator GreaterThanThreshold --threshold 300 --evaluation-periods 5
  aws cloudwatch put-dashboard --dashboard-name fleetdash-prod --dashboard-body '{"widgets":[]}' >/dev/null

  [ "$(changes watching_ensure)" = $'PutMetricAlarm\nPutMetricAlarm\nPutMetricAlarm\nPutDashboard' ]
  expect 'latency' 'TargetResponseTime p99 GreaterThanThreshold 3.0 5 notBreaching' "$(alarm latency "$rule")"
  expect 'cpu' True "$(alarm cpu ActionsEnabled)"
  [ -z "$(changes watching_ensure)" ]
}

@test "what CloudWatch has to say of a dashboard that it takes is said" {
  aws cloudwatch put-dashboard --dashboard-name fleetdash-prod --dashboard-body '{"widgets":[]}' >/dev/null
  strict config '{"action": "PutDashboard", "answer": {"DashboardValidationMessages": [{"DataPath": "/x", "Message": "unknown metric"}]}}'
  changes watching_ensure
  grep -q 'warning: dashboard fleetdash-prod: unknown metric' "$BATS_TEST_TMPDIR/log"
}

@test "a group that cannot grow has no alarm for that" {
  [ "$(changes watching_ensure MAX_SIZE=2)" = DeleteAlarms ]
  [ -z "$(changes watching_ensure MAX_SIZE=2)" ]
  [ "$(changes watching_ensure MAX_SIZE=5)" = PutMetricAlarm ]
  expect 'its threshold' 5.0 "$(alarm at-maximum Threshold)"
}

@test "whom alarms reach is asked once, and follows the setting" {
  [ "$(changes watching_ensure ALARM_EMAIL=ops@example.com)" = Subscribe ]
  [ -z "$(changes watching_ensure ALARM_EMAIL=ops@example.com)" ]
  # One that was never confirmed cannot be removed: AWS forgets it after some days.
  [ "$(changes watching_ensure ALARM_EMAIL=night@example.com)" = Subscribe ]

  aws sns confirm-subscription --topic-arn "$topic" --token ops@example.com >/dev/null
  [ "$(changes watching_ensure ALARM_EMAIL=night@example.com)" = Unsubscribe ]
  expect 'subscriptions' night@example.com "$(reads 'Subscriptions[].Endpoint' sns list-subscriptions-by-topic --topic-arn "$topic")"
}

@test "status lists the alarms of this deployment and no other, with times that can be read" {
  aws cloudwatch put-metric-alarm --alarm-name fleetdash-prod-b-cpu --namespace AWS/EC2 --metric-name CPUUtilization \
    --statistic Average --period 60 --comparison-operator GreaterThanThreshold --threshold 90 --evaluation-periods 1
  run -0 parts plan status_alarms
  [[ $output != *prod-b* ]]
  [ "$(grep -cE '^fleetdash-prod-[a-z-]+ +[A-Z_]+ +20[0-9-]{8}T[0-9:]{8}$' <<<"$output")" = 6 ]
}

@test "the journal is kept as long as it is said" {
  [ "$(changes watching_ensure JOURNAL_LOGS=yes LOG_DAYS=14)" = $'CreateLogGroup\nPutRetentionPolicy' ]
  expect 'SEC04-BP01 configure service and application logging' '/fleetdash/prod 14' \
    "$(reads 'logGroups[].[logGroupName,retentionInDays]' logs describe-log-groups)"
  [ -z "$(changes watching_ensure JOURNAL_LOGS=yes LOG_DAYS=14)" ]
  [ "$(changes watching_ensure JOURNAL_LOGS=yes LOG_DAYS=7)" = PutRetentionPolicy ]
}

@test "all of it goes, nothing of others does, and then there is nothing to delete" {
  local other=fleetdash-prod-2
  changes watching_ensure JOURNAL_LOGS=yes >/dev/null
  aws cloudwatch put-metric-alarm --alarm-name "$other-cpu" --namespace AWS/EC2 --metric-name CPUUtilization \
    --statistic Average --period 60 --comparison-operator GreaterThanThreshold --threshold 90 --evaluation-periods 1
  aws logs create-log-group --log-group-name "/fleetdash/prod-2"
  aws sns create-topic --name "$other-alarms" >/dev/null

  run changes watching_delete
  [ "$output" = "$(printf 'DeleteAlarms\n%.0s' 1 2 3 4 5 6)"$'\nDeleteDashboards\nDeleteTopic\nDeleteLogGroup' ]
  expect 'alarms left' "$other-cpu" "$(reads 'MetricAlarms[].AlarmName' cloudwatch describe-alarms)"
  expect 'topics left' "arn:aws:sns:eu-central-1:123456789012:$other-alarms" "$(reads 'Topics[].TopicArn' sns list-topics)"
  expect 'log groups left' /fleetdash/prod-2 "$(reads 'logGroups[].logGroupName' logs describe-log-groups)"
  [ -z "$(changes watching_delete)" ]
}
