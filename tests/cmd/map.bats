#!/usr/bin/env bats
# map.bats - durable map: items, their identity, crashes in between.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# usage_error TEXT: a flow on stdin whose usage error says TEXT.
usage_error() {
  handler flow
  run -2 --separate-stderr durable run --context "$RANDOM.jsonl" ./flow
  [[ $stderr == *Usage* ]] || fail "no usage error: $stderr"
  [[ $stderr == *"$1"* ]] || fail "'$1' is not in: $stderr"
}

@test "map: words after ::: are items, results in their order" {
  replayed <<'EOS'
durable map up -- sh -c 'echo "$1" >>ran; [ "$1" = c ] || sleep 0.05; echo "<$1>"' - ::: 'a b' c '*' "q'\"" '' x
EOS
  assert_output "<a b>
<c>
<*>
<q'\">
<>
<x>"
  assert_equal "$(lines_of ran)" 6
}

@test "map: a JSON array by --items, @FILE and standard input" {
  echo '["f1", "f2"]' >items.json
  replayed <<'EOS'
durable map a --items '["a1","a2"]' -- echo
durable map b --items @items.json -- echo
echo ' [ "s1" , "s2" ] ' | durable map c -- echo
EOS
  assert_output $'a1\na2\nf1\nf2\ns1\ns2'
}

@test "map: --lines and -0 from standard input and from a file" {
  printf 'f 1\nf 2' >lines
  replayed <<'EOS'
printf 'l 1\n\nl 3\n' | durable map a --lines -- printf '<%s>\n'
printf 'z\n1\0z2\0' | durable map b -0 -- printf '<%s>\n'
durable map c --lines --items @lines -- printf '<%s>\n'
EOS
  assert_output '<l 1>
<>
<l 3>
<z
1>
<z2>
<f 1>
<f 2>'
}

@test "map: an item keeps every digit and every byte of its JSON" {
  replayed <<'EOS'
durable map n --items '[9007199254740993, 1.0, 1e1000, -0, {"b": 1.50,  "a":[ ]}, null, true]' -- sh -c \
  'echo "$1 $DURABLE_ITEM $(cat)"' -
EOS
  assert_output '9007199254740993 9007199254740993 9007199254740993
1.0 1.0 1.0
1e1000 1e1000 1e1000
-0 -0 -0
{"b": 1.50,  "a":[ ]} {"b": 1.50,  "a":[ ]} {"b": 1.50,  "a":[ ]}
null null null
true true true'
}

@test "map: a string item is bare as argument and variable, JSON on stdin" {
  replayed <<'EOS'
durable map s --items '["q\"\u00e9\n2"]' -- sh -c 'printf "%s|%s|%s|" "$1" "$DURABLE_ITEM" "$DURABLE_INDEX"; cat' -
EOS
  assert_output 'q"é
2|q"é
2|0|"q\"\u00e9\n2"'
}

@test "map: {} is replaced in every word, -I names another or none" {
  replayed <<'EOS'
durable map a -- echo 'x{}y{}' {} ::: 1 2
durable map b -I % -- echo % {} ::: 1
durable map c -I '' -- sh -c 'echo "$# $DURABLE_ITEM"' ::: 1
durable map d -- echo '{}' ::: '{}'
EOS
  assert_output 'x1y1 1
x2y2 2
1 {}
0 1
{}'
}

@test "map: no shell and no option parser sees an item" {
  replayed <<'EOS'
durable map a -- echo ::: '$(touch pwned)' '; touch pwned' --batch --branch -- '-n x'
EOS
  assert_output '$(touch pwned)
; touch pwned
--batch
--branch
--
-n x'
  assert_not_exist pwned
}

@test "map: equal items are run once each" {
  replayed <<'EOS'
durable map d -- sh -c 'echo "$1" >>ran; echo "$1$DURABLE_INDEX"' - ::: a b a a
EOS
  assert_output $'a0\nb1\na2\na3'
  assert_equal "$(sort ran | tr -d '\n')" aaab
}

@test "map: an item that comes or goes disturbs no other" {
  echo '["a","b","c"]' >items
  handler flow <<'EOS'
durable map m --items @items -- sh -c 'echo "$1" >>ran; [ "$1" != c ] || durable wait w 1s; echo "$1"' -
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  echo '["new","b","c","a"]' >items
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'new\nb\nc\na'
  assert_equal "$(sort ran | tr '\n' ' ')" 'a b c c new '
}

@test "map: an empty batch succeeds and prints nothing" {
  replayed <<'EOS'
durable map a --items '[]' -- touch ran
: | durable map b --lines -- touch ran
durable map c -- touch ran :::
durable map d --array --items '[]' -- touch ran
durable map e --batch --items '[]' -- touch ran | tr -d ' '
EOS
  assert_line --index 0 '[]'
  run -0 jq -c '[.status, .completionReason, .totalCount, .all]' <<<"${lines[1]}"
  assert_output '["SUCCEEDED","ALL_COMPLETED",0,[]]'
  assert_not_exist ran
}

