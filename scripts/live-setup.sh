#!/usr/bin/env bash
# Debian packages of the live suites: KVM and Xen hosts on one machine (test/live/beds). Installs what is missing as root;
# elsewhere, or where a package can't be had, says so: the suites then name what is missing and are skipped.
set -uo pipefail
need=()
add() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || need+=("$2"); }
add libvirtd libvirt-daemon
[ -e /usr/lib/$(uname -m)-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so ] || need+=(libvirt-daemon-driver-qemu)
add virsh libvirt-clients
add qemu-system-x86_64 qemu-system-x86
add ip iproute2
add sshd openssh-server
add ssh-keygen openssh-client
add openssl openssl
add ipmi_sim openipmi
add ipmitool ipmitool
add qemu-img qemu-utils
add mmdebstrap mmdebstrap
add mke2fs e2fsprogs
add depmod kmod
add cpio cpio
add xz xz-utils
add vde_switch vde2
add python3 python3
[ "${#need[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "the live suites lack Debian packages: ${need[*]} (as root: apt-get install --no-install-recommends ${need[*]})" >&2
  exit 0
fi
echo "installing for the live suites: ${need[*]}"
apt-get update -qq </dev/null
for package in "${need[@]}"; do
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null 2>&1 || echo "$package can't be installed: the suites that need it say so" >&2
done
