#!/usr/bin/env bats
# functions.bats - durable.sh: functions of the script where a command may be,
# in each of six shells that is here.
# shellcheck disable=SC2154 # stderr is set by run
load ../lib/durable
load functions

@test "functions: a step runs once and is replayed" {
  in_each gives_twice 'outside paid 7 charge 1' <<'EOF'
v=outside
charge() { v=inside; echo "run" >>effects; echo "paid $1 $DURABLE_STEP $DURABLE_ATTEMPT"; }
x=$(durable step charge -- charge 7)
durable result "$v $x"
EOF
}

@test "functions: what is none is a program" {
  in_each gives 0 'a b program' <<'EOF'
echo() { printf 'function\n'; }
a=$(durable step p -- printf '%s %s' a b)
b=$(durable step q -- /bin/echo program)
durable result "$a $b"
EOF
}

@test "functions: words arrive as they are" {
  in_each gives 0 '[a b][][*][it'\''s][--][]' <<'EOF'
show() { printf '[%s]' "$@"; }
durable result "$(durable step "it's" -- show 'a b' '' '*' "it's" -- '')"
EOF
}

stops_at_failure() {
  gives 3 ''
  has_run before
}

@test "functions: set -e holds in them, and their status comes back" {
  in_each stops_at_failure <<'EOF'
stops() { echo before >>effects; (exit 3); echo behind >>effects; }
durable step s -- stops
echo went on >>effects
EOF
}

names_condition_once() {
  gives 0 'no no'
  says 'the shell ignores set -e'
  assert_equal "$(grep -c 'ignores set -e' <<<"$stderr")" 1
}

@test "functions: a condition that disarms set -e is named, once" {
  in_each names_condition_once <<'EOF'
stops() { false; return 5; }
x=yes y=yes
if durable step s -- stops; then :; else x=no; fi
durable step t -- stops || y=no
durable result "$x $y"
EOF
}

tries_three_times() {
  gives_twice 'ok on 3'
  has_run '1 2 3'
}

@test "functions: a failure is tried again" {
  in_each tries_three_times <<'EOF'
flaky() { echo "$DURABLE_ATTEMPT" >>effects; [ "$DURABLE_ATTEMPT" = 3 ]; echo "ok on $DURABLE_ATTEMPT"; }
x=$(durable step f --max-attempts 3 --retry-delay 1s --retry-rate 1 -- flaky)
durable result "$x"
EOF
}

@test "functions: --jq, --json, --accept" {
  in_each gives_twice '7 Output.NotJSON 2:kept' <<'EOF'
object() { echo run >>effects; echo ' {"a": 7} '; }
text() { echo no; }
status() { echo kept; return 2; }
rc=0
a=$(durable step a --jq .a -- object)
durable step b --json -- text || :
c=$(durable step c --accept 2 -- status) || rc=$?
durable result "$a $(durable error b .ErrorType | tr -d '"') $rc:$c"
EOF
}

@test "functions: --raw keeps every byte" {
  in_each gives_twice '0000000   x  \0  \n  \n|0000004' <<'EOF'
bytes() { echo run >>effects; printf 'x\0\n\n'; }
durable step d --raw -- bytes >d
durable result "$(od -c d | paste -sd '|')"
EOF
}

@test "functions: durable fail names the error, whatever status follows" {
  in_each gives_twice '"Card" "declined" 1' <<'EOF'
charge() { echo run >>effects; durable fail --type Card declined || :; return 0; }
rc=0
durable step charge -- charge || rc=$?
durable result "$(durable error charge .ErrorType) $(durable error charge .ErrorMessage) $rc"
EOF
}

@test "functions: 2>&1 records both" {
  in_each gives_twice 'out|err' <<'EOF'
both() { echo run >>effects; echo out; echo err >&2; }
x=$(durable step b -- both 2>&1)
durable result "$(echo "$x" | paste -sd '|')"
EOF
}

runs_children() {
  gives_twice 'A-1 B-2'
  has_run 'A deep B deep'
}

