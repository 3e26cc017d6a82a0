# Part of bin/hosts: the files each host is born with, and the clients' clouds.yaml.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by bin/hosts: set_name, set_dir, host_name, host_dir

write_host_files() {
  local address
  address=$(address_of "$host_name")
  {
    echo "127.0.0.1 localhost"
    members | awk '{ print $2, $1 }'
  } >"$host_dir/hosts"
  # libvirtd looks up this user before it reads that its guests run as root. The package that
  # makes it brings system services, which test hosts do without; number as in Debian.
  cp /etc/passwd /etc/group "$host_dir/"
  grep -q '^libvirt-qemu:' /etc/passwd ||
    echo "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin" >>"$host_dir/passwd"
  grep -q '^libvirt-qemu:' /etc/group || echo "libvirt-qemu:x:64055:" >>"$host_dir/group"
  write_libvirt_files
  write_daemon_config "$address" >"$host_dir/etc/tresccad.yaml"
  # It has passwords in it; the daemon warns of one that others may read.
  (umask 077 && write_hosts_clouds >"$host_dir/etc/clouds.yaml")
  chmod 600 "$host_dir/etc/tresccad.yaml"
}

write_libvirt_files() {
  mkdir -p "$host_dir/etc-libvirt"
  # As on an installed machine, but without anything that would reach outside of the namespaces
  # or needs a helper daemon that all hosts would share (virtlogd).
  cat >"$host_dir/etc-libvirt/qemu.conf" <<'END'
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
END
  # Its own uuid: libvirt refuses to migrate to "the same host".
  cat >"$host_dir/etc-libvirt/libvirtd.conf" <<END
host_uuid = "$(</proc/sys/kernel/random/uuid)"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
END
  exclusively copy_cache
}

# Another set may just be replacing it.
copy_cache() {
  if [[ -d $hosts_dir/cache/qemu ]]; then
    cp -r "$hosts_dir/cache/qemu" "$host_dir/cache-libvirt/"
  fi
}

write_daemon_config() {
  cat <<END
host:
  name: $host_name
  state_dir: /var/lib/tresccad
api:
  listen: $1:8774
hypervisor:
  uri: qemu:///system
  virt_type: qemu
network:
  bridge: tresccad0
  cidr: 10.77.0.0/24
  # Itself, so none: those of the machine that all this runs on must not be asked, nor waited for.
  nameservers: [10.77.0.1]
destinations: /etc/tresccad/clouds.yaml
projects:
  - name: demo
  - name: other
users:
  - name: demo
    password: demo-password
    projects: [{name: demo, roles: [member]}]
  - name: admin
    password: admin-password
    projects: [{name: demo, roles: [admin]}]
  - name: reader
    password: reader-password
    projects: [{name: demo, roles: [reader]}]
  - name: other
    password: other-password
    projects: [{name: other, roles: [member]}]
END
}

# cloud ENTRY HOST ADDRESS USER PROJECT: one cloud of an OpenStack clouds.yaml.
cloud() {
  cat <<END
  $1:
    auth:
      auth_url: https://$3:8774/identity/v3
      username: $4
      password: $4-password
      project_name: $5
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
    cacert: $set_dir/$2/state/tls/certificate.pem
END
}

# Where a guest of this host may go: every other host of the set.
write_hosts_clouds() {
  local name address
  if (($(members | wc -l) == 1)); then
    echo "clouds: {}"
    return
  fi
  echo "clouds:"
  while read -r name address; do
    [[ $name != "$host_name" ]] || continue
    cloud "$name" "$name" "$address" demo demo
    echo "    tresccad: {projects: [demo]}"
  done < <(members)
}

# What clients in the internet namespace use: each host as a member, an admin, a reader, a stranger.
write_clients_clouds() {
  local name address
  (
    umask 077
    {
      echo "clouds:"
      while read -r name address; do
        cloud "$name" "$name" "$address" demo demo
        cloud "$name-admin" "$name" "$address" admin demo
        cloud "$name-reader" "$name" "$address" reader demo
        cloud "$name-other" "$name" "$address" other other
      done < <(members)
    } >"$set_dir/clouds.yaml"
  )
}
