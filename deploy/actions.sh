# shellcheck shell=bash
#
# What the balancer does with a request, by a word: open, closed, redirect, page and api (open, after signing in when
# OIDC_* is set). Sourced.

declare -A id

# Actions in words without blanks; what else AWS tells of them are its defaults.
readonly action_words="join(':',[Type,TargetGroupArn,RedirectConfig.Protocol,RedirectConfig.Port,RedirectConfig.StatusCode,
  FixedResponseConfig.StatusCode,AuthenticateOidcConfig.OnUnauthenticatedRequest,AuthenticateOidcConfig.Issuer,
  AuthenticateOidcConfig.AuthorizationEndpoint,AuthenticateOidcConfig.TokenEndpoint,
  AuthenticateOidcConfig.UserInfoEndpoint,AuthenticateOidcConfig.ClientId][?@])"

sign_in_changed=no
client_secret=''

# action_kind ACTION: without sign-in a page is as open as anything.
action_kind() {
  if [[ $1 == page || $1 == api ]] && [[ -z ${setting[OIDC_CLIENT_ID]} ]]; then
    echo open
  else
    echo "$1"
  fi
}

# action_differs ACTION FOUND: whether FOUND, as $action_words has it, is something else.
action_differs() {
  local kind
  kind=$(action_kind "$1")
  [[ $2 != "$(action_wanted "$kind")" ]] || [[ $sign_in_changed == yes && $kind =~ ^(page|api)$ ]]
}

action_wanted() {
  case $1 in
    open) echo "forward:${id[targets]}" ;;
    closed) echo fixed-response:403 ;;
    redirect) echo redirect:HTTPS:443:HTTP_301 ;;
    page | api)
      printf '%s:' authenticate-oidc "$(sign_in_mode "$1")" "${setting[OIDC_ISSUER]}" "${setting[OIDC_AUTHORIZATION_ENDPOINT]}" \
        "${setting[OIDC_TOKEN_ENDPOINT]}" "${setting[OIDC_USER_INFO_ENDPOINT]}"
      echo "${setting[OIDC_CLIENT_ID]}+forward:${id[targets]}"
      ;;
  esac
}

action_said() {
  case $(action_kind "$1") in
    open) echo forward ;;
    closed) echo closed ;;
    redirect) echo 'redirect to HTTPS' ;;
    page) echo 'sign in, then forward' ;;
    api) echo 'forward who has signed in' ;;
  esac
}

# A script cannot follow to where one signs in: it is told 401.
sign_in_mode() {
  case $1 in
    page) echo authenticate ;;
    api) echo deny ;;
  esac
}

# action_write ACTION: into actions.json; a file, because the arguments of a process are for all to read.
action_write() {
  (umask 077 && : >"$work/actions.json")
  case $(action_kind "$1") in
    open) printf '[{"Type":"forward","TargetGroupArn":"%s"}]' "${id[targets]}" ;;
    closed)
      echo '[{"Type":"fixed-response","FixedResponseConfig":{"StatusCode":"403","ContentType":"text/plain","MessageBody":"closed"}}]'
      ;;
    redirect) echo '[{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}]' ;;
    page | api) sign_in "$1" ;;
  esac >"$work/actions.json"
}

sign_in() {
  [[ -n $client_secret || $takes_settings == no ]] \
    || fail "sign-in has to be written anew, and the balancer does not tell the client secret that it has: give OIDC_CLIENT_SECRET, best by the name under which it lies (ssm:/path/name)"
  cat <<JSON
[{"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
  "OnUnauthenticatedRequest": "$(sign_in_mode "$1")", "Issuer": $(json "${setting[OIDC_ISSUER]}"),
  "AuthorizationEndpoint": $(json "${setting[OIDC_AUTHORIZATION_ENDPOINT]}"),
  "TokenEndpoint": $(json "${setting[OIDC_TOKEN_ENDPOINT]}"),
  "UserInfoEndpoint": $(json "${setting[OIDC_USER_INFO_ENDPOINT]}"),
  "ClientId": $(json "${setting[OIDC_CLIENT_ID]}"), "ClientSecret": $(json "$client_secret")}},
 {"Type": "forward", "Order": 2, "TargetGroupArn": "${id[targets]}"}]
JSON
}

# Into $client_secret: asked once, so that a plan and its deploy agree, and never among the arguments of a process.
client_secret_find() {
  local where=${setting[OIDC_CLIENT_SECRET]} kind=SecureString
  [[ -z $client_secret ]] || return 0
  case $where in
    ssm:*)
      client_secret=$(ask --absent ParameterNotFound ssm get-parameter --with-decryption --name "${where#*:}" --query 'Parameter.[Type,Value]')
      kind=${client_secret%% *} client_secret=${client_secret#* }
      ;;
    secretsmanager:*) client_secret=$(ask --absent ResourceNotFoundException secretsmanager get-secret-value --secret-id "${where#*:}" --query SecretString) ;;
    *) client_secret=$where ;;
  esac
  [[ -n $client_secret ]] || fail "there is no OIDC_CLIENT_SECRET at $where in $region: put it there, or say where it lies"
  [[ $kind == SecureString ]] || fail "OIDC_CLIENT_SECRET is at $where as a $kind, which is not encrypted: put it into another parameter, of type SecureString"
  [[ $where == "$client_secret" || ! $client_secret =~ [[:space:]]|^\{ ]] \
    || fail "what is at $where is more than an OIDC_CLIENT_SECRET, with blanks, lines or as JSON: put there the secret alone, as plain text"
}

# AWS never tells the client secret again. So that a new one is noticed, the listener has a few digits of its checksum
# as a tag, written after all actions were. Who only looks needs no secret.
sign_in_read() {
  local found=
  sign_in_changed=no
  [[ -n ${setting[OIDC_CLIENT_SECRET]} && $takes_settings == yes ]] || return 0
  client_secret_find
  ! known "$1" || found=$(ask --retry ListenerNotFound elbv2 describe-tags --resource-arns "$1" \
    --query "TagDescriptions[].Tags[?Key=='fleetdash:sign-in'].Value[]")
  [[ $found == "$(sign_in_fingerprint)" ]] || sign_in_changed=yes
}

sign_in_remember() {
  [[ $sign_in_changed == yes ]] || return 0
  change set "client secret of listener 443" '' -- elbv2 add-tags --resource-arns "$1" \
    --tags "Key=fleetdash:sign-in,Value=$(sign_in_fingerprint)"
}

sign_in_fingerprint() {
  printf '%s' "$client_secret" | sha256 | cut -c -8
}
