#!/bin/sh
# expense.sh - an expense is checked, approved by a person, and paid after a
# day in which it can still be recalled. Its input is {"who":...,"euros":...}.
# It writes no file and needs no terminal, so it runs here and as an AWS
# Lambda durable function, unchanged.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
here=$(dirname "$0")
who=$(durable input -r .who)
euros=$(durable input -r .euros)

durable step -q check -- "$here/check" "$who" "$euros"

status=0
by=$(durable wait-for-callback --timeout 2d approval -- \
    "$here/ask" "$who" "$euros") || status=$?
case $status in
0) ;;
124)
	durable result "$who: nobody has answered in time"
	exit
	;;
*)
	durable result "$who: refused ($(durable error -r approval .ErrorMessage))"
	exit
	;;
esac

durable wait 'time to recall' 1d
transfer=$(durable step transfer --max-attempts 5 --retry-delay 10s -- \
    "$here/pay" "$who" "$euros")
durable result "$who: $euros EUR paid as $transfer, approved by $by"
