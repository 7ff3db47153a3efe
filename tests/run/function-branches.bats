#!/usr/bin/env bats
# function-branches.bats - durable.sh: functions of the script as branches of
# parallel and map, in each of six shells that is here.
# shellcheck disable=SC2154 # stderr is set by run
load ../lib/durable
load functions

# ran_all WORDS: what the functions have noted, in any order.
ran_all() {
  assert_equal "$(sort effects | paste -sd ' ')" "$1"
}

runs_three() {
  gives_twice 'a-in b-in program after'
  ran_all 'a b'
}

@test "function branches: beside programs, each once, and are replayed" {
  in_each runs_three <<'EOF'
inner() { echo "$1" >>effects; echo "$1-in"; }
fetch() { v=inside; durable step s -- inner "$1"; }
v=after
x=$(durable parallel fan --branch a -- fetch a --branch p -- printf program --branch b -- fetch b)
durable result "$(echo "$x" | sort | paste -sd ' ') $v"
EOF
}

puts_down() {
  gives_twice "one|<it's>|<two  words>|<\"\$x\" \\n *>|<>"
  ran_all 'a b c d'
}

@test "function branches: put down in a loop, with any words" {
  in_each puts_down <<'EOF'
show() { echo "$1" >>effects; printf '<%s>\n' "$2"; }
printf '%s\n' "a:it's" 'b:two  words' 'c:"$x" \n *' d: | while IFS=: read -r n t; do
  durable branch p "$n" -- show "$n" "$t"
done
durable parallel p --branch first -- echo one >out
durable result "$(paste -sd '|' out)"
EOF
}

maps_exactly() {
  gives_twice 'same'
  ran_all '0 1 2 3 4'
}

