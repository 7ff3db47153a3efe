#!/usr/bin/env bats
# retry.bats - durable retry: a failed execution is opened again.
# shellcheck disable=SC1010,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "retry: keeps what succeeded and runs anew what failed" {
  handler flow <<'EOS'
durable step good -- sh -c 'echo good >>ran; echo G'
durable step bad -- sh -c 'echo bad >>ran; [ -e mended ] && echo B'
EOS
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output 'G
B'
  assert_equal "$(sort ran | uniq -c | tr -s ' ' | tr '\n' ,)" ' 2 bad, 1 good,'
}

@test "retry: by name, with attempts from 1" {
  handler flow <<'EOS'
durable step s -- sh -c 'echo "$DURABLE_ATTEMPT" >>attempts; [ -e mended ]'
EOS
  run -1 durable run --name exe ./flow
  run -1 durable retry exe
  touch mended
  run -0 durable retry exe
  assert_equal "$(tr '\n' ' ' <attempts)" '1 1 1 '
}

@test "retry: a failed step whose failure was handled is run again too" {
  handler flow <<'EOS'
durable step handled -- sh -c 'echo ran >>ran; exit 3' || true
[ -e mended ] || exit 9
EOS
  run -9 durable run --context f.jsonl ./flow
  touch mended
  run -0 durable retry f.jsonl
  assert_equal "$(lines_of ran)" 2
}

@test "retry: of a child runs its failed parts again, keeps the others" {
  handler flow <<'EOS'
durable child c -- sh -ec 'durable step good -- sh -c "echo good >>ran"
  durable step bad -- sh -c "echo bad >>ran; [ -e mended ]"; echo done'
EOS
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output done
  assert_equal "$(sort ran | uniq -c | tr -s ' ' | tr '\n' ,)" ' 2 bad, 1 good,'
}

@test "retry: of a parallel runs its failed branches again, keeps the others" {
  handler flow <<'EOS'
durable parallel p --branch good -- sh -c 'echo good >>ran; echo G' \
  --branch bad -- sh -c 'echo bad >>ran; [ -e mended ] && echo B'
EOS
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output 'G
B'
  assert_equal "$(sort ran | uniq -c | tr -s ' ' | tr '\n' ,)" ' 2 bad, 1 good,'
}

@test "retry: of a parallel that ended early runs the unfinished branches" {
  handler flow <<'EOS'
durable parallel --fail-fast p --branch bad -- sh -c 'until [ -e began ]; do sleep 0.01; done; [ -e mended ]' \
  --branch cut -- sh -c 'touch began; echo cut >>ran; [ -e mended ] || sleep 60'
EOS
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 durable retry f.jsonl
  assert_equal "$(lines_of ran)" 2
}

@test "retry: a tolerated batch is kept" {
  handler flow <<'EOS'
durable parallel -q --tolerated-failure-count 1 p --branch bad -- sh -c 'echo bad >>ran; exit 3' --branch ok -- true
[ -e mended ] || exit 9
EOS
  run -9 durable run --context f.jsonl ./flow
  touch mended
  run -0 durable retry f.jsonl
  assert_equal "$(lines_of ran)" 1
}

@test "retry: after a usage error in the script was mended" {
  handler flow <<<'durable step a -- sh -c "echo ran >>ran"; durable wait soon'
  run -2 durable run --context f.jsonl ./flow
  handler flow <<<'durable step a -- sh -c "echo ran >>ran"; durable wait 1s; echo done'
  run -0 --separate-stderr durable retry f.jsonl
  assert_output done
  assert_equal "$(lines_of ran)" 1
}

@test "retry: one that was stopped or timed out" {
  handler flow <<<'durable wait 1s; echo done'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable stop f.jsonl
  run -0 --separate-stderr durable retry f.jsonl
  assert_output done
}

@test "retry: of one that timed out starts its time anew" {
  handler flow <<<'[ -e mended ] || durable step slow -- sleep 60; echo done'
  run -124 durable run --timeout 3s --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output done
}

@test "retry: appends one reopened event" {
  handler flow <<<'[ -e mended ]'
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 durable retry f.jsonl
  assert_equal "$(grep -ci '"Event":"[A-Za-z]*reopened"' f.jsonl)" 1
}

@test "retry: refuses one that succeeded, is suspended or runs" {
  handler ok <<<:
  run -0 durable run --name ok ./ok
  run -125 durable retry ok
  handler flow <<<'touch began; durable wait 1h'
  run -75 durable run --no-wait --name exe ./flow
  run -125 durable retry exe
  handler loop <<<'touch looped; until [ -e go ]; do sleep 0.02; done'
  start durable run --name loop ./loop
  wait_until 60 test -e looped
  run -125 durable retry loop
  touch go
  ends_with 0
}

