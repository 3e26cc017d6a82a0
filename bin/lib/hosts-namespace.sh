# Part of bin/hosts: namespaces, the cable between them, and how all of it goes away again.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by bin/hosts: hosts_dir, set_name, set_dir, host_name, host_dir

# Private to each host: directory inside -> directory under host_dir.
private_directories=(
  /run/libvirt:run-libvirt /var/lib/libvirt:lib-libvirt /etc/libvirt:etc-libvirt
  /var/cache/libvirt:cache-libvirt /var/log/libvirt:log-libvirt
  /var/lib/tresccad:state /etc/tresccad:etc /run/tresccad:run
)

namespace() {
  printf 'tc-%s-%s' "$set_name" "$1"
}

set_namespaces() {
  ip netns list | awk -v prefix="tc-$set_name-" 'index($1, prefix) == 1 { print $1 }'
}

# Runs its arguments while no other bin/hosts on this machine does. The lock is on a directory,
# so nothing is left over. When this process is killed, the command it waits for keeps the lock
# until it ends, so "down" comes after it. Taken again by the clean-up of a failure, it is the same.
lock=''
exclusively() {
  [[ -n $lock ]] || exec {lock}</run
  flock "$lock"
  "$@"
  exec {lock}<&-
  lock=''
}

claim_set() {
  exclusively claim_names
}

claim_names() {
  local pair directory
  [[ ! -e $set_dir && -z $(set_namespaces) ]] ||
    fail "set $set_name is already there (remove it with: bin/hosts down --set $set_name)"
  # Mount points that a bare machine does not have are remembered, to be removed with the last
  # set. While any set is up they must stay: removing one would detach what is mounted there.
  mkdir -p "$hosts_dir"
  for pair in /run/netns: "${private_directories[@]}"; do
    directory=${pair%%:*}
    if [[ ! -e $directory ]]; then
      [[ -e /run/tresccad-hosts ]] || : >/run/tresccad-hosts
      printf '%s\n' "$directory" >>/run/tresccad-hosts
      mkdir -p "$directory"
    fi
  done
  ip netns add "$(namespace internet)"
  mkdir "$set_dir"
  ip -n "$(namespace internet)" -batch - <<'END'
link set lo up
link add br0 type bridge
address add 198.18.0.1/24 dev br0
link set br0 up
END
}

