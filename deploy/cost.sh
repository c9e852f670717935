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
  cost_standard
  cost_by_use
  (($(price "${setting[INSTANCE_TYPE]}-hour") > 0)) \
    || echo "The price of ${setting[INSTANCE_TYPE]} is not in deploy/prices.tsv, so that instances are not counted."
}

cost_lines() {
  local -i gateways endpoints metrics
  gateways=$(nat_zones | wc -w) endpoints=$(endpoint_services | wc -w) metrics=$(cost_alarm_metrics)
  cost_of_instances "${setting[INSTANCE_TYPE]} instances" "$(hourly "${setting[INSTANCE_TYPE]}-hour")"
  cost_of_instances "their disks, ${setting[VOLUME_SIZE]} GiB gp3" $(($(price gp3-gb-month) * setting[VOLUME_SIZE]))
  cost_of_instances 'their detailed monitoring, 7 metrics' $(($(price metric-month) * 7))
  ! balanced || cost_of 'load balancer, up to 1 LCU, 2 addresses' $(($(hourly alb-hour) + $(hourly lcu-hour) + 2 * $(hourly ipv4-hour)))
  if ((gateways > 0)); then
    cost_of "NAT, $gateways with an address each (and 0.045 a GB)" $((gateways * ($(hourly nat-hour) + $(hourly ipv4-hour))))
  else
    cost_of "VPC endpoints, $endpoints $(endpoint_zones)" $((setting[ENDPOINT_ZONES] * endpoints * $(hourly endpoint-hour)))
  fi
  cost_of_instances 'S3: a put a flush, and a month of rows' "$(cost_of_archive)"
  cost_of "alarms, $metrics metrics" $((metrics * $(price alarm-month)))
}

# What the settings that save money are measured against.
cost_standard() {
  local -i sum=0 low
  balanced && [[ ${setting[NAT_MODE]} == zonal ]] && return
  # In a subshell, so that the settings stay as they are.
  while IFS=$'\t' read -r _ low _; do
    sum+=low
  done < <(setting[BALANCER]=application setting[NAT_MODE]=zonal && cost_lines)
  echo "With a balancer and NAT in each zone it would be $(dollars "$sum") at ${setting[MIN_SIZE]} instances."
}

# An alarm is billed by its metrics, and the one for errors has three. Target tracking makes two alarms of its own.
cost_alarm_metrics() {
  local -i metrics=10
  balanced || metrics=6
  echo $((metrics - (setting[MIN_SIZE] == setting[MAX_SIZE])))
}

# What nobody can say before it is there.
cost_by_use() {
  local use=''
  [[ ${setting[NAT_MODE]} == none ]] || use+="; traffic through NAT $(listed nat-gb)"
  [[ ${setting[JOURNAL_LOGS]} == no ]] || use+="; journal $(listed logs-gb)"
  [[ ${setting[FLOW_LOGS]} == no ]] || use+="; flow logs $(listed flow-logs-gb)"
  [[ -z $use ]] || echo "By use, for each GB: ${use:2}."
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
  local usd whole fraction
  usd=$(listed "$1")
  IFS=. read -r whole fraction <<<"${usd:-0.0}"
  fraction=${fraction}000000
  echo $((10#$whole * 1000000 + 10#${fraction:0:6}))
}

# listed ITEM: in dollars, as deploy/prices.tsv has it.
listed() {
  sed -n "s/^$1"$'\t'//p "$deploy/prices.tsv"
}

dollars() {
  printf '%d.%02d' $((($1 + 5000) / 1000000)) $((($1 + 5000) / 10000 % 100))
}
