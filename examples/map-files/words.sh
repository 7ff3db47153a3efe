#!/bin/sh
# words.sh FOLDER - counts the words of every text file in FOLDER, four files
# at a time, and prints the total. A file is counted once however often this
# is killed.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
here=$(dirname "$0")

# The list is a step: a replay goes on with the files that were there first.
files=$(durable step list -- find "$1" -name '*.txt' -type f)

printf '%s\n' "$files" | sort |
	durable map --lines -j 4 --tolerated-failure-percentage 50 count -- \
	    durable step words -- "$here/count" {} >counts

durable result "$(awk '{ n += $1 } END { print n + 0, "words in", NR, "files" }' counts)"
