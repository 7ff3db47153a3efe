#!/usr/bin/env bats
# Real file systems that lose power, fill up and fail below.

load ../lib/durable

setup() {
  durable_setup
  mounts=()
  mkdir disk
  # The log and the script are on another disk than the context file.
  handler act <<'EOT'
echo "start $1" >>log
[ ! -e "at-$1" ] || . "./at-$1"
head -c "${2-20}" /dev/zero | tr '\0' "$1"
EOT
  handler flow <<'EOT'
size=${1-20}
for i in a b c d e f g h; do
  durable step "$i" -- ./act "$i" "$size" >/dev/null || echo "WRONG $i" >>log
  echo "after $i" >>log
done
durable result all-done
EOT
}

teardown() {
  local i
  for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
    umount "${mounts[i]}" 2>/dev/null || umount -l "${mounts[i]}" 2>/dev/null || true
  done
  durable_teardown
}

# make_disk_in IMAGE [OPTION...]: an ext4, mounted on disk; or skips.
make_disk_in() {
  local image=$1
  shift
  command -v mkfs.ext4 >/dev/null ||
    skip 'needs a loop device and mkfs.ext4 (e2fsprogs)'
  truncate -s 8M "$image"
  mkfs.ext4 -q -F "$@" "$image"
  mounted -o loop "$image" disk
}

# mounted OPTION...: or skips, with the reason.
mounted() {
  local where=${!#}
  mount "$@" 2>mount.err ||
    skip "needs a loop device and root: $(head -n 1 mount.err)"
  mounts+=("$where")
}

# resumed: a second run succeeds; what the script had gone on behind is not
# started again.
resumed() {
  local step before acknowledged
  before=$(lines_of log)
  acknowledged=$(sed -n 's/^after //p' log)
  run ! grep WRONG log
  run -0 --separate-stderr durable run --quiet --context disk/x.jsonl ./flow "$@"
  assert_output all-done
  for step in $acknowledged; do
    run ! grep -qx "start $step" <(tail -n +$((before + 1)) log)
  done
  # shellcheck disable=SC2046 # a list of words
  assert_equal "$(sed -n 's/^after //p' log | sort -u | tr -d '\n')" abcdefgh
}

# power_cut STEP FLAGS: while the command of STEP runs.
power_cut() {
  rm -f log at-*
  make_disk_in image
  echo "rm at-$1; $DURABLE_BUILDDIR/tests/fault/shutdown disk $2" >"at-$1"
  run -125 durable run --quiet --context disk/x.jsonl ./flow
  assert_output --partial 'Input/output error'
  umount disk
  mount -o loop image disk
  resumed
  umount disk
  mounts=()
}

@test "power: I1: an ext4 that stops keeps all that was acknowledged" {
  local step
  for step in a c h; do
    power_cut $step 2
  done
}

@test "power: the same with the journal flushed: a tail of NUL bytes is cut off" {
  local step
  for step in a c h; do
    power_cut $step 1
  done
}

@test "power: I7: a disk that is full ends the run, and it goes on when there is room" {
  mounted -t tmpfs -o size=16k tmpfs disk
  run -125 durable run --quiet --context disk/x.jsonl ./flow 3000
  assert_output --partial 'No space left on device'
  assert_equal "$(tail -c 1 disk/x.jsonl)" ''
  mount -o remount,size=1m disk
  resumed 3000
}

@test "power: an error below the file system ends the run; what it knew is kept" {
  mkdir below
  mounted -t tmpfs -o size=2m tmpfs below
  # Blocks as large as pages: with smaller ones a full tmpfs loses the half of
  # a page that was synced without an error.
  make_disk_in below/image -b 4096 -O ^has_journal
  # From here on no new block of the disk can be written.
  echo 'rm at-b; sync; dd if=/dev/zero of=below/filler bs=4k 2>/dev/null || true' >at-b
  run -125 durable run --quiet --context disk/x.jsonl ./flow 3000
  assert_output --regexp '^durable run: sync .*: (Input/output error|No space left)'
  rm below/filler
  umount disk
  mount -o loop below/image disk
  resumed 3000
}
