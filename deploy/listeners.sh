# shellcheck shell=bash
#
# Where the balancer listens: HTTPS with a redirect from HTTP when there is a certificate, else HTTP. Sourced.

declare -A id

# With post-quantum key exchange for those who have it, else TLS 1.3, else the forward-secret ciphers of TLS 1.2.
readonly tls_policy=ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09

listener_found=() # by port: ARN, TLS policy, certificate, default actions

listeners_ensure() {
  listeners_read
  if [[ -n ${id[certificate]} ]]; then
    listener 443 page --protocol HTTPS --ssl-policy "$tls_policy" --certificates "CertificateArn=${id[certificate]}"
    listener 80 redirect --protocol HTTP
  else
    [[ $mode == apply ]] || warn "without DOMAIN or CERTIFICATE_ARN the dashboard is served over plain HTTP, which everyone on the way can read"
    listener 80 page --protocol HTTP
    listener_remove 443
  fi
}

listeners_read() {
  local found
  local -a cells
  listener_found=()
  known "${id[balancer]}" || return 0
  found=$(ask --retry LoadBalancerNotFound elbv2 describe-listeners --load-balancer-arn "${id[balancer]}" \
    --query "Listeners[].[Port,ListenerArn,SslPolicy,Certificates[0].CertificateArn,join('+',DefaultActions[].$action_words)]")
  read -r -a cells <<<"$found"
  while ((${#cells[@]} > 0)); do
    listener_found[cells[0]]=${cells[*]:1:4}
    cells=("${cells[@]:5}")
  done
}

# listener PORT ACTION OPTIONS…: ACTION is for the paths that have no rule.
listener() {
  local port=$1 action=$2 arn policy certificate default
  shift 2
  read -r arn policy certificate default <<<"${listener_found[$port]-}"
  if [[ -z $arn ]]; then
    # Closed until its rules are there, so that no path is open for a moment.
    action_write closed
    change create "listener $port" "$2" -- --retry LoadBalancerNotFound elbv2 create-listener \
      --load-balancer-arn "${id[balancer]}" --port "$port" "$@" --default-actions "file://$work/actions.json" \
      --tags "$(tags_json "$name")" --query 'Listeners[].ListenerArn'
    arn=$answer default=new
  elif [[ $port == 443 ]]; then
    keep 'TLS policy of listener 443' "$tls_policy" "$policy" -- elbv2 modify-listener --listener-arn "$arn" \
      --ssl-policy "$tls_policy" --query 'Listeners[].ListenerArn'
    keep 'certificate of listener 443' "${id[certificate]}" "$certificate" -- elbv2 modify-listener --listener-arn "$arn" \
      --certificates "CertificateArn=${id[certificate]}" --query 'Listeners[].ListenerArn'
  fi
  if [[ $action == redirect ]]; then
    listener_default "$arn" "$port" "$action" "$default"
    rules_ensure "$arn" "$port"
  else
    sign_in_read "$arn"
    rules_of_page
    rules_ensure "$arn" "$port" "${page_rules[@]}"
    listener_default "$arn" "$port" "$action" "$default"
    sign_in_remember "$arn"
  fi
}

listener_default() {
  local arn=$1 port=$2 action=$3 found=$4
  if action_differs "$action" "$found"; then
    action_write "$action"
    change set "listener $port" "all other paths: $(action_said "$action")" -- elbv2 modify-listener --listener-arn "$arn" \
      --default-actions "file://$work/actions.json" --query 'Listeners[].ListenerArn'
  fi
}

listener_remove() {
  local arn
  read -r arn _ <<<"${listener_found[$1]-}"
  [[ -z $arn ]] || change delete "listener $1" '' -- elbv2 delete-listener --listener-arn "$arn"
}
