#!/usr/bin/env bats
# parallel.bats - durable parallel: results, rules of completion, options.
load ../lib/durable

# batch OPTIONS: the batch of three branches, of which one and three fail.
batch() {
  first_run <<EOS
durable parallel --batch $* p --branch a -- sh -c 'exit 3' --branch b -- echo B \
  --branch c -- sh -c 'exit 5' || echo "status \$?"
EOS
}

@test "parallel: prints the branches' results in order, on every run" {
  replayed <<'EOS'
durable parallel p --branch slow -- sh -c 'until [ -e go ]; do sleep 0.01; done; echo ran >>ran; echo 1' \
  --branch fast -- sh -c 'echo 2; touch go'
EOS
  assert_output '1
2'
  assert_equal "$(lines_of ran)" 1
}

@test "parallel: branches run at the same time" {
  first_run <<'EOS'
durable parallel p --branch a -- sh -c 'touch a; until [ -e b ]; do sleep 0.01; done; echo a' \
  --branch b -- sh -c 'touch b; until [ -e a ]; do sleep 0.01; done; echo b'
EOS
  assert_output 'a
b'
}

@test "parallel: -j and --max-concurrency run no more at once" {
  for option in '-j 2' '--max-concurrency 2' -j2 --max-concurrency=2; do
    handler flow <<EOS
for i in 1 2 3 4 5; do
  durable branch p -- sh -c 'mkdir run.\$\$; ls -d run.* | wc -l >>most; sleep 0.05; rmdir run.\$\$'
done
durable parallel $option p
EOS
    run -0 durable run --context "f$option.jsonl" ./flow
  done
  assert_equal "$(tr -d ' ' <most | sort -n | tail -n 1)" 2
}

@test "parallel: any failure is one too many, but all branches are run" {
  first_run <<'EOS'
s=0
durable parallel p --branch a -- sh -c 'exit 3' --branch b -- sh -c 'touch b; exit 4' \
  --branch c -- sh -c 'echo c; touch c' || s=$?
echo "status $s"
EOS
  assert_line --index -1 'status 3'
  assert_exist b
  assert_exist c
}

@test "parallel: the status is that of the first failed branch by index" {
  first_run <<'EOS'
s=0
durable parallel p --branch a -- sh -c 'until [ -e b ]; do sleep 0.01; done; exit 3' \
  --branch b -- sh -c 'touch b; exit 4' || s=$?
echo "status $s"
EOS
  assert_line --index -1 'status 3'
}

@test "parallel: --batch prints the batch result" {
  batch
  assert_line --index 1 'status 3'
  run -0 jq -c '[.status, .completionReason, .successCount, .failureCount,
    .startedCount, .totalCount, (.all | map([.index, .name, .status]))]' <<<"${lines[0]}"
  assert_output --partial '1,2,0,3,[[0,"a","FAILED"],[1,"b","SUCCEEDED"],[2,"c","FAILED"]]]'
}

@test "parallel: --batch has results and errors of its branches" {
  batch
  run -0 jq -c '[.all[0].error.ErrorType, .all[1].result, .all[0].result]' <<<"${lines[0]}"
  assert_output '["CommandFailed","B",null]'
}

@test "parallel: --tolerated-failure-count" {
  batch --tolerated-failure-count 2
  refute_line --regexp '^status'
  handler flow <<EOS
durable parallel -q --tolerated-failure-count 1 -j 1 p --branch a -- sh -c 'exit 3' \
  --branch b -- sh -c 'exit 4' --branch c -- touch c || echo "status \$?"
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 'status 3'
  assert_not_exist c
}

@test "parallel: --tolerated-failure-percentage" {
  batch --tolerated-failure-percentage 67
  refute_line --regexp '^status'
  handler flow <<EOS
durable parallel -q --tolerated-failure-percentage 33 -j 1 p --branch a -- sh -c 'exit 3' \
  --branch b -- sh -c 'exit 4' --branch c -- touch c || echo "status \$?"
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 'status 3'
}

@test "parallel: --fail-fast ends the rest at the first failure" {
  first_run <<'EOS'
durable parallel --fail-fast --batch p --branch a -- sh -c 'exit 3' \
  --branch b -- sh -c 'sleep 60; touch b' || echo "status $?"
EOS
  assert_line --index 1 'status 3'
  run -0 jq -c '[.completionReason, .all[1].status]' <<<"${lines[0]}"
  assert_output '["FAILURE_TOLERANCE_EXCEEDED","STARTED"]'
}

