#!/bin/sh
# figures.sh - the figures of one region: a workflow with an input and a
# result of its own. Run it alone, too: durable run --arg region=north -- ...
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
region=$(durable input -r .region)

durable step order -- sh -c 'echo "figures of $1 ordered" >>log' - "$region"
durable wait 'until they are there' 1h
# As many as the name has letters: this is an example.
sold=$(durable step count -- sh -c 'printf %s "$1" | wc -c | tr -d " "' - "$region")
durable result --json "{\"region\": \"$region\", \"sold\": $sold}"
