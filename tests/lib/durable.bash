# durable.bash - what every bats file loads, and the only helper file.
#
#   load ../lib/durable
#
# Each test gets a HOME, state folder and TMPDIR of its own and starts in
# $BATS_TEST_TMPDIR. A file with a setup() of its own calls durable_setup
# first, one with a teardown() calls durable_teardown last.

bats_require_minimum_version 1.5.0

# load_files LIBRARY: what its load.bash loads; that forks twice for each file,
# anew for each test, and took longer than most tests do.
load_files() {
  local folder file
  while IFS= read -r -d : folder; do
    [[ -d $folder/$1/src ]] || continue
    for file in "$folder/$1"/src/*.bash; do
      # shellcheck source=/dev/null
      source "$file"
    done
    return
  done <<<"${BATS_LIB_PATH-}:"
  bats_load_library "$1"
}

load_files bats-support
load_files bats-assert
load_files bats-file

# The programs of the build tree; "make check" names it.
DURABLE_ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export DURABLE_BUILDDIR=${DURABLE_BUILDDIR:-$DURABLE_ROOT/build}
PATH=$DURABLE_BUILDDIR:$PATH

# A command frees nothing that its exit frees anyway. In a sanitizer build
# leaks are what the unit tests look for.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}

# A test that hangs is ended after this many seconds. Nothing else is: what a
# campaign takes alone, it takes ten times over on a busy machine.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-900}

durable_setup() {
  local name
  for name in "${!DURABLE_@}"; do
    case $name in
      DURABLE_BUILDDIR | DURABLE_ROOT) ;;
      *) unset "$name" ;;
    esac
  done
  unset XDG_RUNTIME_DIR XDG_CONFIG_HOME
  export LC_ALL=C.UTF-8 TZ=UTC
  export HOME=$BATS_TEST_TMPDIR/home
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir -p "$HOME" "$XDG_STATE_HOME" "$TMPDIR"
  cd "$BATS_TEST_TMPDIR" || return
  started=()
}

# Ends what the test started with "start" and did not wait for.
durable_teardown() {
  local pid
  for pid in "${started[@]}"; do
    kill -KILL "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
}

setup() { durable_setup; }
teardown() { durable_teardown; }

# start COMMAND...: runs it in the background, its output in start.out and
# start.err, its process id in $pid.
start() {
  "$@" >start.out 2>start.err 3>&- &
  pid=$!
  started+=("$pid")
}

# ends_with STATUS: waits for what "start" began last; fails unless it exits
# with STATUS.
ends_with() {
  local status=0
  wait "$pid" || status=$?
  assert_equal "$status" "$1"
}

# wait_until SECONDS COMMAND...: polls until COMMAND succeeds; fails, with
# what was waited for, when it has not after SECONDS.
wait_until() {
  local limit=$1 until
  shift
  until=$((SECONDS + limit))
  while ! "$@" >/dev/null 2>&1; do
    if ((SECONDS > until)); then
      echo "after $limit s still not: $*" >&2
      return 1
    fi
    sleep 0.02
  done
}

# handler NAME <<'EOF' ... EOF: writes an executable workflow. Without a
# #! line it is a sh script under set -eu.
handler() {
  local text
  text=$(cat)
  case $text in
    '#!'*) ;;
    *) text=$'#!/bin/sh\nset -eu\n'$text ;;
  esac
  printf '%s\n' "$text" >"$1"
  chmod +x "$1"
}

# first_run <<'EOF' ... EOF: runs a flow of these lines in f.jsonl, which must
# succeed; $output is its result.
first_run() {
  handler flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
}

# replayed <<'EOF' ... EOF: the same, but the engine is killed behind the last
# line and the flow run again: $output is the result of the replay.
replayed() {
  local text
  text=$(cat)
  handler flow <<<"$text"'
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }'
  run -137 --separate-stderr durable run --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
}

# history_of CONTEXT: the event types of an execution, one a line.
history_of() {
  durable history --json "$1" | jq -r '.Events[].EventType'
}

# lines_of FILE: how many lines it has; 0 when it is not there. Steps append
# to a file what they do, and a test counts.
lines_of() {
  if [[ -e $1 ]]; then
    grep -c '' "$1" || true
  else
    echo 0
  fi
}
