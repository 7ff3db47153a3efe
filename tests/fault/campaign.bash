# campaign.bash - a fault at the n-th system call, for every n, and what must
# hold after each. Loaded by the bats files beside it.
#
# Every fault has a folder of its own: the workflow is run there under inject
# until the fault has fired, then run again until it succeeds. The workflow
# writes a log of all that happened outside durable: "start X" whenever the
# command of step X begins, "after X VALUE" when the script has gone on behind
# it, "WRONG ..." where it never may come to. So what is compared is not that
# nothing complained but what was done, how often and in which order.

inject=$DURABLE_BUILDDIR/tests/fault/inject

# What every workflow comes to.
result=all-done

# How a workflow is run, again and again until it ends with this status.
run_command=(durable run --quiet --context x.jsonl ./flow)
run_status=0

# What a workflow is made of.
files=(act flow branch world)

# The faults of a round wait for each other's sleeps, not for the processor.
faults_at_once=${FAULTS_AT_ONCE:-4}

# Only a kill at every n-th call, 1 for all of them: a file says what is enough
# for each change, FAULTS_EVERY=1 asks for the whole.
faults_every=${FAULTS_EVERY:-1}

# What else must hold when all is done: a function of the file that knows.
check=:

# needs_inject: skips where calls cannot be spoiled.
needs_inject() {
  "$inject" report engine sync 0 kill true >/dev/null 2>&1 ||
    skip 'needs a kernel with x86-64 system calls, seccomp and ptrace'
}

# Command of a step, "act NAME [STATUS|later]": writes that it began, prints a value that no second start
# would print again, exits with the status given, or succeeds at the second
# attempt.
make_act() {
  handler act <<'EOT'
echo "start $1" >>log
echo "$1-$$-$(date +%N)-"
[ "${2-}" != later ] || [ "$DURABLE_ATTEMPT" -gt 1 ] || exit 75
[ "${2-}" = later ] || exit "${2-0}"
EOT
}

# handlers full of ||, traps, background jobs and pipes.
make_workflow() {
  make_act
  handler branch <<'EOT'
v=$(durable step "in $1" -- ./act "in-$1") || echo "WRONG in-$1" >>log
echo "after in-$1 $v" >>log
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
trap 'say "exit $?"' EXIT
a=$(durable step a -- ./act a) || say "WRONG a"
say "after a $a"
if durable step c -- ./act c 3 >c.out; then say "WRONG c"; else say "after c $?"; fi
m=$(durable step --at-most-once m -- ./act m) || m="failed $?"
say "after m $m"
(durable step p -- ./act p || say "WRONG p") | while read -r v; do say "after p $v"; done
durable parallel -q both --branch l -- ./branch l --branch r -- ./branch r || say "WRONG both"
durable step b -- ./act b >b.out &
wait $! || say "WRONG b"
say "after b $(cat b.out)"
durable result all-done || say "WRONG result"
EOT
}

# One that sleeps between its invocations.
make_sleeper() {
  make_act
  handler branch <<'EOT'
durable wait "nap $1" 1s || echo "WRONG nap" >>log
v=$(durable step "in $1" -- ./act "in-$1") || echo "WRONG in-$1" >>log
echo "after in-$1 $v" >>log
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
a=$(durable step a -- ./act a) || say "WRONG a"
say "after a $a"
durable child -q kid -- ./branch k || say "WRONG kid"
r=$(durable step --retry-delay 1s --retry-jitter none r -- ./act r later) || say "WRONG r"
say "after r $r"
durable result all-done || say "WRONG result"
EOT
}

# One that invokes another, and writes a file.
make_invoker() {
  make_act
  handler branch <<'EOT'
s=$(durable step s -- ./act s) || echo "WRONG s" >>log
echo "after s $s" >>log
durable result "$s"
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
if durable step --output o.txt o -- ./act o; then
  say "after o $(cat o.txt)"
else
  say "WRONG o"
fi
v=$(durable invoke call ./branch) || say "WRONG call"
say "after call $v"
a=$(durable step a -- ./act a) || say "WRONG a"
say "after a $a"
durable result all-done || say "WRONG result"
EOT
}

