#!/bin/sh
# Called by udhcpc: configures the interface as told and writes what was told to the file $LEASE names.
# shellcheck disable=SC2154 # udhcpc sets them
set -eu
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address flush dev "$interface"
ip address add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
printf '%s\n' "ip=$ip" "mask=$mask" "router=$router" "dns=$dns" "domain=$domain" "lease=$lease" "mtu=$mtu" \
  "staticroutes=$staticroutes" "hostname=${hostname:-}" >"$LEASE"
