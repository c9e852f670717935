# shellcheck shell=bash
#
# AWS as a deployment leaves it, for the nodes to boot in: buckets, role, parameter, group and a release.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../../../..")
data=fleetdash-test-123456789012-eu-central-1-data
releases=fleetdash-test-123456789012-eu-central-1-releases
group=fleetdash-test
log_group=/fleetdash/test

make_world() {
  local instances=$1 reference policy
  aws s3api create-bucket --bucket "$data" --create-bucket-configuration LocationConstraint="$AWS_REGION" >/dev/null
  aws s3api create-bucket --bucket "$releases" --create-bucket-configuration LocationConstraint="$AWS_REGION" >/dev/null
  aws logs create-log-group --log-group-name "$log_group"
  policy=$(role_policy)
  make_role node "$policy"
  # May do everything but fetch the release.
  make_role stranger "$(jq '.Statement |= map(select(.Sid != "Release"))' <<<"$policy")"
  reference=$(make_release good)
  aws ssm put-parameter --name /fleetdash/test/current --type String --value "$reference" >/dev/null
  make_group "$instances"
  curl -fsS -o /dev/null -H content-type:text/plain -d 0 "$EMULATOR/moto-api/reset-auth"
  start_relay
}

# As a deployment renders it.
role_policy() {
  (
    source "$root/deploy/fleetdash"
    setting[ENV]=test setting[JOURNAL_LOGS]=yes
    name=fleetdash-test account=123456789012 region=$AWS_REGION partition=aws
    identity_role_policy
  )
}

start_relay() {
  "$(python)" -B "$here/relay.py" 5000 "${EMULATOR##*:}" >"$work/relay.log" 2>&1 3>&- &
  echo $! >"$work/relay.pid"
}

python() {
  "$here/../emulator/find-python"
}

make_role() {
  local name=$1 policy=$2
  aws iam create-role --role-name "$name" --assume-role-policy-document '{
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
  }' >/dev/null
  aws iam put-role-policy --role-name "$name" --policy-name all --policy-document "$policy"
}

# What the metadata service hands out.
role_credentials() {
  aws sts assume-role --role-arn "arn:aws:iam::123456789012:role/$1" --role-session-name node --output json \
    | jq --arg role "$1" '.Credentials + {RoleName: $role, Token: .Credentials.SessionToken} | del(.SessionToken)'
}

make_group() {
  local instances=$1 subnet
  subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
  aws ec2 create-launch-template --launch-template-name "$group" \
    --launch-template-data '{"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}' >/dev/null
  # The emulator's time passes with its calls, and a boot takes longer.
  curl -fsS -o /dev/null -d '{"hook_steps": 1000000}' "$EMULATOR/strict/config"
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$group" --vpc-zone-identifier "$subnet" \
    --launch-template "LaunchTemplateName=$group" --min-size "$instances" --max-size "$instances" \
    --lifecycle-hook-specification-list "$(source "$root/deploy/fleetdash" && group_hook_list)"
  until [[ $(group_instances LifecycleState | sort -u) == Pending:Wait ]]; do :; done
  group_instances InstanceId >"$work/instances"
}

# group_instances WHAT: a line for each.
group_instances() {
  aws autoscaling describe-auto-scaling-instances --query "AutoScalingInstances[].[$1]" --output text
}

# instance_is INSTANCE WHAT: of the group's instance.
instance_is() {
  aws autoscaling describe-auto-scaling-instances --instance-ids "$1" --query "AutoScalingInstances[].$2" --output text
}

# How the launch of an instance ended, as the group's activities have it.
launch_of() {
  aws autoscaling describe-scaling-activities --auto-scaling-group-name "$group" --output text \
    --query "Activities[?starts_with(Description,'Launching a new EC2 instance: $1')].[StatusCode,StatusMessage]"
}

# How often the group was told the end of a launch that it waited for.
launches_ended() {
  curl -fsS "$EMULATOR/strict/calls" | jq '[.[] | select(.action == "CompleteLifecycleAction" and .error == null)] | length'
}

# make_release VERSION [FILE]: puts a release of the real files, or of this one instead of that of its name, and prints its
# reference.
make_release() {
  local version=$1 directory file
  directory=$work/releases/$version
  mkdir -p "$directory"
  cp "$root/target/fleetdash.jar" "$root/systemd/"{fleetdash.service,jvm.options,aot-cache.sh} "$root/userdata/install.sh" "$directory"
  [[ -z ${2-} ]] || cp "$2" "$directory"
  (cd "$directory" && sha256sum aot-cache.sh fleetdash.jar fleetdash.service install.sh jvm.options >SHA256SUMS)
  for file in "$directory"/*; do
    aws s3api put-object --bucket "$releases" --key "releases/$version/${file##*/}" --body "$file" --if-none-match '*' >/dev/null
  done
  echo "$version:$(sha256sum "$directory/SHA256SUMS" | cut -d' ' -f1)"
}

# A jar that tells its version and checks its configuration, and then finds a class missing.
broken_jar() {
  mkdir -p "$work/broken"
  "$(python)" - "$root/target/fleetdash.jar" "$work/broken/fleetdash.jar" <<'END'
import sys, zipfile
whole, broken = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for entry in whole.infolist():
    if entry.filename != "dev/fleetdash/web/Server.class":
        broken.writestr(entry, whole.read(entry))
broken.close()
END
  echo "$work/broken/fleetdash.jar"
}

# A unit that starts, and never answers.
hung_unit() {
  mkdir -p "$work/hung"
  sed 's#^ExecStart=.*#ExecStart=/usr/bin/sleep infinity#' "$root/systemd/fleetdash.service" >"$work/hung/fleetdash.service"
  echo "$work/hung/fleetdash.service"
}
