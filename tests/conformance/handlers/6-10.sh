#!/bin/sh
# A condition that holds at once, with null as its state.
set -eu
durable result --json "$(durable wait-for-condition --json -- echo null)"
