#!/bin/sh
# The invoked function fails, and nobody catches it.
set -eu
durable invoke call fails
