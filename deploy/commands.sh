# shellcheck shell=bash
#
# The commands, each in the order in which resources depend on each other. Sourced.

# What a deployment is, from the ground up.
ensure_all() {
  storage_ensure
  identity_ensure
  network_ensure
  security_ensure
  endpoints_ensure
  balancer_ensure
  watching_ensure
  compute_ensure
}

command_plan() {
  allow_cidr_given
  ensure_all
  rollout_plan
  print_changes
  cost_print
}

command_deploy() {
  allow_cidr_given
  release_build
  log "comparing ${setting[ENV]} in $region with what it should be"
  ensure_all
  rollout_plan
  if ((${#changes[@]} == 0)); then
    log "nothing to change"
    print_url
    return
  fi
  print_changes
  confirm "Make these ${#changes[@]} changes in account $account, $region?"
  # What was read before the lease was taken may have changed since, so that everything is read again.
  apply_changes
  print_url
}

apply_changes() {
  mode=apply
  changes=()
  lease_hold
  release_upload
  ensure_all
  rollout
}

command_destroy() {
  delete_all
  if ((${#changes[@]} == 0)); then
    log "nothing of ${setting[ENV]} is left in $region"
    storage_kept
    return
  fi
  print_changes
  storage_kept
  confirm "Make these ${#changes[@]} changes in account $account, $region?"
  mode=apply
  changes=()
  id[releases]=$(storage_releases_found)
  lease_hold
  delete_all
  log "${setting[ENV]} is removed"
  storage_kept
}

# The reverse of ensure_all.
delete_all() {
  watching_delete
  compute_delete
  balancer_delete
  endpoints_delete
  flow_logs_delete
  nat_delete
  security_delete
  network_delete
  identity_delete
  storage_delete
}

print_changes() {
  if ((${#changes[@]} == 0)); then
    echo "Nothing would change."
    return
  fi
  { printf 'change\tresource\tdetail\n' && printf '%s\n' "${changes[@]}"; } | table
}
