# shellcheck shell=bash
#
# Flow logs of the VPC, when FLOW_LOGS=yes. Sourced.

flow_logs_ensure() {
  local present
  present=$(flow_logs_found)
  if [[ ${setting[FLOW_LOGS]} == yes && -z $present ]]; then
    change_each create "flow logs of VPC $name" "to ${id[logs]}" -- --retry InvalidVpcID.NotFound ec2 create-flow-logs \
      --resource-type VPC --resource-ids "${id[vpc]}" --traffic-type ALL --log-destination-type s3 \
      --log-destination "arn:$partition:s3:::${id[logs]}/flow" \
      --tag-specifications "$(tag_specification vpc-flow-log "$name")"
  elif [[ ${setting[FLOW_LOGS]} == no ]]; then
    flow_logs_delete
  fi
}

flow_logs_delete() {
  local present
  for present in $(flow_logs_found); do
    change_each delete "flow logs of VPC $name" '' -- ec2 delete-flow-logs --flow-log-ids "$present"
  done
}

flow_logs_found() {
  ask ec2 describe-flow-logs --filter "Name=tag:fleetdash:environment,Values=${setting[ENV]}" \
    "Name=tag:Name,Values=$name" --query 'FlowLogs[].FlowLogId'
}
