#!/usr/bin/env bats
# durable purge: remove executions that have ended.
# shellcheck disable=SC2154,SC2317 # variables of run and start; called by name
load ../lib/durable

folder() { echo "$XDG_STATE_HOME/durable"; }

# One execution of each kind: good, bad and stopped have ended, later has not.
executions() {
  handler good <<<'durable result done'
  handler bad <<<'exit 3'
  handler later <<<'durable wait long 1h'
  durable run --quiet --name good ./good
  run -3 durable run --quiet --name bad ./bad
  run -75 durable run --quiet --name stopped --no-wait ./later
  durable stop stopped
  run -75 durable run --quiet --name later --no-wait ./later
}

@test "purge: removes what has ended, with its folder, and says so" {
  executions
  mkdir -p "$(folder)/good.jsonl.d/deep"
  echo output >"$(folder)/good.jsonl.d/deep/file"
  ln -s "$PWD/later" "$(folder)/good.jsonl.d/link"
  run -0 --separate-stderr durable purge good bad
  refute_output
  output=$stderr assert_output "durable: removed good ($(folder)/good.jsonl)
durable: removed bad ($(folder)/bad.jsonl)"
  assert_not_exists "$(folder)/good.jsonl"
  assert_not_exists "$(folder)/good.jsonl.d"
  assert_not_exists "$(folder)/bad.jsonl"
  assert_exists "$(folder)/stopped.jsonl"
  assert_file_exist later
}

@test "purge: refuses what has not ended, and says what to do" {
  executions
  run -125 durable purge later good
  assert_line "durable purge: later has not ended: 'durable stop later' ends it, then purge it"
  assert_exists "$(folder)/later.jsonl"
  assert_not_exists "$(folder)/good.jsonl"
  durable stop later
  run -0 durable purge --quiet later
  refute_output
  assert_not_exists "$(folder)/later.jsonl"
}

@test "purge: --all passes over what has not ended" {
  executions
  run -0 durable purge --all
  assert_equal "${#lines[@]}" 3
  run -0 ls "$(folder)"
  assert_output later.jsonl
}

@test "purge: --status and --older-than choose" {
  executions
  run -0 durable purge --all --older-than 1h
  refute_output
  run -0 durable purge --older-than 1h good
  assert_output "durable: kept good ($(folder)/good.jsonl)"
  run -0 durable purge --all --status stopped,FAILED
  run -0 ls "$(folder)"
  assert_output 'good.jsonl
later.jsonl'
}

@test "purge: --older-than counts from the end" {
  handler good <<<'durable wait short 1s'
  durable run --quiet --name good ./good
  run -0 durable purge --quiet --all --older-than 1s
  assert_exists "$(folder)/good.jsonl"
  gone() {
    durable purge --quiet --all --older-than 1s
    [[ ! -e $(folder)/good.jsonl ]]
  }
  wait_until 60 gone
}

@test "purge: --dry-run removes nothing" {
  executions
  run -0 durable purge --all --dry-run
  assert_equal "${#lines[@]}" 3
  assert_line "durable: would remove good ($(folder)/good.jsonl)"
  run -0 ls "$(folder)"
  assert_equal "${#lines[@]}" 4
}

@test "purge: what another process has locked stays" {
  executions
  run -125 flock -x "$(folder)/good.jsonl" durable purge good
  assert_output --partial 'is in use by another durable'
  assert_exists "$(folder)/good.jsonl"
  run -0 flock -x "$(folder)/good.jsonl" durable purge --quiet --all
  refute_output
  assert_exists "$(folder)/good.jsonl"
}

@test "purge: a name that is purged can be used again" {
  executions
  durable purge --quiet good
  run -3 durable run --name good ./bad
}

@test "purge: a journal has no end" {
  DURABLE_CONTEXT=$PWD/j.jsonl durable step a -- echo one
  run -125 durable purge ./j.jsonl
  assert_output --partial 'is a journal, which has no end'
  assert_exists j.jsonl
}