@test "function branches: a map's items arrive byte for byte" {
  in_each maps_exactly <<'EOF'
nl='
'
show() { echo "$DURABLE_INDEX" >>effects; printf '%s|' "$1" "$DURABLE_INDEX" "$DURABLE_ITEM"; cat; echo "|"; }
durable map --raw m -- show ::: 'a b' "it's" "\$(x)$nl\`" "\\$(printf '\303\244\t')" '' >out
cat >wanted <<END
a b|0|a b|"a b"|
it's|1|it's|"it's"|
\$(x)$nl\`|2|\$(x)$nl\`|"\$(x)\\n\`"|
\\$(printf '\303\244\t')|3|\\$(printf '\303\244\t')|"\\\\$(printf '\303\244')\\t"|
|4|||
END
sed -i 's/^|4|||$/|4||""|/' wanted
diff out wanted >&2
durable result same
EOF
}

maps_stdin() {
  gives_twice '1-x 2-y 3-z'
  has_run 'x y z'
}

@test "function branches: a map reads its items from standard input" {
  in_each maps_stdin <<'EOF'
item() { echo "$2" >>effects; json=$(cat); echo "$((DURABLE_INDEX + 1))-$2"; [ "$json" = "\"$2\"" ]; }
x=$(printf 'x\ny\nz\n' | durable map --lines -j 1 m -- item - {})
durable result "$(echo "$x" | paste -sd ' ')"
EOF
}

@test "function branches: long and strange words" {
  in_each gives 0 '120000 ok' <<'EOF'
long=$(printf '%60000s' '' | tr ' ' "'")
n=$(printf '\r\t\n x')
bytes=$(printf '\303\244\377\\')
check() { [ "$2" = "$n" ]; [ "$3" = "$bytes" ]; [ "$1" = "$long$long" ]; echo "${#1} ok"; }
x=$(durable parallel p --branch a -- check "$long$long" "$n" "$bytes")
durable result "$x"
EOF
}

@test "function branches: what they print, in every form" {
  in_each gives_twice '[{"n": 1},{"n": 2}] 2 SUCCEEDED out|err' <<'EOF'
object() { echo run >>effects; echo " {\"n\": $1} "; }
both() { echo out; echo err >&2; }
a=$(durable parallel --json --array a --branch x -- object 1 --branch y -- object 2)
b=$(durable map --json --batch b -- object ::: 1 2)
b=$(echo "$b" | jq -r '"\(.successCount) \(.status)"')
c=$(durable parallel c --branch x -- both 2>&1)
durable result "$a $b $(echo "$c" | paste -sd '|')"
EOF
}

@test "function branches: --flat" {
  in_each gives_twice '1 2' <<'EOF'
leaf() { echo run >>effects; echo "$1"; }
part() { durable step s -- leaf "$1"; }
x=$(durable map --flat m -- part ::: 1 2)
durable result "$(echo "$x" | paste -sd ' ')"
EOF
}

takes_turns() {
  gives 0 ''
  has_run 'in out in out in out'
}

@test "function branches: --max-concurrency" {
  in_each takes_turns <<'EOF'
turn() { echo in >>effects; sleep 0.05; echo out >>effects; }
durable map -q -j 1 m -- turn ::: a b c
EOF
}

waits_together() {
  gives 0 'x-1 y-2 z'
  ran_all 'deep deep x y'
}

@test "function branches: wait, retry and nest, and are suspended" {
  in_each waits_together <<'EOF'
leaf() { echo "$1" >>effects; echo "$1-$2"; }
deep() { echo deep >>effects; }
flaky() { [ "$DURABLE_ATTEMPT" = 2 ] || exit 75; echo z; }
part() {
  durable step leaf -- leaf "$1" "$2" >"part.$1"
  durable wait nap 1s
  durable parallel -q in --branch d -- durable step deep -- deep --branch w -- durable wait nap 1s
  cat "part.$1"
}
x=$(durable parallel p --branch x -- part x 1 --branch y -- part y 2 \
  --branch z -- durable step --retry-delay 1s --retry-jitter none f -- flaky)
durable result "$(echo "$x" | paste -sd ' ')"
EOF
}

is_quiet() {
  gives 0 'b-done'
  refute_regex "$stderr" 'ended by a suspension'
  has_run 'a b'
}

@test "function branches: a suspension names none of their shells" {
  in_each is_quiet <<'EOF'
note() { echo "$1" >>effects; echo "$1-done"; }
durable parallel p --branch a -- note a --branch w -- sh -c 'durable wait nap 1s'
x=$(durable parallel q --branch b -- note b --branch w -- durable wait nap 1s)
durable result "$x"
EOF
}

callback_comes() {
  start durable run --context f.jsonl ./flow
  wait_until 60 test -s id
  run -0 durable callback success "$(cat id)" '"yes"'
  ends_with 0
  assert_equal "$(cat start.out)" 'got "yes"'
  rm id
}

@test "function branches: a callback in one" {
  in_each callback_comes <<'EOF'
ask() { durable callback create c >id.new; mv id.new id; echo "got $(durable callback wait c)"; }
x=$(durable parallel p --branch a -- ask)
durable result "$x"
EOF
}

ends_early() {
  gives 0 'fast 3'
  refute_regex "$stderr" 'Killed|jobs'
  touch go
  sleep 0.3
  refute grep late effects
}

@test "function branches: an early end kills what runs, however it was forked" {
  in_each ends_early <<'EOF'
fast() { until [ "$(grep -c start effects)" = 2 ]; do sleep 0.02; done; echo fast; }
fails() { until [ "$(grep -c start effects)" = 4 ]; do sleep 0.02; done; exit 3; }
slow() {
  (until [ -e go ]; do sleep 0.02; done; echo late >>effects) &
  echo start >>effects
  (until [ -e go ]; do sleep 0.02; done; echo late >>effects)
  echo late >>effects
}
waits() { echo start >>effects; durable wait w 1h || echo late >>effects; echo late >>effects; }
: >effects
x=$(durable parallel --min-successful 1 p --branch s -- slow --branch w -- waits --branch f -- fast)
s=0
durable parallel --fail-fast q --branch w -- waits --branch f -- fails --branch s -- slow || s=$?
durable result "$x $s"
EOF
}

@test "function branches: what is above a closed one goes with it" {
  in_each gives 0 'fast' <<'EOF'
late() { until [ -e go ]; do sleep 0.02; done; echo late >>effects; }
deep() { : >began; durable parallel in --branch l -- late --branch p -- late; echo late >>effects; }
nest() { durable child c -- deep; echo late >>effects; }
fast() { until [ -e began ]; do sleep 0.02; done; sleep 0.1; echo fast; }
x=$(durable parallel --min-successful 1 p --branch n -- nest --branch f -- fast)
touch go
sleep 0.3
[ ! -e effects ]
durable result "$x"
EOF
}

fails_as_programs_do() {
  gives_twice '3:before:"exited with status 3" 1:"Card":"declined" 3'
  has_run 'before named'
}

@test "function branches: set -e, durable fail, and the errors" {
  in_each fails_as_programs_do <<'EOF'
stops() { echo before >>effects; echo before; (exit 3); echo behind >>effects; }
named() { echo named >>effects; durable fail --type Card declined || :; return 0; }
set +e
durable parallel p --branch ok -- true --branch a -- stops
s=$?
durable parallel q --branch b -- named
t=$?
durable parallel --tolerated-failure-count 1 r --branch b -- exit3
u=$?
set -e
a=$(durable error p | jq -r '.[0].ErrorData' | jq -r .stdout)
durable result "$s:$a:$(durable error p | jq -c '.[0].ErrorMessage') $t:$(
  durable error q | jq -c '.[0].ErrorType'):$(durable error q | jq -c '.[0].ErrorMessage') 3"
EOF
}

names_condition() {
  gives 0 'no'
  case $PWD in
    # Here a job in the background has its own set -e.
    */dash | */busybox | */mksh) ;;
    *) assert_equal "$(grep -c 'durable parallel .* ignores set -e' <<<"$stderr")" 1 ;;
  esac
}

@test "function branches: a condition that disarms set -e is named, once" {
  in_each names_condition <<'EOF'
stops() { false; return 5; }
x=yes
if durable parallel p --branch a -- stops --branch b -- stops; then :; else x=no; fi
durable result "$x"
EOF
}

# The function "at" kills, the first time, its subshell (0), the shell that has
# forked that (1), or the program parallel (2).
# shellcheck disable=SC2016 # the flow's
killer='at() {
  echo start >>effects
  [ ! -e killed ] || return 0
  : >killed
  read -r me rest </proc/self/stat
  case ${KSH_VERSION-} in *93*) ;; *) me=$(above "$me") ;; esac
  case $1 in
    1) me=$(above "$me") ;;
    2) me=$(client_of p) ;;
  esac
  kill -KILL "$me"
  sleep 60
}
above() { cut -d" " -f4 "/proc/$1/stat"; }
client_of() {
  for p in /proc/[0-9]*; do
    [ "$(readlink "$p/cwd")" = "$PWD" ] || continue
    case $(tr "\0" " " <"$p/cmdline") in */durable\ function-begin\ *) echo "${p#/proc/}" ;; esac
  done
}'

# kills N: the end of that process is a crash, and nothing else.
kills() {
  in_each crashes_once <<EOF
$killer
durable parallel p --branch k -- at "$1" --branch w -- sh -c '[ -e killed ] || sleep 60' || echo WRONG >>effects
durable result finished
EOF
}

@test "function branches: the end of the subshell of one is a crash" {
  kills 0
}

@test "function branches: the end of the shell that forks them is a crash" {
  kills 1
}

@test "function branches: the end of their client is a crash" {
  kills 2
}

survives_its_engine() {
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e go
  # shellcheck disable=SC2154 # start sets it
  kill -KILL "$pid"
  ends_with 137
  gives 0 'a b'
  has_run 'a start start'
}

@test "function branches: an engine that dies takes them along" {
  in_each survives_its_engine <<'EOF'
slow() {
  until grep -q SUCCEED.*quick f.jsonl || grep -q '"a".*SUCCEED' f.jsonl; do sleep 0.02; done
  echo start >>effects
  [ -e go ] || { touch go; sleep 2; echo bad >>effects; }
  echo b
}
quick() { echo a >>effects; echo a; }
x=$(durable parallel p --branch a -- quick --branch b -- slow)
durable result "$(echo "$x" | paste -sd ' ')"
EOF
}

becomes_a_program() {
  mkdir bin
  handler bin/fetch <<<'durable wait nap 1s; echo "$1 by the program"'
  gives 0 'A B by the program'
  refute_regex "$stderr" 'another command line'
}

@test "function branches: one that becomes a program is still the same" {
  in_each becomes_a_program <<'EOF'
PATH=$PWD/bin:$PATH
[ -e second ] || eval 'fetch() { [ "$1" = A ] || { touch second; durable wait nap 1s; }; echo "$1"; }'
x=$(durable parallel p --branch a -- fetch A --branch b -- fetch B)
durable result "$(echo "$x" | paste -sd ' ')"
EOF
}

@test "function branches: they leave no file behind" {
  in_each gives 0 '' <<'EOF'
fast() { echo "$1"; until [ -e began ]; do sleep 0.02; done; }
slow() { : >began; echo x; sleep 60; }
durable parallel -q --min-successful 1 p --branch a -- slow --branch b -- fast 1
durable map -q m -- fast ::: 1 1 1
[ ! "$(ls -A "$TMPDIR")" ]
EOF
}

@test "function branches: the script's EXIT trap is not theirs, its descriptors are" {
  in_each gives 0 'trap 0' <<'EOF'
exec 3>out 8>&3
f() { echo "$1" >&"$2"; exit 0; }
x=$(trap 'echo "trap $?"' EXIT; durable parallel -q p --branch a -- f one 3 --branch b -- f two 8)
[ "$(sort out | paste -sd ' ')" = 'one two' ]
durable result "$x"
EOF
}

@test "function branches: a closed standard output is no failure" {
  in_each gives 0 '0 5' <<'EOF'
f() { echo out; return "$1"; }
rc=0
durable parallel a --branch f -- f 0 >&-
durable map b -- f ::: 5 >&- || rc=$?
durable result "0 $rc"
EOF
}

@test "function branches: names that hide the shell's own commands" {
  in_each gives 0 'mine' <<'EOF'
echo() { :; }
printf() { :; }
test() { :; }
f() { cat one; }
command echo mine >one
x=$(durable parallel a --branch f -- f)
durable result "$x"
EOF
}

@test "function branches: in a journal functions are refused, programs are not" {
  handler make-it <<'EOF'
. durable.sh
f() { echo x; }
durable parallel p --branch a -- echo program
durable "$@"
EOF
  export DURABLE_CONTEXT=$PWD/j.jsonl
  run ! ./make-it parallel q --branch a -- f
  assert_output --partial 'needs an execution'
  run ! ./make-it map q -- f ::: a
  assert_output --partial 'needs an execution'
  run ! ./make-it branch q a -- f
  assert_output --partial 'needs an execution'
  assert_output --partial program
}
