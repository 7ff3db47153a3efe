#!/bin/sh
# An invoke for a tenant.
set -eu
tenant=$(durable input -r .tenantId)
payload=$(durable input .payload)
durable result --json "$(durable invoke --json --tenant-id "$tenant" \
  --payload "$payload" call echo)"
