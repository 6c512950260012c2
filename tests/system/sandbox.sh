#!/bin/bash
# SPDX-License-Identifier: MIT
# sandbox.sh STAGE COMMAND...: runs COMMAND as root in a copy of this machine that ends with it.
#
# STAGE is the root of a `make install DESTDIR=STAGE`.  The copy is an overlay in memory with its
# own mounts, processes, network (loopback only) and host name.  Nothing of the machine changes.
# The tree of the tests is at /tests in it.  A directory in $SANDBOX_DISK is at /disk: for what
# must be on a real disk.
set -euo pipefail

STAGE=$(realpath "$1")
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly STAGE TESTS
export STAGE TESTS
shift

((EUID == 0)) || {
	echo "sandbox.sh: needs root, for private namespaces" >&2
	exit 77
}

# shellcheck disable=SC2016
exec unshare --mount --pid --fork --net --uts --ipc --kill-child --mount-proc bash -c '
set -euo pipefail

make_device()
{
	mknod -m 666 "$ROOT/dev/$1" c "$2" "$3"
}

mount --make-rprivate /
mount -t tmpfs -o size=4g,mode=755 sandbox /mnt
mkdir /mnt/upper /mnt/work /mnt/root /mnt/empty
ROOT=/mnt/root
mount -t overlay sandbox -o "lowerdir=$STAGE:/,upperdir=/mnt/upper,workdir=/mnt/work" "$ROOT" 2>/dev/null || {
	mount -t overlay sandbox -o "lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work" "$ROOT"
	cp -a "$STAGE/." "$ROOT/"
}
mkdir -p "$ROOT/tests"
mount -t proc proc "$ROOT/proc"
mount -t sysfs -o ro sysfs "$ROOT/sys"
mount -t tmpfs -o mode=755 dev "$ROOT/dev"
make_device null 1 3
make_device zero 1 5
make_device full 1 7
make_device random 1 8
make_device urandom 1 9
make_device tty 5 0
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
	ln -s "${link#*:}" "$ROOT/dev/${link%%:*}"
done
# The ptmx of a container may be closed to us: a devpts of our own is not.
mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$ROOT/dev/pts"
ln -s pts/ptmx "$ROOT/dev/ptmx"
mount -t tmpfs -o mode=1777 shm "$ROOT/dev/shm"
mount -t tmpfs -o mode=755 run "$ROOT/run"
mount -t tmpfs -o mode=1777 tmp "$ROOT/tmp"
mount -t tmpfs -o mode=755 home "$ROOT/home"
mount --bind "$TESTS" "$ROOT/tests"
if [[ -n ${SANDBOX_DISK-} ]]; then
	mkdir -p "$ROOT/disk"
	mount --bind "$SANDBOX_DISK" "$ROOT/disk"
fi
ip link set lo up
hostname sandbox
cd /
set +e
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	TERM="${TERM:-xterm}" LC_ALL=C.UTF-8 USER=root LOGNAME=root SHELL=/bin/bash \
	chroot "$ROOT" "$@"
' sandbox "$@"
