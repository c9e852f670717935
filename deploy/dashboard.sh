# shellcheck shell=bash
#
# The deployment's dashboard in CloudWatch: above the service, below its machines. Sourced.

declare -A id

dashboard_ensure() {
  local found wanted
  dashboard >"$work/dashboard.json"
  wanted=$(canonical <"$work/dashboard.json")
  found=$(document --absent ResourceNotFound,DashboardNotFoundError \
    cloudwatch get-dashboard --dashboard-name "$name" --query DashboardBody)
  answer=
  keep "dashboard $name" "$wanted" "$found" -- cloudwatch put-dashboard --dashboard-name "$name" \
    --dashboard-body "file://$work/dashboard.json" --query 'DashboardValidationMessages[].Message'
  warned_of "dashboard $name" "$answer"
}

dashboard_delete() {
  local found
  found=$(ask --absent ResourceNotFound,DashboardNotFoundError cloudwatch get-dashboard --dashboard-name "$name" --query DashboardName)
  [[ -z $found ]] || change delete "dashboard $name" '' -- cloudwatch delete-dashboards --dashboard-names "$name"
}

# In a list of metrics "." is what stands above, and "..." all of it.
dashboard() {
  local targets='' group="\"AutoScalingGroupName\", \"$name\"" widgets=''
  if balanced; then
    targets="[\"AWS/ApplicationELB\", \"HealthyHostCount\", $(dashboard_targets), $(dashboard_balancer)],
      [\".\", \"UnHealthyHostCount\", \".\", \".\", \".\", \".\"],"
    widgets=$(dashboard_of_service),
  fi
  cat <<JSON
{"widgets": [$widgets
  {"type": "metric", "x": 0, "y": 6, "width": 12, "height": 6, "properties": {
    "title": "Instances", "region": "$region", "stat": "Maximum", "period": 60, "metrics": [$targets
      ["AWS/AutoScaling", "GroupDesiredCapacity", $group],
      [".", "GroupInServiceInstances", ".", "."],
      [".", "GroupMaxSize", ".", "."]]}},
  {"type": "metric", "x": 12, "y": 6, "width": 12, "height": 6, "properties": {
    "title": "CPU, %", "region": "$region", "stat": "Average", "period": 60, "metrics": [
      ["AWS/EC2", "CPUUtilization", $group],
      ["...", {"stat": "Maximum"}]]}}]}
JSON
}

dashboard_balancer() {
  printf '"LoadBalancer", "%s"' "${id[balancer]#*:loadbalancer/}"
}

dashboard_targets() {
  printf '"TargetGroup", "%s"' "${id[targets]##*:}"
}

dashboard_of_service() {
  local balancer
  balancer=$(dashboard_balancer)
  cat <<JSON
  {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
    "title": "Requests and errors a minute", "region": "$region", "stat": "Sum", "period": 60, "metrics": [
      ["AWS/ApplicationELB", "RequestCount", $balancer],
      [".", "HTTPCode_Target_5XX_Count", ".", "."],
      [".", "HTTPCode_ELB_5XX_Count", ".", "."]]}},
  {"type": "metric", "x": 12, "y": 0, "width": 12, "height": 6, "properties": {
    "title": "Seconds until an answer begins", "region": "$region", "stat": "p99", "period": 60, "metrics": [
      ["AWS/ApplicationELB", "TargetResponseTime", $(dashboard_targets), $balancer],
      ["...", {"stat": "p50"}]]}}
JSON
}
