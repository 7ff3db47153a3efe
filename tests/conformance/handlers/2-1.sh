#!/bin/sh
# One wait.
set -eu
durable wait 2s
