# shellcheck shell=bash
#
# What becomes of the instances that a group launches: who failed, what AWS says of it, and what it said itself. Sourced.

declare -gA watched=() # by instance: begun, in service or failed
failed=()

launches_begin() {
  watched=() failed=()
}

# launches_watch FILTER: looks at the instances for which it holds. What one that goes said at its boot is kept, because
# soon nobody can ask it. Who was in service and goes has not failed, unless somebody found it unhealthy.
launches_watch() {
  local found instance
  local -A now=()
  found=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query "AutoScalingGroups[].Instances[$1][].[InstanceId,LifecycleState,HealthStatus]")
  # shellcheck disable=SC2086 # ids and states, one word each
  index now 3 $found
  for instance in "${!now[@]}" "${!watched[@]}"; do
    case ${watched[$instance]-}/${now[$instance]-gone} in
      failed/*) ;;
      begun/gone | begun/Terminating* | ?*/*' Unhealthy')
        watched[$instance]=failed failed+=("$instance")
        launch_console "$instance"
        ;;
      ?*/Terminating*) launch_console "$instance" ;;
      */Pending*) watched[$instance]=begun ;;
      */InService*) watched[$instance]='in service' ;;
    esac
  done
}

# One may have had bad luck.
launches_fail() {
  ((${#failed[@]} >= 2))
}

# launch_console INSTANCE: into $work/boot.INSTANCE, what its boot said, if it can be asked still.
launch_console() {
  [[ ! -s $work/boot.$1 ]] || return 0
  { aws ec2 get-console-output --latest --instance-id "$1" --query Output 2>/dev/null || true; } \
    | sed -n 's/.*\(fleetdash-boot: .*\)/\1/p' | tr -d '\r' >"$work/boot.$1"
}

# Why AWS ended the instances that failed, and what the first that has something to say said at its boot, else how to ask one.
launches_said() {
  local instance instances=("${failed[@]}" "${!watched[@]}")
  for instance in "${failed[@]}"; do
    printf 'What AWS says of instance %s: %s\n' "$instance" "$(launch_end "$instance")"
  done
  for instance in "${instances[@]}"; do
    launch_console "$instance"
    if [[ -s $work/boot.$instance ]]; then
      printf 'What instance %s said at its boot:\n' "$instance"
      sed 's/^/  /' "$work/boot.$instance"
      return
    fi
  done
  instance=${instances[0]-}
  echo "What ${instance:-an instance} said at its boot: aws ec2 get-console-output --latest --output text --region $region --instance-id ${instance:-ID}"
}

# launch_end INSTANCE
launch_end() {
  local found about="Activities[?contains(Description,'$1')]"
  found=$(ask autoscaling describe-scaling-activities --auto-scaling-group-name "$name" --max-records 50 \
    --query "[$about.StatusMessage,$about|[?starts_with(Description,'Terminating')].Cause][]|[0]")
  echo "${found:-nothing yet}"
}

# Why AWS could not launch the newest instance that it tried to, and what helps; nothing when it could.
launch_failure() {
  local found
  found=$(ask --absent ValidationError autoscaling describe-scaling-activities --auto-scaling-group-name "$name" --max-records 20 --query \
    "Activities[?starts_with(Description,'Launching')&&(StatusCode=='Failed'||StatusCode=='Successful')]|[0].[StatusCode,StatusMessage]")
  [[ $found != Failed* ]] || printf '; AWS cannot launch instances: %s%s' "${found#Failed }" "$(launch_mend "$found")"
}

# launch_mend MESSAGE: AWS tries on by itself, and a mend that is made elsewhere needs no deploy.
launch_mend() {
  local type=${setting[INSTANCE_TYPE]} message=${1,,} mend
  case $message in
    *'request limit exceeded'* | *throttl* | *'rate exceeded'*)
      mend='too many calls at a time in this account, which passes'
      ;;
    *'spot instance count'* | *maxspotinstancecount*)
      mend='a quota is used up: raise "All Standard Spot Instance Requests" of EC2 under Service Quotas, or set PURCHASE=on-demand'
      ;;
    *'vcpu limit'* | *vcpulimit* | *'instance limit'* | *instancelimit*)
      mend='a quota is used up: raise "Running On-Demand Standard instances" of EC2 under Service Quotas, or set a lower MAX_SIZE'
      ;;
    *limitexceeded* | *'limit exceeded'* | *quota*)
      mend='a quota is used up: raise it under Service Quotas'
      ;;
    *'spot capacity'* | *unfulfillablecapacity*)
      mend="no spot instance of $type is to be had: set PURCHASE=on-demand, or another INSTANCE_TYPE, or wait"
      ;;
    *sufficient*capacity*)
      mend="no $type is to be had in that zone: set another INSTANCE_TYPE, or wait"
      ;;
    *'being validated'* | *pendingverification*)
      mend='AWS looks at an account that is new in a region, for up to 4 hours: wait'
      ;;
    *'client error on launch'* | *client.internalerror*)
      mend='mostly the key of the disks: the default key of EBS has to be one that Auto Scaling may use'
      ;;
  esac
  printf '%s' "${mend:+ ($mend)}"
}