@test "parallel: --min-successful ends the rest when enough have succeeded" {
  replayed <<'EOS'
durable parallel --min-successful 1 --batch p --branch a -- sh -c 'touch a; sleep 60; touch late' \
  --branch b -- sh -c 'until [ -e a ]; do sleep 0.01; done; echo B'
EOS
  run -0 jq -c '[.completionReason, .status, .startedCount, .all[0].status]' <<<"$output"
  assert_output '["MIN_SUCCESSFUL_REACHED","SUCCEEDED",1,"STARTED"]'
  assert_not_exist late
}

@test "parallel: --array prints one JSON array of the results" {
  replayed <<'EOS'
durable parallel --array p --branch a -- echo 'x "y"' --branch b -- true
durable parallel --array --json j --branch a -- echo '{"n":1e400}' --branch b -- echo 2
EOS
  assert_output '["x \"y\"",""]
[{"n":1e400},2]'
}

@test "parallel: --json has branches print JSON; -r prints strings bare" {
  replayed <<'EOS'
durable parallel --json p --branch a -- echo '"s"' --branch b -- echo ' [1, 2] '
durable parallel --json -r q --branch a -- echo '"s"' --branch b -- echo '{"k":"s"}'
durable parallel --json bad --branch a -- echo no || durable error -r bad .[0].ErrorType
EOS
  assert_output '"s"
[1, 2]
s
{"k":"s"}
Output.NotJSON'
}

@test "parallel: --raw keeps every byte of its branches" {
  replayed <<'EOS'
durable parallel --raw p --branch a -- printf 'x\n\n' --branch b -- printf '\377' | od -An -tx1
EOS
  assert_output ' 78 0a 0a ff'
}

@test "parallel: -q prints nothing" {
  replayed <<<'durable parallel -q p --branch a -- echo 1; durable parallel --quiet q --branch a -- echo 2'
  assert_output ''
}

@test "parallel: --flat records no branch, and replays its operations" {
  replayed <<'EOS'
durable parallel --flat p --branch a -- durable step s -- sh -c 'echo a >>ran; echo 1' \
  --branch b -- durable step s -- sh -c 'echo b >>ran; echo 2'
EOS
  assert_output '1
2'
  assert_equal "$(sort ran | tr -d '\n')" ab
  run -1 grep -c '"ParallelBranch"' f.jsonl
}

@test "parallel: --branch-encode and --branch-decode" {
  replayed <<'EOS'
durable parallel --branch-encode 'tr a b' --branch-decode 'tr b c' p --branch x -- echo a
EOS
  assert_output c
}

@test "parallel: --encode and --decode work on the batch" {
  replayed <<'EOS'
durable parallel --encode base64 --decode 'base64 -d' p --branch x -- echo a
EOS
  assert_output a
}

@test "parallel: without a branch it succeeds and prints nothing" {
  first_run <<'EOS'
durable parallel p
durable parallel --array q
durable parallel --batch r
EOS
  assert_line --index 0 '[]'
  run -0 jq -c '[.totalCount, .all]' <<<"${lines[1]}"
  assert_output '[0,[]]'
}

@test "parallel: unnamed branches and an unnamed parallel" {
  replayed <<<'durable parallel --branch -- echo 1 --branch -- echo 2'
  assert_output '1
2'
}

@test "parallel: durable error is the array of its failed branches" {
  first_run <<'EOS'
durable parallel p --branch a -- sh -c 'echo why >&2; exit 3' --branch b -- true \
  --branch c -- sh -c 'exit 4' || durable error p '[.[].ErrorData.exitStatus]'
EOS
  assert_output --regexp '^\[ *3, *4 *\]$'
}

@test "parallel: usage errors are found before anything is recorded" {
  n=0
  for words in '-j 0 p' '--min-successful 0 p' '--fail-fast --tolerated-failure-count 1 p' \
    '--tolerated-failure-percentage 101 p' '--json --raw p' '--array --batch p' '-r p' \
    '--flat --branch-encode cat p' '--decode cat p' 'p q' 'p -- true' '--bogus p' '-j x p'; do
    handler flow <<<"durable parallel $words --branch a -- touch ran || touch ran; touch ran"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist ran
    run -1 grep '"Action":"START"' "f$n.jsonl"
  done
}

@test "parallel: --branch without a name and -- names durable branch" {
  handler flow <<<'durable parallel p --branch a -- echo --branch'
  run -2 durable run ./flow
  assert_output --partial 'durable branch'
}

@test "parallel: two branches of one name are a usage error" {
  handler flow <<<'durable parallel p --branch a -- true --branch a -- true'
  run -2 durable run ./flow
  assert_output --partial "'a'"
}

@test "parallel: more than --min-successful branches is never reached: FAILED" {
  first_run <<'EOS'
durable parallel --min-successful 2 --batch p --branch a -- true --branch b -- sh -c 'exit 9' ||
  echo "status $?"
EOS
  assert_output --partial '"totalCount"'
}