@test "functions: a child has operations of its own and is suspended in them" {
  in_each runs_children <<'EOF'
leaf() { echo "$1" >>effects; echo "$1-$2"; }
part() { durable step leaf -- leaf "$1" "$2" >"part.$1"; durable wait nap 1s; durable child deep -- deep "$1"; }
deep() { durable step leaf -- leaf deep "$1" >/dev/null; cat "part.$1"; }
a=$(durable child one -- part A 1)
b=$(durable child two -- part B 2)
durable result "$a $b"
EOF
}

runs_side_by_side() {
  gives 0 'a and b'
  has_run 'a b'
}

@test "functions: children in the background are suspended together" {
  in_each runs_side_by_side <<'EOF'
leaf() { echo "$1" >>effects; echo "$1"; }
fetch() { sleep "$2"; durable step leaf -- leaf "$1"; durable wait nap 1s; }
durable child a -- fetch a 0 >a & a=$!
durable child b -- fetch b 0.3 >b & b=$!
wait "$a"
wait "$b"
durable result "$(cat a) and $(cat b)"
EOF
}

runs_to_its_end() {
  gives 0 finished
  has_run 'start end'
}

@test "functions: one that runs holds the invocation" {
  in_each runs_to_its_end <<'EOF'
slow() { echo start >>effects; sleep 2; echo end >>effects; }
durable step slow -- slow &
durable wait short 1s
wait
durable result finished
EOF
}

exits_once() {
  gives 4 ''
  has_run 'f g exit 4'
}

@test "functions: the script's EXIT trap is not theirs" {
  in_each exits_once <<'EOF'
trap 'echo "exit $?" >>effects' EXIT
f() { echo f >>effects; exit 0; }
g() { echo g >>effects; exit 4; }
durable step f -- f
durable child g -- g
EOF
}

@test "functions: the script's EXIT trap sees a program's status" {
  in_each exits_once <<'EOF'
trap 'echo "exit $?" >>effects' EXIT
! durable step e -- sh -c 'echo f >>effects; exit 5'
x=$(durable step d -- sh -c 'echo g >>effects; exit 4')
echo bad >>effects
EOF
}

@test "functions: a closed standard output is no failure" {
  in_each gives 0 '0 5' <<'EOF'
f() { echo out; return "$1"; }
rc=0
durable step a -- f 0 >&-
durable step b -- f 5 >&- || rc=$?
durable result "0 $rc"
EOF
}

# The first time it kills the shell in whose hands the operation is: that above
# the function's own, where these are processes.
# shellcheck disable=SC2016 # the flow's
killer='killer() {
  echo start >>effects
  [ ! -e killed ] || return 0
  : >killed
  me=$(sh -c '\''echo $PPID'\'')
  case ${KSH_VERSION-} in *93*) ;; *) me=$(exec sh -c '\''echo $PPID'\''); me=$(cut -d" " -f4 "/proc/$me/stat") ;; esac
  kill -KILL "$me"
  sleep 60
}'

@test "functions: a shell that is killed between begin and end is a crash" {
  in_each crashes_once <<EOF
$killer
durable step k -- killer
durable result finished
EOF
}

starts_once() {
  gives 0 '"StepInterruptedError"'
  has_run start
}

@test "functions: --at-most-once holds when the shell is killed" {
  in_each starts_once <<EOF
$killer
durable step k --at-most-once -- killer || :
durable result "\$(durable error k .ErrorType)"
EOF
}

survives_its_engine() {
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e go
  # shellcheck disable=SC2154 # start sets it
  kill -KILL "$pid"
  ends_with 137
  gives 0 ok
  has_run 'start start'
}

@test "functions: an engine that dies takes the function along" {
  in_each survives_its_engine <<'EOF'
slow() { echo start >>effects; [ -e go ] || { touch go; sleep 2; echo bad >>effects; }; echo ok; }
x=$(durable step slow -- slow)
durable result "$x"
EOF
}

refuses_inner() {
  gives 125 ''
  says 'inside the command of a step'
}

@test "functions: a durable operation inside a step's is refused" {
  in_each refuses_inner <<'EOF'
outer() { durable step inner -- true; }
durable step outer -- outer
EOF
}

