#!/bin/sh
# A child context that returns null.
set -eu
durable result --json "$(durable child --json nothing -- echo null)"
