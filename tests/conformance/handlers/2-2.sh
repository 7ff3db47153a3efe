#!/bin/sh
# One wait with a name.
set -eu
durable wait custom_wait_name 2s