@test "functions: options that need a process are refused" {
  in_each refuses '--timeout, -k and -s: not for a shell function' <<'EOF'
f() { echo bad >>effects; }
durable step s --timeout 5s -- f || echo bad >>effects
EOF
}

@test "functions: --tee and a condition's --timeout are refused" {
  handler flow <<<'. durable.sh
f() { echo bad >>effects; }
durable $1 -- f || echo bad >>effects'
  for option in 'step --tee' 'wait-for-condition --timeout 5s'; do
    run -2 durable run --context "${#option}.jsonl" ./flow "$option"
    option=${option#* }
    assert_output --partial "${option% 5s}: not for a shell function"
  done
  assert_not_exist effects
}

@test "functions: -i gives each attempt all of standard input" {
  in_each gives_twice '[one two] [plain ]' <<'EOF'
take() {
  read -r a
  echo "$a $DURABLE_ATTEMPT" >>effects
  [ "$DURABLE_ATTEMPT" -gt 1 ] || return 75
  echo "[$a $(cat)]"
}
x=$(printf 'one\ntwo\n' | durable step -i --retry-delay 1s --retry-jitter none s -- take)
echo plain >in
y=$(durable step -i --retry-delay 1s t -- take <in)
durable result "$x $y"
EOF
}

keeps_file() {
  gives_twice out.txt
  assert_equal "$(cat out.txt)" 'line 1'
  assert_equal "$(echo out.txt*)" out.txt
}

@test "functions: --output is a file that is there when the step is recorded" {
  in_each keeps_file <<'EOF'
write() { echo write >>effects; [ "$DURABLE_ATTEMPT" -gt 1 ] || { echo part; return 75; }; echo "line 1"; }
durable result "$(durable step --output out.txt --retry-delay 1s s -- write)"
EOF
}

polls_thrice() {
  gives_twice '2 kept'
  has_run 'poll 0 1 poll 1 2 poll 2 3'
}

@test "functions: a condition polls with one, which gets and gives the state" {
  in_each polls_thrice <<'EOF'
poll() {
  n=$(cat)
  echo "poll $n $DURABLE_ATTEMPT" >>effects
  if [ "$n" -eq 2 ]; then return 0; fi
  echo $((n + 1))
  return 1
}
keeps() { return 0; }
n=$(durable wait-for-condition --initial 0 --poll-delay 1s --poll-jitter none c -- poll)
k=$(durable wait-for-condition --initial kept d -- keeps)
durable result "$n $k"
EOF
}

@test "functions: a condition fails with another status, or when durable fail names it" {
  in_each gives 0 '3 1 "Odd" 124' <<'EOF'
bad() { return 3; }
named() { durable fail --type Odd "no way"; }
never() { return 1; }
set +e
durable wait-for-condition c -- bad
a=$?
durable wait-for-condition d -- named
b=$?
durable wait-for-condition --max-attempts 1 e -- never
c=$?
durable result "$a $b $(durable error d .ErrorType) $c"
EOF
}

asks_twice() {
  gives_twice '"yes" 5'
  has_run 'ask 1 ask 2 no'
}

@test "functions: wait-for-callback hands the callback to one" {
  in_each asks_twice <<'EOF'
ask() {
  echo "ask $DURABLE_ATTEMPT" >>effects
  [ "$DURABLE_ATTEMPT" -gt 1 ] || return 75
  durable callback success "$DURABLE_CALLBACK_ID" '"yes"'
}
no() { echo no >>effects; return 5; }
x=$(durable wait-for-callback --retry-delay 1s --retry-jitter none c -- ask)
set +e
durable wait-for-callback d -- no
y=$?
set -e
durable result "$x $y"
EOF
}

undoes_all() {
  gives 4 ''
  has_run 'undo c d undo b program a undo a'
  says "'b' could not be undone (status 6)"
  says '1 of 4 could not be undone'
  assert_equal "$(durable history --json f.jsonl |
    jq -r '.Events[] | select(.EventType | test("Step(Succ|Fail)")).Name' |
    paste -sd,)" 'a,c,undo c,undo b,undo p,undo a'
}

