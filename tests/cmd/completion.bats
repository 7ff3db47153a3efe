#!/usr/bin/env bats
# completion.bats - durable completion: scripts that the shells take.
load ../lib/durable

# complete WORDS...: what bash offers for the last word.
complete_bash() {
  bash -c 'source <(durable completion bash)
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _durable
    printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

@test "completion: bash offers commands" {
  run -0 complete_bash durable re
  assert_line result
  assert_line resume
  assert_line retry
  refute_line step
}

@test "completion: bash offers a command's options" {
  run -0 complete_bash durable step --ret
  assert_line -- --retry
  assert_line -- --retry-delay
  run -0 complete_bash durable run --n
  assert_line -- --name
  assert_line -- --no-wait
}

@test "completion: bash offers programs behind --" {
  run -0 complete_bash durable step a -- bas
  assert_line basename
}

@test "completion: the bash script is one for all commands of help --list" {
  for c in $(durable help --list); do
    run -0 complete_bash durable "$c" --hel
    assert_output -- --help
  done
}

@test "completion: zsh takes its script" {
  command -v zsh >/dev/null || skip 'no zsh here'
  durable completion zsh >_durable
  run -0 zsh -n _durable
  run -0 head -n 1 _durable
  assert_output '#compdef durable'
  run -0 grep -c -- '--retry-delay' _durable
}

@test "completion: fish has every option" {
  run -0 durable completion fish
  assert_output --partial "__fish_seen_subcommand_from step' -l retry-delay"
  assert_output --partial '-a step'
}

@test "completion: another shell is a usage error that names the three" {
  run -2 durable completion tcsh
  assert_output --partial 'bash, zsh or fish'
  run -2 durable completion
}
