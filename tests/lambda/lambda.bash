# lambda.bash - for the tests that have AWS's local engine on the other side;
# loaded after lib/durable.

BRIDGE=$DURABLE_ROOT/tests/lambda/bridge

# bridge_needs: skips the test where the bridge cannot run.
bridge_needs() {
  command -v node >/dev/null || skip 'node is not installed'
  [[ -d $BRIDGE/node_modules ]] ||
    skip "the bridge has no packages: run npm ci in tests/lambda/bridge"
}

# That this node will be too old one day is no news of a test.
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true

# js NAME [HANDLER]: the words that make a function of a handler in
# JavaScript, for AWS's SDK.
js() {
  echo "$1=node $BRIDGE/js-runtime.mjs $BRIDGE/js/${2-$1}.mjs"
}

# bridge [OPTION...]: its outcome in outcome.json, events in history.json,
# what was wrong in violations, and its exit status.
bridge() {
  node "$BRIDGE/bridge.mjs" --history history.json --logs . \
    --violations violations --env ASAN_OPTIONS "$@" >outcome.json
}

# outcome FILTER: of the outcome.
outcome() { jq -c "$1" outcome.json; }

# The types of the events, in a line.
events() { jq -r '[.Events[].EventType] | join(" ")' history.json; }

# bridge_serve [OPTION...]: one that stays, to be asked by bridge_ask and
# ended by bridge_close, which fails when it saw a violation.
bridge_serve() {
  coproc SERVED {
    exec node "$BRIDGE/bridge.mjs" --serve --logs . \
      --violations violations "$@" 3>&-
  }
  read -r served <&"${SERVED[0]}"
}

# bridge_ask: takes what to run from stdin, prints {outcome, Events}.
bridge_ask() {
  node "$BRIDGE/ask.mjs" "$(jq -r .control <<<"$served")"
}

bridge_close() {
  local pid=${SERVED_PID-} input=${SERVED[1]-}
  [[ $pid ]] || return 0
  exec {input}>&-
  wait "$pid"
}