@test "map: --item-name names the items, which are known by it" {
  replayed <<'EOS'
durable map m --batch --items '[{"id":7,"x":1},{"id":"b"}]' --item-name .id -- true
durable map l --batch --item-name '"n" + .' -- true ::: a b
EOS
  run -0 jq -c '[.all[].name]' <<<"$output"
  assert_output $'["7","b"]\n["na","nb"]'
}

@test "map: --item-name that gives nothing is a usage error" {
  usage_error '--item-name .id' <<'EOS'
durable map m --items '[{"x":1}]' --item-name .id -- touch ran
EOS
  assert_not_exist ran
}

@test "map: what is no array of JSON is refused before anything is run" {
  for items in '{"a":1}' '[1,]' '[1] 2' nonsense '[01]' ''; do
    usage_error '' <<EOS
durable map m --items '$items' -- touch ran
EOS
  done
  usage_error 'standard input is empty' <<<'durable map m -- touch ran </dev/null'
  usage_error 'exclude' <<<'durable map m --lines -0 -- touch ran </dev/null'
  usage_error 'one of them' <<<'durable map m --lines -- touch ran ::: a'
  usage_error 'no command' <<<'durable map m -- ::: a'
  usage_error 'max-concurrency' <<<'durable map m -j 0 -- touch ran ::: a'
  assert_not_exist ran
}

@test "map: a file that cannot be read is no outcome: the script does not go on" {
  handler flow <<'EOF'
durable map m --items @items -- echo || touch went-on
EOF
  run -125 --separate-stderr durable run --context f.jsonl ./flow
  [[ $stderr == *'open items: No such file'* ]]
  assert_not_exist went-on
  echo '["a"]' >items
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output a
}

@test "map: an item too large for an argument is an error that names the way out" {
  head -c 200000 /dev/zero | tr '\0' x >big
  usage_error "-I ''" <<<'durable map m --lines --items @big -- touch ran'
  assert_not_exist ran
  first_run <<'EOS'
durable map m --lines --items @big -I '' -- sh -c 'cat | wc -c; echo "${DURABLE_ITEM-unset}"'
EOS
  assert_output $'200002\nunset'
}

@test "map: an item with a NUL byte is an error that names the way out" {
  usage_error "-I ''" <<<'durable map m --items "[\"a\\u0000b\"]" -- touch ran'
  assert_not_exist ran
  replayed <<'EOS'
durable map m --items '["a\u0000b","a\u0000c","a"]' -I '' -- sh -c 'cat; echo " ${DURABLE_ITEM-unset}"'
EOS
  assert_output '"a\u0000b" unset
"a\u0000c" unset
"a" a'
  run -0 jq -r 'select(.SubType == "MapIteration" and .Action == "SUCCEED") | .Name' f.jsonl
  assert_equal "$(sort -u <<<"$output" | grep -c '')" 3
}

@test "map: pieces ended by NUL may have newlines, what is not UTF-8 is refused" {
  replayed <<'EOS'
printf 'a\nb\0\0c' | durable map m -0 -- sh -c 'printf "<%s>" "$1" | tr "\n" /' -
EOS
  assert_output $'<a/b>\n<>\n<c>'
  printf 'x\0\377\0' >pieces
  usage_error 'item 1 is not UTF-8' <<<'durable map m -0 --items @pieces -- touch ran'
  usage_error 'item 0 is not UTF-8' <<<'durable map m -- touch ran ::: "$(printf "\377")"'
  printf 'x\0y\n' >pieces
  usage_error 'item 0 is not UTF-8' <<<'durable map m --lines --items @pieces -- touch ran'
  assert_not_exist ran
}

@test "map: more than can succeed are asked for: all are run, a failure is one too many" {
  replayed <<'EOS'
durable map --batch --min-successful 5 m -- sh -c 'echo x >>ran' ::: a b >all
s=0; durable map -q --min-successful 5 n -- sh -c 'echo x >>ran; [ "$1" != b ] || exit 3' - ::: a b || s=$?
jq -r ".completionReason + \" $s\"" all
EOS
  assert_output 'ALL_COMPLETED 3'
  assert_equal "$(lines_of ran)" 4
}

@test "map: --min-successful ends a branch that waits for a chained invoke, which goes on" {
  handler callee <<'EOS'
until [ -e go ]; do sleep 0.02; done
durable step s -- touch ran
EOS
  handler flow <<'EOS'
durable map --batch --min-successful 1 m -- sh -c '[ $1 = b ] || durable invoke call ./callee; [ $1 = a ] || durable wait 1s; echo $1' - ::: a b >all
jq -c '[.completionReason, .all[].status]' all
EOS
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '["MIN_SUCCESSFUL_REACHED","STARTED","SUCCEEDED"]'
  assert_not_exist ran
  touch go
  wait_until 60 grep -q ExecutionSucceeded f-*.jsonl
  assert_exist ran
}

@test "map: 1,000 items are run, each once" {
  first_run <<'EOS'
seq 1000 | durable map -q -j 8 --lines m -- sh -c 'echo "$1" >>ran' -
EOS
  assert_equal "$(sort -n ran | uniq | wc -l)" 1000
  assert_equal "$(lines_of ran)" 1000
  run -0 durable run --context f.jsonl ./flow
  assert_equal "$(lines_of ran)" 1000
}

