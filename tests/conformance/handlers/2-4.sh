#!/bin/sh
# A wait in minutes.
set -eu
durable wait 1m