@test "purge: an error of the system is told, and the others are not left for it" {
  executions
  run -125 env ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e inject=/^unlink:error=EIO:when=1 \
    durable purge --all
  assert_line "durable purge: remove $(folder)/bad.jsonl: Input/output error"
  assert_exists "$(folder)/bad.jsonl"
  assert_not_exists "$(folder)/good.jsonl"
  run -0 durable purge --all
  assert_output "durable: removed bad ($(folder)/bad.jsonl)"
}

@test "purge: killed in between, it leaves an execution that can be purged again" {
  executions
  local n
  for n in 1 2; do
    mkdir -p "$(folder)/good.jsonl.d"
    echo output >"$(folder)/good.jsonl.d/file"
    run -137 env ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e inject="/^(unlink|rmdir):signal=KILL:when=$n" \
      durable purge good
    run -0 durable status good
  done
  run -0 durable purge good
  assert_not_exists "$(folder)/good.jsonl.d"
}

@test "purge: the longest name of a file" {
  handler good <<<'durable result done'
  local file
  file=$(printf '%0249d.jsonl' 1)
  durable run --quiet --context "./$file" ./good
  run -0 durable purge --quiet "./$file"
  assert_not_exists "$file"
}

@test "purge: of nothing, or of all and one, is a usage error; of nobody it is 1" {
  run -2 durable purge
  assert_output --partial 'which executions?'
  run -2 durable purge --all one
  run -2 durable purge --all --older-than soon
  run -1 durable purge nobody
  assert_output --partial 'nobody.jsonl does not exist'
}

# One that has invoked another, which has invoked a third; "fails" is whether
# the first one does.
family() {
  handler deep <<<'durable result deep'
  handler middle <<<'durable invoke d ./deep'
  handler top <<<'durable invoke m ./middle; [ ! -e fails ]'
  durable run --quiet --name top ./top
}

@test "purge: takes along what was invoked, at any depth" {
  family
  run -0 durable purge --dry-run top
  assert_equal "${#lines[@]}" 3
  assert_line --index 2 "durable: would remove top ($(folder)/top.jsonl)"
  assert_equal "$(find "$(folder)" -mindepth 1 | wc -l)" 3
  run -0 durable purge top
  assert_equal "${#lines[@]}" 3
  assert_line --index 2 "durable: removed top ($(folder)/top.jsonl)"
  run -0 ls "$(folder)"
  refute_output
}

@test "purge: --all names each once, and asks the first one's status and age" {
  touch fails
  family || true
  run -0 durable purge --all --status FAILED --dry-run
  assert_equal "${#lines[@]}" 3
  run -0 durable purge --all --status FAILED
  assert_equal "${#lines[@]}" 3
  run -0 ls "$(folder)"
  refute_output
}

@test "purge: what was invoked and has not ended stays, until it has" {
  handler callee <<<'touch began; until [ -e go ]; do sleep 0.01; done'
  handler top <<<'durable invoke c ./callee'
  start durable run --name top ./top
  wait_until 60 test -e began
  durable stop top
  wait "$pid" || true
  run -0 durable purge top
  assert_output "durable: removed top ($(folder)/top.jsonl)"
  assert_equal "$(find "$(folder)" -mindepth 1 | wc -l)" 1
  touch go
  gone() {
    durable purge --quiet --all
    [[ ! $(ls "$(folder)") ]]
  }
  wait_until 60 gone
}

@test "purge: of one whose parent is another execution by now is not refused" {
  family
  mv "$(folder)/top.jsonl" away.jsonl
  handler later <<<'durable wait long 1h'
  run -75 durable run --quiet --name top --no-wait ./later
  run -0 durable purge --all
  assert_equal "${#lines[@]}" 2
  run -0 ls "$(folder)"
  assert_output top.jsonl
}

@test "purge: a new execution of that name runs every step anew" {
  handler callee <<<'durable step bill -- echo "for $(durable input -r .day)"'
  handler top <<<'durable invoke --arg day="$(durable input -r .day)" c ./callee'
  durable run --quiet --name top --arg day=mon ./top
  durable purge --quiet top
  run -0 --separate-stderr durable run --quiet --name top --arg day=tue ./top
  assert_output 'for tue'
}
