# shellcheck shell=bash
#
# What an instance is told at its first boot: userdata/user-data.sh with the deployment's settings in it. Sourced.

# EC2 takes no more, before base64.
readonly user_data_bytes=16384

# user_data RELEASE
user_data() {
  # Bytes are counted, not characters.
  local LC_ALL=C line text='' state=before
  while IFS= read -r line; do
    case $state:$line in
      'before:# <settings>')
        state=within
        text+="$line"$'\n'$(user_data_settings "$1")$'\n'
        ;;
      'within:# </settings>') state=after ;;
    esac
    [[ $state == within ]] || text+=$line$'\n'
  done <"$deploy/../userdata/user-data.sh"
  [[ $state == after ]] || fail 'userdata/user-data.sh has no block from "# <settings>" to "# </settings>"'
  ((${#text} <= user_data_bytes)) || fail "user-data has ${#text} bytes, and EC2 takes $user_data_bytes"
  printf '%s' "$text"
}

user_data_settings() {
  local key journal='' trusted=''
  [[ ${setting[JOURNAL_LOGS]} == no ]] || journal=/fleetdash/${setting[ENV]}
  ! balanced || trusted=$(cidr_quarter "${setting[VPC_CIDR]}" 0),$(cidr_quarter "${setting[VPC_CIDR]}" 1)
  printf "%s='%s'\n" ENVIRONMENT "${setting[ENV]}" REGION "$region" RELEASE_BUCKET "${id[releases]}" RELEASE "$1" \
    GROUP "$name" LOG_GROUP "$journal"
  printf "SETTINGS=(FLEETDASH_ARCHIVE='s3://%s' FLEETDASH_BIND='0.0.0.0' FLEETDASH_PORT='%s' FLEETDASH_FLUSH='%s'" \
    "${id[data]}" "$app_port" "${setting[FLUSH]}"
  for key in RETAIN_RAW RETAIN_1S RETAIN_1M RETAIN_1H RETAIN_1D; do
    printf " FLEETDASH_%s='%s'" "$key" "${setting[$key]}"
  done
  # The group ends what its balancer calls unhealthy. Before that it has the balancer send nobody any more, so a drain
  # would only have systemctl restart look like a failure.
  printf " FLEETDASH_DRAIN='0s'"
  # Peers are in the VPC, the balancer in its public subnets.
  printf " FLEETDASH_PEERS_ALLOW='%s' FLEETDASH_TRUST_PROXY='%s'" "${setting[VPC_CIDR]}" "$trusted"
  ! balanced || printf " FLEETDASH_URL='%s'" "$(balancer_address "${id[balancer_dns]}")"
  printf " FLEETDASH_ALLOW_HOSTS='%s')\\n" "${id[balancer_dns]-}${setting[DOMAIN]:+,${setting[DOMAIN]}}"
}
