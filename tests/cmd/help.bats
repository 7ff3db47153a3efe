#!/usr/bin/env bats
# help.bats - durable help, --help and --version.
load ../lib/durable

@test "help: lists every command of both programs" {
  run -0 durable help
  for c in run resume retry list status history stop purge input step checkpoint result wait child \
    parallel branch map log fail error; do
    assert_line --regexp "^ +$c( |\$)"
  done
  refute_line --regexp '^ +(serve|drive|filter)( |$)'
}

@test "help: durable --help and -h are the same" {
  run -0 durable help
  all=$output
  run -0 durable --help
  assert_output "$all"
  run -0 durable -h
  assert_output "$all"
}

@test "help: --list has the names only, and all have a --help that says the same" {
  run -0 durable help --list
  for c in $output; do
    run -0 durable "$c" --help
    assert_output --partial "usage: durable $c"
    text=$output
    run -0 durable help "$c"
    assert_output "$text"
  done
}

@test "help: --table has commands and options by tabs" {
  run -0 durable help --table
  assert_line --regexp $'^command\tstep\t'
  assert_line --regexp $'^option\tstep\t--timeout\t'
  assert_line --regexp $'^option\trun\t--name\t'
}

@test "help: --version" {
  run -0 durable --version
  assert_output --regexp '^durable [0-9]+\.[0-9]+'
}

@test "help: of an unknown command is 2" {
  run -2 durable help nothing
  assert_output --partial nothing
}

@test "help: a full or closed stdout is an error" {
  run -125 sh -c 'durable help >/dev/full'
  run -125 sh -c 'durable --version >/dev/full'
}
