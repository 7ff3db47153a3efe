#!/bin/sh
# report.sh REGION... - has figures.sh, a workflow of its own, collect the
# figures of every region, all at the same time, and adds them up.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
here=$(cd "$(dirname "$0")" && pwd)

durable map --json --array regions -- \
    durable invoke --json --arg region={} figures "$here/figures.sh" \
    ::: "$@" >figures.json

total=$(durable step total -- sh -c \
    'tr "," "\n" <figures.json | sed -n "s/.*\"sold\": *\([0-9]*\).*/\1/p" |
        awk "{ n += \$1 } END { print n + 0 }"')
durable result "$total sold in $# regions"
