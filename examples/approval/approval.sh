#!/bin/sh
# approval.sh WHO EUROS - asks somebody whether WHO gets EUROS, waits for the
# answer two days at most, and pays or does not. Letters go to the folder
# outbox in the current one, payments to the file ledger.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
here=$(dirname "$0")
who=$1 euros=$2

status=0
answer=$(durable wait-for-callback --timeout 2d approval -- \
    "$here/ask" "$who" "$euros") || status=$?

case $status in
0) ;;
124)
	durable step remind -- "$here/tell" "$who" 'nobody has answered in time'
	durable result "$who: no answer, nothing is paid"
	exit
	;;
*)
	why=$(durable error -r approval .ErrorMessage)
	durable step refuse -- "$here/tell" "$who" "refused: $why"
	durable result "$who: refused ($why)"
	exit
	;;
esac

durable step pay -- sh -c 'echo "$1 $2 EUR" >>ledger' - "$who" "$euros"
durable result "$who: $euros EUR paid, approved by $answer"
