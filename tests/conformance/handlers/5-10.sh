#!/bin/sh
# The failure of an invoke is caught, before and after a wait.
set -eu
durable invoke call fails || caught=yes
[ "${caught-}" = yes ]
durable wait 1s
durable result "$(durable error -r call .ErrorMessage)"