# told PHASE [VAR=VALUE...]: what verdict.awk says of the folder.
told() {
  local phase=$1 files=(*.jsonl)
  shift
  [[ -e ${files[0]} ]] || files=()
  [[ $phase == records ]] || files+=(log)
  [[ $phase != end ]] || files+=(../reference/log ../reference/records)
  awk -v phase="$phase" "${@/#/-v}" -f "$DURABLE_ROOT/tests/fault/verdict.awk" \
    /dev/null "${files[@]}"
}

# text_of FILE: sets text to what is in it, without a process.
text_of() {
  text=
  IFS= read -r -d '' text <"$1" || true
  while [[ $text == *$'\n' ]]; do text=${text%$'\n'}; done
}

# verdict TEXT: the end of a fault. What it left is shown when it is no good.
verdict() {
  echo "$1" >verdict
  exit 0
}

# resume_all: runs until it has come to its end; at most three times.
resume_all() {
  local status=1 i
  for i in 1 2 3; do
    timeout -k 5 120 "${run_command[@]}" >out 2>err.$i
    status=$?
    ((status != run_status)) || break
  done
  ((status == run_status)) || verdict "does not come to an end ($status): $(cat err.*)"
}

# one_fault ROLE CALL N ACTION: in its folder.
one_fault() {
  local before='' status=0 is_unseen=0 text
  : >log
  # Who kills a client alone before it has connected, or when it has said
  # goodbye, or its command in its place, gives the shell that status: no
  # engine can tell. Then only the starts are counted.
  [[ $1-$2 != client-@(connect|exec|exit) ]] || is_unseen=1
  # shellcheck disable=SC2086 # no option, or two words
  timeout -k 5 120 "$inject" ${inject_options-} fired "$1" "$2" "$3" "$4" \
    "${run_command[@]}" >out 2>err || status=$?
  [[ -e fired || $status == "$run_status" ]] || verdict "ended with $status, and no fault"
  [[ -e fired ]] || verdict unfired
  if ((status != run_status)); then
    text=$(told broken role="$1") || verdict 'not judged'
    before=${text%%$'\n'*}
    [[ $text != *$'\n'* ]] || verdict "${text#*$'\n'}"
    check_error "$2" "$4"
    [[ $4 == kill || $status == 125 ]] || verdict "ended with $status"
    resume_all
  fi
  text_of out
  ((is_unseen)) || [[ $text == "$result" ]] ||
    verdict "another result: $text $(cat err)"
  text=$(told end is_unseen=$is_unseen lines="${before%% *}" \
    finished="${before#* }") || verdict 'not judged'
  [[ ! $text ]] || verdict "$text"
  ((is_unseen)) || "$check"
  verdict fired
}

# check_error CALL ACTION: after a call that failed, what it was and why has
# been told, the file was left whole, and nothing was tried again.
check_error() {
  local why text
  case $2 in
    EIO) why='Input/output error' ;;
    ENOSPC) why='No space left on device' ;;
    EMFILE) why='Too many open files' ;;
    EINTR) why='Interrupted system call' ;;
    *) return 0 ;;
  esac
  while IFS= read -r text && [[ $text != durable*x.jsonl*"$why"* ]]; do :; done <err
  [[ $text ]] || verdict "does not say why: $(cat err)"
  [[ ! -s x.jsonl || ! $(tail -c 1 x.jsonl) ]] || verdict 'left a torn end'
  text_of fired
  [[ $1 != @(write|sync) || $text != *$'\n'* ]] ||
    verdict "$1 was called again after it had failed"
}

