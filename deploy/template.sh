# shellcheck shell=bash
#
# The launch template: what an instance is. AWS never changes a version, so one with the wanted checksum in its description
# is as wanted; whatever differs makes a new version. Sourced.
#
# Sets ${id[image]} and, for a rollback, ${id[allow_hosts]} and ${id[url]}; compute_template sets $template_version.

declare -A id

declare -A template_made=()

# compute_template RELEASE: the version whose instances fetch RELEASE, "current" or a release reference.
compute_template() {
  local release=$1 description found made
  template_image
  template_data "$release"
  description="release=$release sha256=$(sha256 <"$work/template.json" | cut -d' ' -f1)"
  found=$(ask --absent InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions \
    --launch-template-name "$name" --query "LaunchTemplateVersions[?VersionDescription=='$description'].VersionNumber")
  # Twice there only when an answer was lost on its way.
  template_version=${found%% *}
  # What was made just now need not be in the list yet, and what a plan would make never is.
  made="$mode $description"
  [[ -n $template_version ]] || template_version=${template_made[$made]-}
  if [[ -z $template_version ]]; then
    template_create "$description" "$release"
    template_made[$made]=$template_version
  fi
}

# template_create DESCRIPTION RELEASE
template_create() {
  local present warnings="join('; ',Warning.Errors[].join(': ',[Code,Message])||\`[]\`)"
  present=$(ask --absent InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions \
    --launch-template-name "$name" --versions "\$Latest" --query 'LaunchTemplateVersions[].LaunchTemplateData.ImageId')
  if [[ -z $present ]]; then
    change create "launch template $name" "$(template_said "$2" "${id[image]}")" -- ec2 create-launch-template \
      --launch-template-name "$name" --version-description "$1" --launch-template-data "file://$work/template.json" \
      --tag-specifications "$(tag_specification launch-template "$name")" --query "[LaunchTemplate.LatestVersionNumber,$warnings]"
  else
    change create "version of launch template $name" "$(template_said "$2" "$present")" -- ec2 create-launch-template-version \
      --launch-template-name "$name" --version-description "$1" --launch-template-data "file://$work/template.json" \
      --query "[LaunchTemplateVersion.VersionNumber,$warnings]"
  fi
  read -r template_version warnings <<<"$answer"
  warned_of "launch template $name" "$warnings"
}

# template_said RELEASE FORMER-IMAGE
template_said() {
  local release=${1%%:*}
  [[ $release == current ]] || release="release $release"
  if [[ $2 == "${id[image]}" ]]; then
    echo "$release, ${id[image]}"
  else
    echo "$release, newer Amazon Linux $2 → ${id[image]}"
  fi
}

# The newest Amazon Linux for the instance type's processor: asked once, so that a plan and its deploy agree. With less
# memory dnf is killed, and the group would replace its instances for ever.
template_image() {
  local found memory architecture=x86_64
  [[ -z ${id[image]-} ]] || return 0
  found=$(ask --absent InvalidInstanceType ec2 describe-instance-types --instance-types "${setting[INSTANCE_TYPE]}" \
    --query "InstanceTypes[].[MemoryInfo.SizeInMiB,join(',',ProcessorInfo.SupportedArchitectures)][]")
  [[ -n $found ]] || fail "there is no instance type ${setting[INSTANCE_TYPE]} in $region: choose another INSTANCE_TYPE"
  memory=${found%% *}
  ((memory >= 1024)) || fail "INSTANCE_TYPE ${setting[INSTANCE_TYPE]} has $memory MiB of memory, and an instance needs 1024 at its first boot: choose t4g.micro or a larger one"
  [[ $found != *arm64* ]] || architecture=arm64
  id[image]=$(ask ssm get-parameter --name "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-$architecture" \
    --query Parameter.Value)
}

# For a rollback, which puts a release back and nothing else: the image that the group runs on now stays, and the names under
# which the dashboard is open, so that nobody is locked out who gave DOMAIN on the command line.
compute_keep() {
  local version found type image encoded text
  version=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query 'AutoScalingGroups[].LaunchTemplate.Version')
  [[ -n $version ]] || return 0
  found=$(ask ec2 describe-launch-template-versions --launch-template-name "$name" --versions "$version" \
    --query 'LaunchTemplateVersions[].LaunchTemplateData.[InstanceType,ImageId,UserData]')
  read -r type image encoded <<<"$found"
  # An image of another processor would not start.
  [[ $type != "${setting[INSTANCE_TYPE]}" ]] || id[image]=$image
  text=$(base64 -d <<<"$encoded" 2>/dev/null || true)
  [[ ! $text =~ FLEETDASH_ALLOW_HOSTS=\'([^\']+)\' ]] || id[allow_hosts]=${BASH_REMATCH[1]}
  [[ ! $text =~ FLEETDASH_URL=\'([^\']+)\' ]] || id[url]=${BASH_REMATCH[1]}
}

# template_data RELEASE: into template.json.
template_data() {
  local market=''
  user_data "$1" >"$work/user-data"
  [[ ${setting[PURCHASE]} != spot ]] || market='"InstanceMarketOptions":{"MarketType":"spot"},'
  cat >"$work/template.json" <<JSON
{"ImageId":"${id[image]}","InstanceType":"${setting[INSTANCE_TYPE]}",$market
"IamInstanceProfile":{"Name":"${id[profile]}"},"SecurityGroupIds":["${id[sg_hosts]}"],"Monitoring":{"Enabled":true},
"MetadataOptions":{"HttpEndpoint":"enabled","HttpTokens":"required","HttpPutResponseHopLimit":1},
"BlockDeviceMappings":[{"DeviceName":"/dev/xvda",
  "Ebs":{"VolumeType":"gp3","VolumeSize":${setting[VOLUME_SIZE]},"Encrypted":true,"DeleteOnTermination":true}}],
"TagSpecifications":[{"ResourceType":"instance","Tags":$(tags_json "$name")},{"ResourceType":"volume","Tags":$(tags_json "$name")}],
"UserData":"$(base64 <"$work/user-data" | tr -d '\n')"}
JSON
}
