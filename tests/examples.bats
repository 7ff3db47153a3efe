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
  for script in "$examples/order/order.sh" "$examples/packages/packages.sh"; do
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
  wait_until 20 grep -q '"Type":"WAIT"' a5.jsonl
  kill -KILL "$pid"
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
