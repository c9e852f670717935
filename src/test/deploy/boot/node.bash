# shellcheck shell=bash
#
# Nodes: containers that boot as instances do, each in a network namespace with a metadata service of its own.
#
# Node number N has the address 10.77.N.2. AWS is at 10.77.N.1, its S3 at 10.77.N.3, so that S3 can go away alone.

# shellcheck source=src/test/deploy/boot/world.bash
source "$(dirname "${BASH_SOURCE[0]}")/world.bash"
# shellcheck source=src/test/deploy/patience.bash
source "$here/../patience.bash"

node_dir() {
  echo "$work/node-$1"
}

# The instance as EC2 and its group know it, and its network; nothing runs yet. Settings are the SETTINGS of user-data.
make_node() {
  local n=$1 release=${2:-current} role=${3:-node} directory
  directory=$(node_dir "$n")
  mkdir -p "$directory/imds"
  sed -n "${n}p" "$work/instances" >"$directory/instance"
  role_credentials "$role" >"$directory/imds/credentials.json"
  echo '{"Name": "fleetdash-test", "fleetdash": "test"}' >"$directory/imds/tags.json"
  echo InService >"$directory/imds/lifecycle"
  jq -n --arg id "$(<"$directory/instance")" --arg ip "10.77.$n.2" '{instanceId: $id, region: "eu-central-1",
    availabilityZone: "eu-central-1a", instanceType: "t4g.small", imageId: "ami-0123", privateIp: $ip,
    accountId: "123456789012"}' >"$directory/imds/instance.json"
  user_data "$release" >"$directory/imds/user-data"
  mkdir "$directory/seed"
  cp "$directory/imds/user-data" "$directory/seed/user-data"
  echo "instance-id: $(<"$directory/instance")" >"$directory/seed/meta-data"
  make_network "$n"
}

# As the deployment fills it in.
user_data() {
  local release=$1
  sed "/^# <settings>/,/^# <\/settings>/c\\
ENVIRONMENT='test'\\
REGION='eu-central-1'\\
RELEASE_BUCKET='$releases'\\
RELEASE='$release'\\
GROUP='$group'\\
LOG_GROUP='$log_group'\\
SETTINGS=(FLEETDASH_ARCHIVE='s3://$data' FLEETDASH_BIND='0.0.0.0' FLEETDASH_FLUSH='10s' FLEETDASH_DRAIN='1s' FLEETDASH_OF_TOMORROW='1')" \
    "$root/userdata/user-data.sh"
}

make_network() {
  local n=$1 directory
  directory=$(node_dir "$n")
  link_network "$n"
  in_network "$n" ip address add 169.254.169.254/32 dev lo
  echo "[Manager]
DefaultEnvironment=AWS_ENDPOINT_URL=http://10.77.$n.1:5000 AWS_ENDPOINT_URL_S3=http://10.77.$n.3:5000 \
AWS_EC2_METADATA_SERVICE_ENDPOINT=http://169.254.169.254/" >"$directory/system.conf"
  start_metadata "$n"
}

link_network() {
  local n=$1
  ip netns add "node-$n"
  ip link add "node-$n" type veth peer name eth0 netns "node-$n"
  ip address add "10.77.$n.1/24" dev "node-$n"
  ip address add "10.77.$n.3/24" dev "node-$n"
  ip link set "node-$n" up
  ip -n "node-$n" link set lo up
  ip -n "node-$n" link set eth0 address 02:00:00:00:00:02
  ip -n "node-$n" address add "10.77.$n.2/24" dev eth0
  ip -n "node-$n" link set eth0 up
}

start_metadata() {
  local directory
  directory=$(node_dir "$1")
  ip netns exec "node-$1" "$(python)" -B "$here/imds.py" "$directory/imds" >"$directory/imds.log" 2>&1 3>&- &
  echo $! >"$directory/imds.pid"
  await answered in_network "$1" curl -fsS -o "$directory/versions" -X PUT \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token
}

answered() {
  "$@" 2>/dev/null
}

in_network() {
  local n=$1
  shift
  ip netns exec "node-$n" "$@"
}

stop_metadata() {
  kill "$(<"$(node_dir "$1")/imds.pid")"
}

s3_away() {
  ip address del "10.77.$1.3/24" dev "node-$1"
}

s3_back() {
  ip address add "10.77.$1.3/24" dev "node-$1"
}

# Starts the container from an image; every time it is a new machine. Extra arguments are nspawn's.
boot_node() {
  local n=$1 image=$2 directory cgroup
  directory=$(node_dir "$n") cgroup=$(make_cgroup)
  shift 2
  echo "$cgroup" >"$directory/cgroup"
  (
    echo "$BASHPID" >"$cgroup/cgroup.procs"
    exec env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$image" --volatile=overlay --boot \
      --register=no --keep-unit --machine="node-$n" --network-namespace-path="/run/netns/node-$n" \
      --bind-ro="$directory/seed:/var/lib/cloud/seed/nocloud" \
      --bind-ro="$directory/system.conf:/etc/systemd/system.conf.d/test.conf" --console=read-only "$@"
  ) </dev/null >"$directory/console" 2>&1 3>&- &
  echo $! >"$directory/pid"
  date +%s.%N >"$directory/started"
}

# Each node has a cgroup of its own. In a common one the systemd of one node removes, when a unit of its own has ended, the
# cgroup in which that of another node is about to start the unit of the same name, which then fails.
make_cgroup() {
  local mounted own
  mounted=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)
  own=$(sed -n 's/^0:://p' /proc/self/cgroup)
  mktemp --directory "$mounted${own%/}/fleetdash.XXXXXX"
}

# Ends what runs in it, which outlives nspawn, and removes it. What does not go at once ends with the namespaces.
end_cgroup() {
  local i
  { echo 1 >"$1/cgroup.kill"; } 2>/dev/null || true
  for ((i = 0; i < 20; i++)); do
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null && return
    sleep 0.1
  done
  true
}

since_start() {
  awk -v started="$(<"$(node_dir "$1")/started")" -v now="$(date +%s.%N)" 'BEGIN { printf "%.1f", now - started }'
}

# Process 1 of the container, as seen from here.
leader() {
  pgrep --parent "$(<"$(node_dir "$1")/pid")" --exact systemd
}

in_node() {
  local n=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "AWS_ENDPOINT_URL=http://10.77.$n.1:5000" AWS_REGION=eu-central-1 \
    nsenter --target "$(leader "$n")" --mount --uts --ipc --net --pid --cgroup --root --wdns=/ -- "$@"
}

# By the signal that stands for the power button; returns when it is off.
power_off() {
  kill -SIGRTMIN+4 "$(leader "$1")"
  await node_is_off "$1"
}

node_is_off() {
  ! kill -0 "$(<"$(node_dir "$1")/pid")" 2>/dev/null
}

console() {
  cat "$(node_dir "$1")/console"
}

healthy() {
  curl -fsS --max-time "$patience" -o /dev/null "http://10.77.$1.2:8080/health" 2>/dev/null
}

console_says() {
  console "$1" | grep -qaF -- "$2"
}
