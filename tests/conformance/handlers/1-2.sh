#!/bin/sh
# One step with a name.
set -eu
name=$(durable input -r)
durable result "$(durable step custom_step_name -- echo "Hello, $name!")"
