#!/usr/bin/env bats
# Every example, run as its README says.
# shellcheck disable=SC2154 # stderr is set by run, pid by start

load lib/durable

examples=$DURABLE_ROOT/examples

setup() {
  durable_setup
  order=$examples/order/order.sh
}

@test "examples: every folder has a README and is tested here" {
  local folder
  for folder in "$examples"/*/; do
    assert_file_exist "$folder/README.md"
    grep -q "examples: $(basename "$folder"):" "$BATS_TEST_FILENAME" ||
      fail "$folder is not run by $BATS_TEST_FILENAME"
  done
}

@test "examples: every script makes itself durable by the one line" {
  local line script
  # shellcheck disable=SC2016 # the line itself
  line='[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"'
  for script in "$examples"/*/*.sh; do
    [[ $script != */demo.sh ]] || continue
    grep -qxF "$line" "$script" || fail "$script has no such line"
  done
}

@test "examples: order: an order is paid once, and shipped after the wait" {
  run -0 --separate-stderr "$order" A1 book 20
  assert_output 'A1 is under way as parcel-A1'
  run -0 cat shop/ledger
  assert_output $'reserve A1 book\ncharge A1 20\nship A1 book'
}

@test "examples: order: what cannot be shipped is paid back and released" {
  run -1 --separate-stderr "$order" A2 piano 900
  assert_equal "$output" ''
  [[ $stderr == *'NotShipped: A2: piano cannot be shipped'* ]]
  run -0 sh -c "sed 's/order-sh-[^ ]*/PAYMENT/' shop/ledger | sort"
  assert_output 'charge A2 900
refund PAYMENT 900
release A2 piano
reserve A2 piano'
  assert_file_not_exist shop/reserved/A2
}

@test "examples: order: without money the item goes back" {
  run -1 --separate-stderr "$order" A3 yacht 5000
  [[ $stderr == *'NotPaid: A3: the payment of 5000 EUR failed'* ]]
  run -0 cat shop/ledger
  assert_output $'reserve A3 yacht\nrelease unpaid A3 yacht'
}

@test "examples: order: a cancelled order is paid back" {
  mkdir -p shop/cancelled
  touch shop/cancelled/A4
  run -0 --separate-stderr "$order" A4 lamp 30
  assert_output 'A4 was cancelled, 30 EUR are paid back'
  assert_file_not_exist shop/reserved/A4
}

@test "examples: order: killed during the wait, it goes on from there" {
  start durable run --context a5.jsonl -- "$order" A5 chair 40
  wait_until 60 grep -q '"Type":"WAIT"' a5.jsonl
  kill -KILL "$pid" || true # or it has ended
  run -0 --separate-stderr durable run --context a5.jsonl -- "$order" A5 chair 40
  assert_output 'A5 is under way as parcel-A5'
  run -0 cat shop/ledger
  assert_output $'reserve A5 chair\ncharge A5 40\nship A5 chair'
}

@test "examples: packages: killed half way, its report is the undisturbed one" {
  [[ -r /var/lib/dpkg/status ]] || skip 'needs a Debian package database'
  run -0 "$examples/packages/demo.sh"
  assert_output --partial 'no recorded step ran again'
  assert_output --partial 'the report is that of the undisturbed run'
}

@test "examples: approval: yes, no and no answer in time" {
  approval=$examples/approval/approval.sh
  start "$approval" ann 120
  wait_until 60 test -e outbox/ann
  run -0 sh -c "$(sed -n 's/^yes: //p' outbox/ann)"
  ends_with 0
  assert_equal "$(cat start.out)" 'ann: 120 EUR paid, approved by your name'
  start "$approval" bob 5
  wait_until 60 test -e outbox/bob
  run -0 sh -c "$(sed -n 's/^no:  //p' outbox/bob)"
  ends_with 0
  assert_equal "$(cat start.out)" 'bob: refused (the reason)'
  DURABLE_SKIP_TIME=all run -0 --separate-stderr "$approval" eve 7
  assert_output 'eve: no answer, nothing is paid'
  assert_equal "$(cat ledger)" 'ann 120 EUR'
}

