#!/bin/sh
# render.sh FILM - hands a job to a slow service and polls until it is done.
# The service is the folder service in the current one.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
here=$(dirname "$0")

job=$(durable step submit -- "$here/service" submit "$1")

# The state that goes from poll to poll is what the service said last. 20 s
# between the first two, half as much more each time, 5 minutes at most.
status=0
last=$(durable wait-for-condition --poll-delay 20s --max-attempts 20 ready -- \
    "$here/service" poll "$job") || status=$?
if [ "$status" -ne 0 ]; then
	durable fail --type RenderFailed "$1: $(durable error -r ready .ErrorMessage)"
fi

durable step fetch -- "$here/service" fetch "$job"
durable result "$1: $last"
