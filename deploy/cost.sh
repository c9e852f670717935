# shellcheck shell=bash
#
# What the deployment costs a month at list prices, before traffic. Sourced.
#
# Counted in millionths of a dollar, because bash has only integers.

readonly hours_a_month=730
# gzipped rows of a host for a month at 1 s, as measured (README, Figures), in MB.
readonly archive_mb_a_month=163

cost_print() {
  local what low high
  local -i low_sum=0 high_sum=0
  echo
  echo "Monthly cost at list prices of us-east-1 (spring 2026), without traffic:"
  {
    printf 'what\tat %s instances\tat %s\n' "${setting[MIN_SIZE]}" "${setting[MAX_SIZE]}"
    while IFS=$'\t' read -r what low high; do
      printf '%s\t%s\t%s\n' "$what" "$(dollars "$low")" "$(dollars "$high")"
      low_sum+=low high_sum+=high
    done < <(cost_lines)
    printf 'together\t%s\t%s\n' "$(dollars "$low_sum")" "$(dollars "$high_sum")"
  } | table
  (($(price "${setting[INSTANCE_TYPE]}-hour") > 0)) \
    || echo "The price of ${setting[INSTANCE_TYPE]} is not in deploy/prices.tsv, so that instances are not counted."
}

cost_lines() {
  local -i gateways
  gateways=$(nat_zones | wc -w)
  cost_of_instances "${setting[INSTANCE_TYPE]} instances" "$(hourly "${setting[INSTANCE_TYPE]}-hour")"
  cost_of_instances "their disks, ${setting[VOLUME_SIZE]} GiB gp3" $(($(price gp3-gb-month) * setting[VOLUME_SIZE]))
  cost_of_instances 'their detailed monitoring, 7 metrics' $(($(price metric-month) * 7))
  cost_of 'load balancer, up to 1 LCU, 2 addresses' $(($(hourly alb-hour) + $(hourly lcu-hour) + 2 * $(hourly ipv4-hour)))
  if ((gateways > 0)); then
    cost_of "NAT, $gateways with an address each (and 0.045 a GB)" $((gateways * ($(hourly nat-hour) + $(hourly ipv4-hour))))
  else
    cost_of 'VPC endpoints, 3 in 2 zones' $((6 * $(hourly endpoint-hour)))
  fi
  cost_of_instances 'S3: a put a flush, and a month of rows' "$(cost_of_archive)"
  cost_of 'alarms' $((6 * $(price alarm-month)))
}

# cost_of WHAT AMOUNT: the same however many instances there are.
cost_of() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$2"
}

cost_of_instances() {
  printf '%s\t%s\t%s\n' "$1" $(($2 * setting[MIN_SIZE])) $(($2 * setting[MAX_SIZE]))
}

cost_of_archive() {
  local -i every=${setting[FLUSH]%[sm]}
  [[ ${setting[FLUSH]} != *m ]] || every=$((every * 60))
  local -i puts=$((hours_a_month * 3600 / every))
  echo $((puts * $(price s3-put) + archive_mb_a_month * $(price s3-gb-month) / 1000))
}

hourly() {
  echo $(($(price "$1") * hours_a_month))
}

# price ITEM: in millionths of a dollar; 0 when it is not known.
price() {
  local item usd whole fraction
  while IFS=$'\t' read -r item usd; do
    if [[ $item == "$1" ]]; then
      IFS=. read -r whole fraction <<<"$usd"
      fraction=${fraction}000000
      echo $((10#$whole * 1000000 + 10#${fraction:0:6}))
      return
    fi
  done <"$deploy/prices.tsv"
  echo 0
}

dollars() {
  printf '%d.%02d' $((($1 + 5000) / 1000000)) $((($1 + 5000) / 10000 % 100))
}
