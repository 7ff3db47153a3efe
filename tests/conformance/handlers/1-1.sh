#!/bin/sh
# One step that returns a greeting.
set -eu
name=$(durable input -r)
durable result "$(durable step -- echo "Hello, $name!")"
