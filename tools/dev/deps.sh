# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: deps                install what tools/packages.txt names and this machine lacks

# Packages of the list that are not installed.
missing_packages()
{
	local -a wanted

	mapfile -t wanted < <(sed -n '/^[^#]/p' "$TOP/tools/packages.txt")
	{
		dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true
	} | awk -v wanted="${wanted[*]}" '
		$1 == "installed" { have[$2] = 1 }
		END { n = split(wanted, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }'
}

# Servers that come along as packages are wanted as files only: nothing is started or enabled.
install_without_starting()
{
	local policy=/usr/sbin/policy-rc.d had_sshd=yes

	dpkg-query -W -f '${db:Status-Status}' openssh-server 2>/dev/null | grep -qx installed || had_sshd=no
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
	if [[ $had_sshd == no && -d /run/systemd/system ]]; then
		systemctl --quiet disable ssh.service || true
	fi
}

dev_deps()
{
	local -a missing
	local start

	command -v apt-get >/dev/null || die "deps needs Debian's apt-get"
	mapfile -t missing < <(missing_packages)
	if ((${#missing[@]} == 0)); then
		return
	fi
	((EUID == 0)) || die "these packages are missing, and installing needs root: ${missing[*]}"
	start=$(now_ms)
	echo "installing: ${missing[*]}"
	announce "  apt-get update"
	quietly apt-update.log apt-get update
	seconds_since "$start"
	echo
	start=$(now_ms)
	announce "  apt-get install"
	(quietly apt-install.log install_without_starting "${missing[@]}") ||
		die "packages could not be installed"
	seconds_since "$start"
	echo
}
