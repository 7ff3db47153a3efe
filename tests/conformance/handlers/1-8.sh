#!/bin/sh
# A step, a wait; the replay after it has the step's result.
set -eu
value=$(durable step compute -- echo computed)
durable wait 2s
durable result "$value"
