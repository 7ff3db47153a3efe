#!/bin/sh
# trip.sh WHO CITY - books a flight, a hotel and a car, or nothing: what was
# booked is cancelled, last first, when a later part fails. Bookings are files
# in the folder bookings of the current one.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
trap '[ $? -eq 0 ] || durable compensate' EXIT
here=$(dirname "$0")
who=$1 city=$2

for part in flight hotel car; do
	# Put down first: a booking that is cut off may have been made.
	durable undo "$part" -- "$here/cancel" "$part" "$who" "$city"
	durable step "$part" -- "$here/book" "$part" "$who" "$city"
	durable wait "after $part" 1s
done

durable result "$who goes to $city"