@test "retry: --no-wait exits 75 when it is suspended" {
  handler flow <<<'[ -e mended ] || exit 3; durable wait 1h'
  run -3 durable run --context f.jsonl ./flow
  touch mended
  run -75 durable retry --no-wait f.jsonl
}

@test "retry: one that is not there is 1, a missing operand 2" {
  run -1 durable retry nothing
  run -2 durable retry
  run -2 durable retry a b
}

# A flow that invokes ./callee with the input in the file "input"; that keeps
# one step and does not come past another before there is a file "mended".
make_invoker() {
  handler callee <<'EOS'
durable step good -- sh -c 'echo good >>ran'
durable step bad -- sh -c 'echo bad >>ran; [ -e mended ]'
echo "done $(durable input -r .k)"
EOS
  handler flow <<<'durable invoke --payload "$(cat input)" call ./callee'
  echo '{"k":1}' >input
}

@test "retry: goes on in what was invoked, at any depth, keeping what succeeded there" {
  make_invoker
  handler middle <<'EOS'
durable step above -- sh -c 'echo above >>ran'
durable invoke --payload "$(durable input)" call ./callee
EOS
  sed -i s/callee/middle/ flow
  run -1 durable run --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output 'done 1'
  assert_equal "$(sort ran | uniq -c | tr -s ' ' | tr '\n' ,)" ' 1 above, 2 bad, 1 good,'
  assert_equal "$(find . -name "f*.jsonl" | wc -l)" 3
}

@test "retry: of an invoke with another input or function is a fresh execution" {
  make_invoker
  run -1 durable run --context f.jsonl ./flow
  touch mended
  echo '{"k":2}' >input
  run -0 --separate-stderr durable retry f.jsonl
  assert_output 'done 2'
  assert_equal "$(tr '\n' ' ' <ran)" 'good bad good bad '
  rm mended f.jsonl
  run -1 durable run --context f.jsonl ./flow
  handler other <<<'echo other'
  sed -i s/callee/other/ flow
  run -0 --separate-stderr durable retry f.jsonl
  assert_output other
  assert_equal "$(find . -name "f*.jsonl" | wc -l)" 2
}

@test "retry: a fresh execution of an invoke takes nothing of the older one's children" {
  make_invoker
  handler middle <<'EOS'
durable invoke --payload '{"k":0}' call ./callee
durable step last -- test "$(durable input .k)" = 2
EOS
  sed -i s/callee/middle/ flow
  touch mended
  run -1 durable run --context f.jsonl ./flow
  echo '{"k":2}' >input
  run -0 durable retry f.jsonl
  assert_equal "$(tr '\n' ' ' <ran)" 'good bad good bad '
}

@test "retry: does not touch what was invoked and succeeded" {
  make_invoker
  touch mended
  echo 'durable step after -- test -e mended-too' >>flow
  run -1 durable run --context f.jsonl ./flow
  before=$(cksum f-*.jsonl)
  touch mended-too
  run -0 durable retry f.jsonl
  assert_equal "$(cksum f-*.jsonl)" "$before"
  assert_equal "$(tr '\n' ' ' <ran)" 'good bad '
}

@test "retry: what was invoked and compensated is begun anew" {
  make_invoker
  sed -i '2a durable undo good -- sh -c "echo undone >>ran"; trap "durable compensate" EXIT' callee
  run -1 durable run --context f.jsonl ./flow
  touch mended
  sed -i 's/trap.*EXIT/:/' callee
  run -0 durable retry f.jsonl
  assert_equal "$(tr '\n' ' ' <ran)" 'good bad undone good bad '
}

@test "retry: goes on in what has failed after the execution was stopped" {
  make_invoker
  handler callee <<'EOS'
durable step good -- sh -c 'echo good >>ran'
[ -e mended ] || durable wait long 1h
echo done
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 eval 'grep -q PENDING f-*.jsonl'
  durable stop f.jsonl
  durable stop f-*.jsonl
  wait "$pid" || true
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output done
  assert_equal "$(lines_of ran)" 1
}

@test "retry: of an invoke, killed at every sync and removal, is tried again" {
  make_invoker
  local n k kills=0
  for k in 1 2; do
    for n in 1 2 3 4 5 6; do
      rm -rf f* ran mended
      echo '{"k":1}' >input
      handler flow <<<'durable invoke --payload "$(cat input)" call ./callee'
      run -1 durable run --context f.jsonl ./flow
      touch mended
      echo "{\"k\":$k}" >input
      ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e inject="/^(fdatasync|fsync|unlink)$:signal=KILL:when=$n" \
        timeout 20 durable retry --quiet f.jsonl || true
      ! grep -q 'killed by SIGKILL' trace || kills=$((kills + 1))
      durable retry --quiet f.jsonl >/dev/null 2>&1 || true
      run -0 --separate-stderr durable run --context f.jsonl ./flow
      assert_output "done $k"
      assert_equal "$(grep -c good ran)" "$k"
    done
  done
  ((kills > 5))
}