# reference_run: the undisturbed run that all is compared with.
reference_run() {
  local status=0
  mkdir reference
  copy_files reference
  (cd reference && exec timeout -k 5 120 "${run_command[@]}" >out 3>&-) || status=$?
  ((status == run_status)) || return
  reference=$(cd reference && told records) || return
  echo "$reference" >reference/records
}

copy_files() {
  local file there=()
  for file in "${files[@]}"; do
    [[ ! -e $file ]] || there+=("$file")
  done
  cp "${there[@]}" "$1"
}

# campaign ROLE CALL ACTION: for every n until nothing fires.
campaign() {
  local n=1 i done='' faults
  [[ ${reference-} ]] || reference_run || return
  while [[ ! $done ]]; do
    faults=()
    for ((i = n; i < n + faults_at_once; i++)); do
      faults+=("$1 $2 $i $3")
    done
    at_once "${faults[@]}" || return
    n=$((n + faults_at_once))
  done
}

# sample ROLE CALL...: a kill at every faults_every-th of all these calls.
sample() {
  local role=$1 call n k=0 calls faults=() done=''
  shift
  [[ ${reference-} ]] || reference_run || return
  for call in "$@"; do
    mkdir "count-$role-$call"
    copy_files "count-$role-$call"
    calls=$(cd "count-$role-$call" && timeout -k 5 120 "$inject" fired "$role" "$call" 0 kill \
      "${run_command[@]}" 2>err 3>&- | tail -n 1)
    for ((n = 1; n <= calls; n++)); do
      ((k++ % faults_every)) || faults+=("$role $call $n kill")
    done
  done
  for ((n = 0; n < ${#faults[@]}; n += faults_at_once)); do
    at_once "${faults[@]:n:faults_at_once}" || return
  done
}

# at_once FAULT...: each a "ROLE CALL N ACTION". Sets done when one has not
# fired.
at_once() {
  local fault folder pids=()
  for fault in "$@"; do
    folder=$PWD/${fault// /-}
    mkdir "$folder"
    copy_files "$folder"
    # bats looks at each command: here it need not.
    # shellcheck disable=SC2086 # four words
    (trap - DEBUG; set +e; cd "$folder" && one_fault $fault) 3>&- &
    pids+=($!)
  done
  # Not all children: bats has one that waits for the time limit.
  wait "${pids[@]}" || true
  for fault in "$@"; do
    look_at "$PWD/${fault// /-}" "$fault" || return
  done
}

# kills ROLE CALL...: at all calls of a role, in one workflow.
kills() {
  local role=$1 call
  if ((faults_every > 1)); then
    sample "$@" || return
  else
    for call in "${@:2}"; do
      campaign "$role" "$call" kill || return
    done
  fi
  report_faults "$role killed at: ${*:2}"
  assert_no_orphans
}

# look_at FOLDER FAULT: takes the verdict in; sets done.
look_at() {
  local text
  text=$(<"$1/verdict") || text='no verdict'
  case $text in
    fired) fired_count=$((${fired_count-0} + 1)) ;;
    unfired) done=yes ;;
    *)
      echo "at $2: $text"
      echo "the log:"
      cat "$1/log"
      echo "stderr:"
      cat "$1"/err*
      [[ ${FAULT_KEEP-} ]] && cp -a "$1" "$FAULT_KEEP"
      return 1
      ;;
  esac
}

# report_faults NAME: how many have fired since the last report, in the test's
# output.
report_faults() {
  local n=${fired_count-0}
  fired_count=0
  echo "# $1: $n faults fired" >&3
  ((n > 0))
}

# No process that belonged to a workflow below here is left.
assert_no_orphans() {
  local left
  left=$(grep -lz "^DURABLE_CONTEXT=$BATS_TEST_TMPDIR/" /proc/[0-9]*/environ \
    2>/dev/null || true)
  [[ ! $left ]] || {
    echo "left running: $left"
    return 1
  }
}