# make_host [DISK_LIMIT]
make_host() {
  local pair inside address cable
  inside=$(namespace "$host_name")
  address=$(address_of "$host_name")
  cable=v-${address##*.}
  mkdir -p "$host_dir"/log
  for pair in "${private_directories[@]}"; do
    mkdir -p "$host_dir/${pair#*:}"
  done
  if [[ -n $1 ]]; then
    limit_state "$1"
  fi
  write_host_files

  # Both ends are born inside: the machine's own namespace never sees an interface.
  exclusively ip netns add "$inside"
  ip -n "$inside" link add eth0 type veth peer name "$cable" netns "$(namespace internet)"
  ip -n "$(namespace internet)" -batch - <<END
link set $cable master br0
link set $cable up
END
  ip -n "$inside" -batch - <<END
link set lo up
link set eth0 up
address add $address/24 dev eth0
route add default via 198.18.0.1
END

  # The holder keeps mount and UTS namespace alive. It has no terminal and no descriptor of ours.
  ip netns exec "$inside" setsid unshare --mount --uts --propagation private \
    "$BASH" -c "$(declare -f hold); hold \"\$@\"" holder \
    "$host_dir" "$host_name" "${private_directories[@]}" \
    </dev/null >"$host_dir/log/holder.log" 2>&1 &
  disown
  local tries
  for ((tries = 0; tries < 3000; tries++)); do
    [[ ! -e $host_dir/holder.pid ]] || return 0
    sleep 0.02
  done
  cat "$host_dir/log/holder.log" >&2
  fail "the namespaces of $host_name did not come up"
}

# A real file system in a file: guests' disks are opened with O_DIRECT, which a tmpfs refuses
# before Linux 6.6.
limit_state() {
  truncate -s "$1" "$host_dir/state.img"
  mke2fs -q -F -t ext4 -m 0 "$host_dir/state.img"
  mount -n -o loop "$host_dir/state.img" "$host_dir/state"
  rmdir "$host_dir/state/lost+found"
}

# Runs inside: hold HOST_DIR NAME INSIDE:OUTSIDE...
hold() {
  set -euo pipefail
  local pair host_dir=$1 directory file
  hostname "$2"
  for pair in "${@:3}"; do
    mount -n --bind "$host_dir/${pair#*:}" "${pair%%:*}"
  done
  for file in hosts passwd group; do
    mount -n --bind "$host_dir/$file" "/etc/$file"
  done
  # On a machine with systemd every libvirtd would register its guests with the same systemd.
  for directory in /run/dbus /run/systemd; do
    if [[ -d $directory ]]; then
      mount -n -t tmpfs -o size=64k,mode=755 none "$directory"
    fi
  done
  # Renamed into place: it says that all is ready.
  echo "$$" >"$host_dir/holder.pid.new"
  mv "$host_dir/holder.pid.new" "$host_dir/holder.pid"
  exec sleep infinity
}

# Becomes the given command, inside the host. Entering a mount namespace changes the working
# directory to its root, so it is set again.
enter() {
  exec nsenter --target "$(<"$host_dir/holder.pid")" --net --mount --uts --wdns="$PWD" -- "$@"
}

set_cable() {
  local address
  address=$(address_of "$host_name")
  ip -n "$(namespace internet)" link set "v-${address##*.}" "$1"
}

# Both directions: each end limits what it sends.
set_rate() {
  local address inside device
  address=$(address_of "$host_name")
  for inside in "$host_name:eth0" "internet:v-${address##*.}"; do
    device=${inside#*:}
    inside=$(namespace "${inside%%:*}")
    if [[ $1 == none ]]; then
      tc -n "$inside" qdisc delete dev "$device" root 2>/dev/null || true
    else
      tc -n "$inside" qdisc replace dev "$device" root tbf rate "$1" burst 64kb latency 200ms
    fi
  done
}

# Prints the processes in the network namespace with that inode, but for this one and those that
# called it: "down" may be run from the set's own internet.
processes_in() {
  local process=$BASHPID spared=' ' path pid
  while ((process > 1)); do
    spared+="$process "
    # A caller may end meanwhile.
    process=$(awk '$1 == "PPid:" { print $2 }' "/proc/$process/status" 2>/dev/null) || break
  done
  # A process that ends meanwhile is no error.
  while read -r path; do
    pid=${path#/proc/}
    pid=${pid%%/*}
    [[ $spared == *" $pid "* ]] || printf '%s\n' "$pid"
  done < <(find /proc -mindepth 3 -maxdepth 3 -path '/proc/[0-9]*/ns/net' \
    -lname "net:\[$1\]" 2>/dev/null || true)
}

kill_processes_in() {
  local pids tries
  for ((tries = 0; tries < 3000; tries++)); do
    mapfile -t pids < <(processes_in "$1")
    ((${#pids[@]})) || return 0
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.02
  done
  fail "processes of set $set_name do not end: ${pids[*]}"
}

# Needs nothing but the names of namespaces and the directory, so it works after any crash: all
# that a host runs is in its network namespace, all that it mounts in its mount namespace, which
# ends with its last process.
remove_set() {
  local inside inode
  for inside in $(exclusively set_namespaces); do
    inode=$(stat -L -c %i "/run/netns/$inside")
    kill_processes_in "$inode"
    exclusively ip netns delete "$inside"
    # A half-made "up" that was killed may have a child that came in until now.
    kill_processes_in "$inode"
  done
  local state
  for state in "$set_dir"/*/state; do
    ! mountpoint -q "$state" || umount -n "$state" || umount -n -l "$state"
  done
  # A command of a killed "up" may still be writing there.
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! rm -rf "$set_dir" 2>/dev/null || break
    sleep 0.1
  done
  [[ ! -e $set_dir ]] || fail "cannot remove $set_dir"
  exclusively remove_mount_points
}

remove_mount_points() {
  local directory
  [[ -e /run/tresccad-hosts ]] || return 0
  [[ $'\n'$(ip netns list) != *$'\n'tc-* ]] || return 0
  while read -r directory; do
    # "ip netns add" mounts its directory onto itself.
    if [[ $directory == /run/netns ]] && mountpoint -q /run/netns; then
      umount -n /run/netns 2>/dev/null || true
    fi
    rmdir "$directory" 2>/dev/null || true
  done </run/tresccad-hosts
  rm -f /run/tresccad-hosts
}
