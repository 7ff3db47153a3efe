#!/usr/bin/env bats
# The runtime is killed at each of its calls in turn, before the call counts
# and after, around callbacks, an invoke and a child that is replayed: the next
# invocation goes on from there. For other operations faults.bats has the same.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
  handler all <<'EOS'
did=$(durable input -r .did)
do_it='echo "$1" >>"$0"; echo "$1"'
id=$(durable callback create first)
durable step --at-most-once once -- sh -c "$do_it" "$did" once || true
b=$(durable callback wait --json -r first)
c=$(durable wait-for-callback --json -r answer -- sh -c "$do_it" "$did" asked)
d=$(durable invoke --json call echo --payload '"echoed"')
e=$(durable child inner -- sh -c 'x=$(durable step z -- sh -c "$0" "$1" z)
  durable wait 1s; head -c 300000 /dev/zero | tr "\0" "$x"' "$do_it" "$did")
durable result "$b $c $d ${#e}"
EOS
  handler echo <<<'durable wait 1s; durable input | durable result --json'
  bridge_serve --skip-time --function "all=durable lambda $PWD/all" \
    --function "echo=durable lambda $PWD/echo"
}

teardown() {
  bridge_close
  durable_teardown
}

# run_killed WHEN N: prints result and kills; what was done is in did.WHEN.N.
run_killed() {
  jq -cn --arg when "$1" --argjson n "$2" --arg did "$PWD/did.$1.$2" '{
    name: "all", input: ({did: $did} | tojson), kill: {when: $when, at: $n},
    actions: [{CallbackName: "*", Operation: "success", Payload: "\"yes\""}
      | ., .]
  }' | bridge_ask | jq -r '.outcome | if .violations == []
    then "\(.Result) \(.counts.kills)" else .violations[] end'
}

# killed_at_each WHEN: until there is no such call.
killed_at_each() {
  local n last wanted='"yes yes \"echoed\" 300000"'
  for ((n = 1; n < 60; n++)); do
    last=$(run_killed "$1" "$n")
    assert_equal "${last% *}" "$wanted"
    # The at-most-once step at most once, all others at least.
    run -0 sort -u "did.$1.$n"
    assert_output --regexp $'^asked(\nonce)?\nz$'
    assert_equal "$(grep -c once "did.$1.$n" || true)" \
      "$(grep -cx once <<<"$output" || true)"
    # One kill repeats no more than what was going on.
    (($(wc -l <"did.$1.$n") - $(wc -l <<<"$output") <= 1))
    [[ ${last##* } == 1 ]] || break
  done
  ((n > 8))
}

@test "kill: before any call counts, and nothing is lost" {
  killed_at_each before
}

@test "kill: after any call has counted, and nothing is done again" {
  killed_at_each after
}
