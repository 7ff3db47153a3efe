#!/usr/bin/env bats
# A kill at every system call that matters, of every process that matters.

load ../lib/durable
load campaign

setup() {
  durable_setup
  needs_inject
}

@test "crash: I1, I2, I6: the engine is killed at every write" {
  make_workflow
  kills engine write
}

@test "crash: I1, I2, I6: the engine is killed at every sync, rename, fork, exec and exit" {
  make_workflow
  kills engine sync fork exec exit
}

@test "crash: I1, I2: a client is killed at every write, connect, fork, exec and exit" {
  make_workflow
  kills client write connect fork exec exit
}

@test "crash: I1, I2: the handler is killed at every write, fork, exec and exit" {
  make_workflow
  kills handler write fork exec exit
}

@test "crash: a run that sleeps is killed at every write, sync, fork, exec and exit" {
  make_sleeper
  kills engine write sync fork exec exit
}

@test "crash: a client that writes a file is killed at every write, sync and rename" {
  make_invoker
  kills client write sync rename
}
