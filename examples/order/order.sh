#!/bin/sh
# order.sh ORDER ITEM EUROS - takes an order: reserves the item, takes the
# money, gives the customer a moment to cancel, ships. When a part fails, what
# was done before it is undone. The shop is the folder shop in the current one.
set -eu
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
shop=$(dirname "$0")
order=$1 item=$2 euros=$3

durable step reserve -- "$shop/reserve" "$order" "$item"

payment=$(durable step charge --max-attempts 3 --retry-delay 1s --no-retry-on 3 \
    -- "$shop/charge" "$order" "$euros") || {
	durable step 'release unpaid' -- "$shop/release" "$order" "$item"
	durable fail --type NotPaid "$order: the payment of $euros EUR failed"
}

durable wait 'time to cancel' 1s

# Status 1 is an answer here, not a failure.
if durable step --accept 1 'cancelled?' -- test -e "shop/cancelled/$order"; then
	durable step refund -- "$shop/refund" "$payment" "$euros"
	durable step 'release cancelled' -- "$shop/release" "$order" "$item"
	durable result "$order was cancelled, $euros EUR are paid back"
	exit
fi

parcel=$(durable step ship -- "$shop/ship" "$order" "$item") || {
	# The two have nothing to do with each other: at the same time.
	durable parallel -q 'give back' \
	    --branch money -- durable step refund -- \
	        "$shop/refund" "$payment" "$euros" \
	    --branch item -- durable step release -- \
	        "$shop/release" "$order" "$item"
	durable fail --type NotShipped "$order: $item cannot be shipped"
}

durable result "$order is under way as $parcel"