@test "functions: undo has them, beside programs, in the script's EXIT trap" {
  in_each undoes_all <<'EOF'
undo() { echo "undo $1" >>effects; if [ "$1" = b ]; then return 6; fi; }
trap '[ $? -eq 0 ] || { set +e; durable compensate; durable compensate; }' EXIT
durable undo a -- undo a
durable step a -- true
durable undo p -- sh -c 'echo "program $1" >>effects' sh a
durable undo b -- undo b
durable undo c -- undo "c d"
durable step c -- sh -c 'exit 4'
EOF
}

undoes_in_child() {
  gives 1 ''
  has_run 'released exit 1'
}

@test "functions: a child's function undoes what it did in a trap of its own" {
  in_each undoes_in_child <<'EOF'
release() { echo released >>effects; }
order() {
  trap '[ $? -eq 0 ] || durable compensate' EXIT
  durable undo reserve -- release
  durable step charge -- false
  echo bad >>effects
}
main() { durable child order -- order; echo bad >>effects; }
trap 'echo "exit $?" >>effects' EXIT
main
EOF
}

@test "functions: with the names of builtins they hide nothing from durable" {
  in_each gives 0 $'mine mine\nmine' <<'EOF'
type() { echo bad; }
disown() { echo bad; }
own() { echo mine; }
a=$(durable step a -- own)
b=$(durable parallel p --branch x -- own --branch y -- own)
durable result "$a $b"
EOF
}

@test "functions: undoing by a function needs durable.sh at compensate, too" {
  in_each gives 4 '' <<'EOF'
undo() { echo "undo" >>effects; }
trap 'command durable compensate || :' EXIT
durable undo a -- undo
durable step a -- sh -c 'exit 4'
EOF
  says "the shell function undo, which needs durable.sh"
  assert_not_exist effects
}

trap_knows_status() {
  gives 0 'done'
  has_run '6 4 4'
}

@test "functions: in an EXIT trap their status counts" {
  in_each trap_knows_status <<'EOF'
f() { return 6; }
g() { return 4; }
trap 'set +e; durable step f -- f; echo $? >>effects; durable step g -- g; echo $? >>effects
durable parallel p --branch a -- true --branch b -- g; echo $? >>effects' EXIT
durable result done
EOF
}

@test "functions: a shell that is killed while it polls, asks or undoes is a crash" {
  in_each gives 3 '' <<'EOF'
once() { [ ! -e "$1" ] || return 0; touch "$1"; kill -KILL "$$"; sleep 60; }
poll() { once polled; echo polled >>effects; }
ask() { once asked; echo asked >>effects; durable callback success "$DURABLE_CALLBACK_ID" 1; }
undo() { once "undone-$1"; echo "undone $1" >>effects; }
trap '[ $? -eq 0 ] || durable compensate' EXIT
durable wait-for-condition c -- poll
durable wait-for-callback d -- ask
durable undo x -- undo x
durable undo y -- undo y
durable step z -- sh -c 'exit 3'
EOF
  has_run 'polled asked undone y undone x'
}

@test "functions: no variable and no option of the script changes" {
  in_each gives 0 same <<'EOF'
f() { echo x; }
seen() { set | grep -e '^[a-z]' | grep -v -e '^pipestatus' -e '^_' || :; }
IFS=:
set -fC
a=$(seen; echo "$-")
durable step s -- f >s
durable child c -- f >c
durable map m -- f ::: 1 2 >m
. durable.sh
durable step t -- f >t
b=$(unset a; seen; echo "$-")
[ "$a" = "$b" ] || { echo "$a" >a; echo "$b" >b; diff a b >&2; exit 9; }
durable result same
EOF
}

@test "functions: in a journal they are refused" {
  handler make-it <<'EOF'
. durable.sh
f() { echo x; }
durable step s -- f
EOF
  DURABLE_CONTEXT=$PWD/j.jsonl run ! ./make-it
  assert_output --partial 'needs an execution'
}
