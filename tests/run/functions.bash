# functions.bash - running one flow, with durable.sh, in each of six shells that
# is here. Loaded by the bats files beside it.

# in_each CHECK... <<'EOF' ... EOF: the lines behind durable.sh, as ./flow in a
# folder for each shell; CHECK is run there. The shell is named when it fails.
in_each() {
  local shell text
  text=$(cat)
  for shell in dash bash busybox zsh ksh93 mksh; do
    command -v "$shell" >/dev/null || continue
    echo "in $shell:"
    mkdir "$BATS_TEST_TMPDIR/$shell"
    cd "$BATS_TEST_TMPDIR/$shell" || return
    [[ $shell != busybox ]] || shell='busybox sh'
    handler flow <<<"#!$(command -v "${shell%% *}")${shell#"${shell%% *}"}
set -eu
. durable.sh
$text"
    "$@"
  done
}

# gives STATUS RESULT: the flow ends so.
gives() {
  run "-$1" --separate-stderr durable run --context f.jsonl ./flow
  assert_output "$2"
}

# gives_twice RESULT: the same of a run whose engine is killed behind the last
# line and of the replay; nothing is run a second time.
gives_twice() {
  cat >>flow <<'EOF'
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
EOF
  run -137 durable run --context f.jsonl ./flow
  cp effects before
  gives 0 "$1"
  assert_equal "$(cat effects)" "$(cat before)"
}

# says TEXT: some line of stderr has it.
says() {
  # shellcheck disable=SC2154 # run sets it
  [[ $stderr == *"$1"* ]] || fail "not said: $1, but: $stderr"
}

# has_run WORDS: what the functions have noted, in its order.
has_run() {
  assert_equal "$(paste -sd ' ' effects)" "$1"
}

crashes_once() {
  gives 0 finished
  has_run 'start start'
  assert_equal "$(history_of f.jsonl | grep -c InvocationCompleted)" 2
}

# refuses TEXT: a usage error that says so, and nothing is run.
refuses() {
  gives 2 ''
  says "$1"
  assert_not_exist effects
}
