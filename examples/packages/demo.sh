#!/bin/sh
# demo.sh - runs packages.sh undisturbed, then once more with its engine killed
# half way, resumes that, and checks that no step which was recorded ran again
# and that both reports are the same. Leaves nothing behind.
set -eu
job=$(cd "$(dirname "$0")" && pwd)/packages.sh
work=$(mktemp -d)
engine=
# shellcheck disable=SC2154 # status is set in the trap itself
trap 'status=$?; [ -z "$engine" ] || kill -9 "$engine" 2>/dev/null || :
    rm -rf "$work"; exit $status' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$work/calm" "$work/killed"
: >"$work/killed/steps.log"
export LC_ALL=C

say() {
	printf '* %s\n' "$*"
}

fail() {
	printf 'demo.sh: %s\n' "$*" >&2
	exit 1
}

# The names of the steps that are recorded as done, one a line.
recorded() {
	sed -n '/"Type":"STEP".*"Action":"SUCCEED"/ {
		s/.*"Name":"\([^"]*\)".*/\1/
		p
	}' "$work/killed/job.jsonl" | sort
}

# How often steps began: at a kill this includes those that it cut off.
begun() {
	wc -l <"$work/killed/steps.log"
}

say 'the job, undisturbed'
cd "$work/calm"
durable run --context job.jsonl -- "$job"
total=$(wc -l <steps.log)
[ "$total" -ge 30 ] || fail "only $total steps ran"

say "the job once more; kill -9 of its engine after $((total / 2)) of" \
    "$total steps"
cd "$work/killed"
durable run --context job.jsonl -- "$job" 2>run.err &
engine=$!
while [ "$(begun)" -lt $((total / 2)) ]; do
	kill -0 "$engine" 2>/dev/null || fail "it ended too soon: $(cat run.err)"
	sleep 0.02
done
kill -9 "$engine"
wait "$engine" 2>/dev/null || :
engine=
[ ! -e report.txt ] || fail 'it had ended before it was killed'
recorded >before
say "killed: $(wc -l <before) steps are recorded, $(begun) had begun"

say 'the same command again: it goes on where it was'
durable run --context job.jsonl -- "$job"

sort steps.log | uniq -d >twice
again=$(comm -12 before twice)
[ -z "$again" ] || fail "recorded, and yet run again: $again"
say "no recorded step ran again;" \
    "$(wc -l <twice) that the kill had cut off began anew"
[ "$(sort -u steps.log | wc -l)" -eq "$total" ] || fail 'steps are missing'
cmp report.txt ../calm/report.txt || fail 'the reports differ'
say "the report is that of the undisturbed run:" \
    "$(wc -l <report.txt) lines, for instance"
sed -n '1p; $p' report.txt