@test "map: killed half way and resumed, no step is lost and none run twice" {
  handler flow <<'EOS'
seq 200 | durable map --lines -j 4 m -- durable step s -- sh -c 'echo "$1" >>ran
  until [ "$(wc -l <ran)" -le "$(cat enough)" ]; do sleep 0.02; done; echo "$1"' - | sort -n | md5sum
EOS
  for enough in 40 80 120; do
    echo "$enough" >enough
    start durable run --context f.jsonl ./flow
    wait_until 60 eval "(( \$(lines_of ran) > $enough ))"
    kill -KILL "$pid"
    wait "$pid" || true
    wait_until 60 eval '! pgrep -f "^sh -c echo \"\\\$1\" >>ran"'
  done
  echo 1000 >enough
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output "$(seq 200 | md5sum)"
  assert_equal "$(sort -n ran | uniq | wc -l)" 200
  # The step that ran when the engine was killed may run again; no other.
  (($(lines_of ran) <= 212)) || fail "$(lines_of ran) steps were run"
  run -0 jq -r 'select(.Type == "STEP" and .Action == "SUCCEED") | .Id' f.jsonl
  assert_equal "$(sort <<<"$output" | uniq | wc -l)" 200
  assert_equal "${#lines[@]}" 200
}

@test "map: a branch that waits has not failed, and keeps its place" {
  handler flow <<'EOS'
durable map -j 1 m -- sh -c 'echo "$1" >>top; [ "$1" != a ] || durable wait w 1s; echo "$1"' - ::: a b
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_equal "$(cat top)" a
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'a\nb'
  assert_equal "$(tr -d '\n' <top)" aab
}

@test "map: --min-successful ends a branch that waits" {
  replayed <<'EOS'
durable map --batch --min-successful 1 m -- sh -c '[ "$1" != a ] || durable wait w 1h; echo "$1"' - ::: a b
EOS
  run -0 jq -c '[.completionReason, .startedCount, (.all | map([.index, .status]))]' <<<"$output"
  assert_output '["MIN_SUCCESSFUL_REACHED",1,[[0,"STARTED"],[1,"SUCCEEDED"]]]'
}

@test "map: ids do not depend on the order in which branches run" {
  handler flow <<'EOS'
durable map -q m -- sh -c '[ "$1" != "$SLOW" ] || sleep 0.2; durable step s -- echo "$1"' - ::: a b c
EOS
  for slow in a c; do
    SLOW=$slow run -0 durable run --context "$slow.jsonl" ./flow
    jq -r 'select(.Id and .Action == "SUCCEED") | .Id' "$slow.jsonl" | sort >"$slow.ids"
  done
  assert_equal "$(lines_of a.ids)" 7
  run -0 cmp a.ids c.ids
}

@test "map: the status is that of the first failed item, --fail-fast ends the rest" {
  replayed <<'EOS'
s=0; durable map m -- sh -c 'exit $1' - ::: 0 4 3 || s=$?; echo "status $s"
s=0; durable map --fail-fast -j 1 n -- sh -c 'echo $1 >>ran; exit $1' - ::: 5 0 0 || s=$?; echo "status $s"
durable map --tolerated-failure-count 1 o -- sh -c 'echo $1; exit $1' - ::: 0 1
durable error m '[.[].ErrorData.exitStatus]'
EOS
  assert_output $'status 4\nstatus 5\n0\n[4,3]'
  assert_equal "$(cat ran)" 5
}

@test "map: --flat records the steps, not the branches" {
  replayed <<'EOS'
durable map --flat m -- sh -c 'durable step s -- sh -c "echo \$1 >>ran; echo \$1" - "$1"' - ::: a b a
EOS
  assert_output $'a\nb\na'
  assert_equal "$(lines_of ran)" 3
  run -0 jq -s 'map(select(.SubType == "MapIteration")) | length' f.jsonl
  assert_output 0
}

@test "map: an array of results, and JSON of branches, digits kept" {
  replayed <<'EOS'
durable map --json --array m -- sh -c 'echo "{\"n\": $1}"' - ::: 1.0 12345678901234567890
durable map -r --json n -- sh -c 'echo "\"$1\""' - ::: a b
EOS
  assert_output '[{"n": 1.0},{"n": 12345678901234567890}]
a
b'
}

@test "map: in a journal, an item is done once however often it is called" {
  export DURABLE_CONTEXT=$PWD/j.jsonl
  for _ in 1 2; do
    run -0 --separate-stderr durable map m -- sh -c 'echo "$1" >>ran; echo "$1"' - ::: a b
    assert_output $'a\nb'
  done
  assert_equal "$(lines_of ran)" 2
  run -0 --separate-stderr durable map l --lines -- echo <<<$'1\n2'
  assert_output $'1\n2'
  run -2 durable map bad --items 7 -- touch pwned
  assert_not_exist pwned
}