@test "examples: saga: all is booked, or what was booked is cancelled" {
  export DURABLE_SKIP_TIME=1
  run -0 --separate-stderr "$examples/saga/trip.sh" ann Rome
  assert_output 'ann goes to Rome'
  assert_equal "$(find bookings -type f | wc -l)" 3
  rm log
  run -3 --separate-stderr "$examples/saga/trip.sh" bob Venice
  run -0 cat log
  assert_output $'book flight\nbook hotel\nbook car\ncancel car\ncancel hotel\ncancel flight'
  assert_equal "$(find bookings -name '*bob*' | wc -l)" 0
}

@test "examples: polling: a job is polled until it is done, one that fails is an error" {
  export DURABLE_SKIP_TIME=1
  run -0 --separate-stderr "$examples/polling/render.sh" metropolis
  assert_output 'metropolis: 100 %'
  assert_file_exist job-metropolis.out
  run -1 --separate-stderr "$examples/polling/render.sh" broken
  [[ $stderr == *'RenderFailed: broken: the film cannot be read'* ]]
}

@test "examples: map-files: every file once, killed half way" {
  mkdir texts
  for n in $(seq 40); do echo "a b c" >"texts/file $n.txt"; done
  printf '\000\001' >'texts/none.txt'
  start "$examples/map-files/words.sh" texts
  wait_until 60 eval '(( $(lines_of counted.log) > 10 ))'
  kill -KILL "$pid" || true # or it has ended
  wait "$pid" || true
  run -0 --separate-stderr "$examples/map-files/words.sh" texts
  assert_output '120 words in 40 files'
  assert_equal "$(sort -u counted.log | wc -l)" 41
  (($(lines_of counted.log) <= 45))
}

@test "examples: nested: every region is an execution of its own" {
  export DURABLE_SKIP_TIME=1
  run -0 --separate-stderr "$examples/nested/report.sh" north south east
  assert_output '14 sold in 3 regions'
  assert_equal "$(lines_of log)" 3
  run -0 --separate-stderr "$examples/nested/report.sh" north south east
  assert_equal "$(find "$XDG_STATE_HOME" -name '*.jsonl' | wc -l)" 8
}

@test "examples: lambda: an expense is approved, recalled by nobody, paid" {
  local expense=$examples/lambda/expense.sh id
  export DURABLE_SKIP_TIME=1
  input='{"who":"ann","euros":120}'
  run -75 durable run --no-wait --name e1 --input "$input" "$expense"
  id=$(grep -o 'the callback [^:]*' <<<"$output")
  run -0 durable callback success "${id##* }" carol
  run -0 --separate-stderr durable run --name e1 --input "$input" "$expense"
  assert_output --regexp \
    '^ann: 120 EUR paid as T-[0-9a-f]{8}, approved by carol$'
  [[ $stderr == *'paying ann 120 EUR with key e1:'* ]]
}

@test "examples: lambda: an expense that is none, refused, unanswered" {
  local expense=$examples/lambda/expense.sh id
  run -1 durable run --arg who=bob --arg euros=many "$expense"
  assert_output --partial "BadExpense: bob: 'many' is no number of euros"
  DURABLE_SKIP_TIME=all run -0 --separate-stderr \
    durable run --arg who=bob --arg euros=5 "$expense"
  assert_output 'bob: nobody has answered in time'
  run -75 durable run --no-wait --name e2 --arg who=bob --arg euros=7 "$expense"
  id=$(grep -o 'the callback [^:]*' <<<"$output")
  run -0 durable callback failure "${id##* }" 'too dear'
  run -0 --separate-stderr \
    durable run --name e2 --arg who=bob --arg euros=7 "$expense"
  assert_output 'bob: refused (too dear)'
}
