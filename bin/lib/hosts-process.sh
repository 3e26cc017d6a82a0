# Part of bin/hosts: the processes of a host, libvirtd and tresccad.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by bin/hosts: repository, hosts_dir, set_name, host_name, host_dir

pid_file_of() {
  case $1 in
    libvirtd) printf '%s/run-libvirt/libvirtd.pid' "$host_dir" ;;
    tresccad) printf '%s/tresccad.pid' "$host_dir" ;;
  esac
}

# Prints the pid when the process runs. A pid that was given to another process since does not
# count: it would not be in the host's network namespace.
pid_of() {
  local file pid
  file=$(pid_file_of "$1")
  [[ -s $file ]] || return 1
  pid=$(<"$file")
  [[ $(readlink "/proc/$pid/ns/net") == "$(readlink "/proc/$(<"$host_dir/holder.pid")/ns/net")" ]] ||
    return 1
  # A process that ended but that nobody has waited for yet has no namespace any more either.
  [[ $(readlink "/proc/$pid/exe") ]] || return 1
  printf '%s' "$pid"
} 2>/dev/null

state_of() {
  if pid_of "$1" >/dev/null; then
    echo running
  else
    echo stopped
  fi
}

# end_process PROCESS SIGNAL: not running is no error.
end_process() {
  local pid tries
  pid=$(pid_of "$1") || return 0
  kill "-$2" "$pid" 2>/dev/null || true
  for ((tries = 0; tries < 2400; tries++)); do
    [[ $(pid_of "$1") == "$pid" ]] || return 0
    sleep 0.05
  done
  fail "$1 of $host_name (process $pid) still runs 2 min after SIG$2"
}

start_libvirtd() {
  ! pid_of libvirtd >/dev/null || fail "libvirtd of $host_name already runs"
  # With -d it returns when it accepts connections.
  (cd / && enter libvirtd -d -p /run/libvirt/libvirtd.pid) </dev/null >"$host_dir/log/libvirtd.log" 2>&1 || {
    tail -n 20 "$host_dir/log/libvirtd.log" "$host_dir/log-libvirt/libvirtd.log" >&2 || true
    fail "libvirtd of $host_name does not start"
  }
}

# Asking for capabilities makes libvirtd probe QEMU, which takes it 4 to 8 s the first time; what
# it learns it keeps in its cache directory.
warm_libvirtd() {
  (cd / && enter virsh -q -c qemu:///system domcapabilities --virttype qemu) >/dev/null
}

start_and_warm() {
  use_host "$1"
  start_libvirtd
  warm_libvirtd
}

# The first host probes QEMU when no cache fits this machine's QEMU and libvirt (libvirtd itself
# decides that); the others get what it learned. Then they start side by side.
start_all_libvirtds() {
  local name learned cache=$hosts_dir/cache/qemu
  start_and_warm "$1"
  learned=$host_dir/cache-libvirt/qemu
  if ! diff -rq "$learned" "$cache" >/dev/null 2>&1; then
    rm -rf "$cache.$set_name"
    mkdir -p "$hosts_dir/cache"
    cp -r "$learned" "$cache.$set_name"
    exclusively replace_directory "$cache.$set_name" "$cache"
  fi
  local children=() child
  for name in "${@:2}"; do
    use_host "$name"
    rm -rf "$host_dir/cache-libvirt/qemu"
    cp -r "$learned" "$host_dir/cache-libvirt/"
    start_and_warm "$name" &
    children+=($!)
  done
  for child in "${children[@]}"; do
    wait "$child"
  done
}

replace_directory() {
  rm -rf "$2"
  mv -T "$1" "$2"
}

start_tresccad() {
  local pid tries address log=$host_dir/log/tresccad.log
  ! pid_of tresccad >/dev/null || fail "tresccad of $host_name already runs"
  address=$(address_of "$host_name")
  # The launcher must become the daemon (exec): the pid is the one that "kill" kills.
  (cd / && enter setsid "$repository/bin/tresccad" --config /etc/tresccad/tresccad.yaml) \
    </dev/null >>"$log" 2>&1 &
  pid=$!
  echo "$pid" >"$host_dir/tresccad.pid"
  for ((tries = 0; tries < 600; tries++)); do
    sleep 0.2
    # shellcheck disable=SC2016  # expanded inside
    if (enter curl -ksS -m 2 -o /dev/null "https://$address:8774/") 2>/dev/null; then
      return 0
    fi
    [[ -e /proc/$pid ]] || break
  done
  tail -n 30 "$log" >&2
  end_process tresccad KILL
  fail "tresccad of $host_name does not answer at https://$address:8774/ (log: $log)"
}
