#!/usr/bin/env bats
# The context file of a real run, cut off, changed, shuffled: it is resumed from
# what is whole, or refused and left alone, and never taken for another run's.

load ../lib/durable
load campaign

setup() {
  durable_setup
  make_act
  handler flow <<'EOT'
a=$(durable step a -- ./act a)
m=$(durable step --at-most-once m -- ./act m) || m=cut
b=$(durable step b -- ./act b)
echo "after a $a" >>log
echo "after b $b" >>log
durable result "$m"
EOT
  durable run --quiet --context x.jsonl ./flow
  cp x.jsonl whole
  mv log whole.log
  mapfile -t record <whole
  lines=${#record[@]}
}

# judge NAME: runs again on x.jsonl as it is now. Refused, it must have been
# left alone; else exactly what its front does not have was done again.
judge() {
  local status=0 kept=0 line
  cp x.jsonl damaged
  rm -f log
  durable run --quiet --context x.jsonl ./flow >out 2>err || status=$?
  if ((status == 125)); then
    refused=$((${refused-0} + 1))
    cmp x.jsonl damaged && grep -q 'x.jsonl' err && return
  elif ((status == 0)); then
    while IFS= read -r line && [[ $line == "${record[kept]-}" ]]; do
      kept=$((kept + 1))
    done < <(tr '\0' '?' <damaged)
    resumed=$((${resumed-0} + 1))
    must_be_refused "$kept" || was_done_once "$kept" && return
  fi
  echo "$1: status $status, $kept lines kept, stderr:"
  cat err log
  return 1
}

# must_be_refused KEPT: whether a later record of the file says that line
# KEPT + 1 was on disk.
must_be_refused() {
  local synced
  synced=$(tail -n +$(($1 + 2)) damaged | tr '\0' '?' |
    sed -n 's/^{"seq":[0-9]*,"synced":\([0-9]*\),.*"sum":"[0-9a-f]*"}$/\1/p' |
    sort -n | tail -n 1)
  ((${synced:-0} > $1)) || return 1
  echo "line $(($1 + 1)) had been synced and was dropped"
  exit 1
}

# was_done_once KEPT: each step was started once where the first KEPT lines do
# not have its outcome, else not at all and with the recorded value.
was_done_once() {
  local step want value log=$'\n' front
  [[ ! -e log ]] || log+=$(<log)$'\n'
  printf -v front '%s\n' "${record[@]:0:$1}"
  for step in a m b; do
    want=1
    [[ $front != *"\"Name\":\"$step\",\"Action\":\"SUCC"* ]] || want=0
    [[ $front != *'"Name":"m","Action":"START'* || $step != m ]] || want=0
    [[ $(grep -cx "start $step" <<<"$log") == "$want" ]] || return 1
    value=$(grep "^after $step " whole.log)
    ((want)) || [[ $step == m || ! -e log || $log == *$'\n'"$value"$'\n'* ]] || return 1
  done
}

# spoiled HOW: at every byte, by a reader.
spoiled() {
  "$DURABLE_BUILDDIR/tests/fault/spoil" "$1" x.jsonl durable history x.jsonl \
    >spoiled || { cat spoiled; return 1; }
  echo "# $(cat spoiled)" >&3
}

judged() {
  echo "# $1: ${resumed-0} resumed, ${refused-0} refused" >&3
}

@test "damage: I3: a file that is cut off anywhere is read as its front" {
  spoiled cut
}

@test "damage: a file with any byte changed is read as its front or refused" {
  spoiled flip
}

@test "damage: I4: a run on a file cut at and around every record goes on" {
  local at=0 k offset
  for ((k = 1; k <= lines; k++)); do
    at=$((at + $(sed -n "${k}p" whole | wc -c)))
    for offset in $((at - 1)) "$at" $((at + 1)); do
      head -c "$offset" whole >x.jsonl
      judge "cut at $offset"
    done
  done
  judged 'cut at records'
  ((refused == 0))
}

@test "damage: I4: a run on a file with a byte changed goes on or is refused" {
  local at size byte
  size=$(wc -c <whole)
  for ((at = 3; at < size; at += 131)); do
    cp whole x.jsonl
    byte=$(head -c $((at + 1)) whole | tail -c 1)
    [[ $byte == '#' ]] && byte=+ || byte='#'
    printf %s "$byte" | dd of=x.jsonl bs=1 seek="$at" conv=notrunc status=none
    judge "changed at $at"
  done
  judged 'a byte changed'
  ((refused > 0 && resumed > 0))
}

@test "damage: doubled, moved and missing records" {
  local k
  for ((k = 2; k <= lines; k++)); do
    sed "${k}p" whole >x.jsonl
    judge "line $k doubled"
    sed "${k}d" whole >x.jsonl
    judge "line $k missing"
    sed "${k}{h;d};$((k + 1))G" whole >x.jsonl
    judge "line $k moved down"
    { cat whole; sed -n "${k}p" whole; } >x.jsonl
    judge "line $k again at the end"
  done
  judged 'lines'
}

@test "damage: records of another run's file are not taken" {
  local k
  mkdir other
  cp act flow other
  (cd other && durable run --quiet --context x.jsonl ./flow)
  for ((k = 1; k < lines; k++)); do
    { head -n "$k" whole; tail -n +$((k + 1)) other/x.jsonl; } >x.jsonl
    judge "another's from line $((k + 1)) on"
  done
  judged "another's lines"
}

@test "damage: a tail of NUL bytes, as a power cut leaves it, is cut off" {
  local k
  for ((k = 1; k <= lines; k++)); do
    { head -n "$k" whole; head -c 110 /dev/zero; } >x.jsonl
    judge "NULs behind line $k"
    { head -n "$k" whole; sed -n "$((k + 1))p" whole | head -c 20; head -c 90 /dev/zero; } >x.jsonl
    judge "a front and NULs behind line $k"
  done
  judged 'NULs'
  ((${refused-0} == 0))
}

@test "damage: I5: opening twice gives the same file" {
  head -c -30 whole >x.jsonl
  durable run --quiet --context x.jsonl ./flow
  cp x.jsonl once
  run -0 durable run --quiet --context x.jsonl ./flow
  assert_files_equal x.jsonl once
}
