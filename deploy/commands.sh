# shellcheck shell=bash
#
# The commands, each in the order in which resources depend on each other. Sourced.

# What a deployment is, from the ground up.
ensure_all() {
  storage_ensure
  release_upload
  identity_ensure
  network_ensure
  security_ensure
  endpoints_ensure
  balancer_ensure
  watching_ensure
  rollout_first
  compute_ensure
  balancer_without
  tags_ensure
}

command_plan() {
  allow_cidr_given
  domain_given
  secret_given
  release_build
  settings_keep
  ensure_all
  rollout
  print_changes
  cost_print
}

command_deploy() {
  allow_cidr_given
  domain_given
  secret_given
  losses_agreed
  release_build
  log "comparing ${setting[ENV]} in $region with what it should be"
  settings_keep
  ensure_all
  rollout
  if ((${#changes[@]} == 0)); then
    log "nothing to change"
  else
    print_changes
    confirm "Make these ${#changes[@]} changes in account $account, $region?"
    # What was read before the lease was taken may have changed since, so that everything is read again.
    mode=apply
    changes=()
    lease_hold
    settings_keep
    ensure_all
    rollout
  fi
  rollout_await_healthy
  ((${#domain_elsewhere[@]} == 0)) || log "${domain_elsewhere[*]} has to lead to ${id[balancer_dns]}, by CNAME or as an alias"
  balancer_or_tunnel
  echo
}

# Puts a release back and nothing else, because whoever needs this has no time for anything else.
command_rollback() {
  compute_keep
  release_choose
  rollout
  if ((${#changes[@]} == 0)); then
    log "$release_version runs already"
  else
    print_changes
    confirm "Roll back to $release_version in account $account, $region?"
    mode=apply
    changes=()
    lease_hold
    compute_keep
    rollout
  fi
  rollout_await_healthy
  balancer_or_tunnel
  echo
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
  archive_compact
  release_delete
  domain_delete
  balancer_delete
  certificate_delete
  endpoints_delete
  flow_logs_delete
  nat_delete
  security_delete
  network_delete
  identity_delete
  settings_delete
  storage_delete
}

print_changes() {
  settings_print
  losses_print
  if ((${#changes[@]} == 0)); then
    echo "Nothing would change."
    return
  fi
  { printf 'change\tresource\tdetail\n' && printf '%s\n' "${changes[@]}"; } | table
}
