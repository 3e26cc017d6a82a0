#!/bin/sh
# A libvirtd of the test's own, in the caller's mount namespace: every directory it writes to is below $1. Stays in the
# foreground. Its socket is $1/run/libvirt-sock.
set -eu
dir=$1
for pair in run:/run/libvirt lib:/var/lib/libvirt etc:/etc/libvirt cache:/var/cache/libvirt log:/var/log/libvirt; do
  mkdir -p "$dir/${pair%%:*}" "${pair#*:}"
  mount --bind "$dir/${pair%%:*}" "${pair#*:}"
done
cat >/etc/libvirt/qemu.conf <<'CONF'
user = "root"
group = "root"
security_driver = "none"
namespaces = []
CONF
# libvirtd looks these up at its start, whatever qemu.conf says; not every machine with its packages has them.
cp /etc/passwd /etc/group "$dir"
grep -q '^libvirt-qemu:' "$dir/passwd" || echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>"$dir/passwd"
grep -q '^libvirt-qemu:' "$dir/group" || echo 'libvirt-qemu:x:64055:' >>"$dir/group"
grep -q '^kvm:' "$dir/group" || echo 'kvm:x:64056:' >>"$dir/group"
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group
exec libvirtd -p /run/libvirt/libvirtd.pid
