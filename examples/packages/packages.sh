#!/bin/sh
# packages.sh - a data job: digests the package database of a Debian machine,
# and what its packages say of themselves, into report.txt in the current
# folder. Kill it at any time and run it again: it goes on where it was.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
digest=$(dirname "$0")/digest

# A branch is this script again, with words: what to digest, and its parts.
if [ $# -gt 0 ]; then
	kind=$1
	shift
	for part; do
		durable step "$kind $part" -- "$digest" "$kind" "$part"
	done
	exit
fi

# What there is to do is recorded too: a package that is installed while the
# job is interrupted does not change what is left of it.
sections=$(durable step sections -- "$digest" sections)
folders=$(durable step folders -- "$digest" folders)

# shellcheck disable=SC2086 # lists of words
tables=$(durable parallel tables \
    --branch sizes -- "$0" sizes $sections \
    --branch licences -- "$0" licences $folders \
    --branch changelogs -- "$0" changelogs $folders)

printf '%s\n' "$tables" | durable step -i report -- "$digest" report
