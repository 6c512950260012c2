# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by nss.sh: the peers, each with the users u0 ... (uids from 100000 on) in two groups of
# twenty or so.  They are unpacked packages of Debian's, not installed ones, and run as root.

PEERS=(files db extrausers sss nscd ldap)
readonly PEERS
BIG=/srv/big
readonly BIG

peer_line()
{
	case $1 in
	nscd) echo files ;;
	*) echo "$1" ;;
	esac
}

peers_prepare()
{
	local users=$1

	mkdir -p "$BIG"
	awk -v n="$users" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "u%d:x:%d:100000:User:/home/u%d:/bin/bash\n", i, 100000 + i, i
	}' >"$BIG/passwd"
	awk -v n="$users" 'BEGIN {
		print "all:x:100000:"
		for (g = 0; g < n / 100; g++) {
			line = ""
			for (k = 0; k < 100; k++)
				line = line (k ? "," : "") "u" (g * 100 + k)
			for (k = 0; k < 100; k++)
				line = line ",u" ((g * 100 + k + n / 2) % n)
			printf "g%d:x:%d:%s\n", g, 2000000 + g, line
		}
	}' >"$BIG/group"
	[[ -e $BIG/passwd.host ]] || cp /etc/passwd "$BIG/passwd.host"
	[[ -e $BIG/group.host ]] || cp /etc/group "$BIG/group.host"
}

# The host's own files with the many users in them.
files_fill()
{
	cat "$BIG/passwd.host" "$BIG/passwd" >/etc/passwd
	cat "$BIG/group.host" "$BIG/group" >/etc/group
}

files_empty()
{
	cp "$BIG/passwd.host" /etc/passwd
	cp "$BIG/group.host" /etc/group
}

db_fill()
{
	mkdir -p /var/lib/misc
	awk -F: '{ printf ".%s %s\n=%s %s\n0%u %s\n", $1, $0, $3, $0, NR - 1, $0 }' "$BIG/passwd" |
		makedb -o /var/lib/misc/passwd.db -
	awk -F: '{
		printf ".%s %s\n=%s %s\n0%u %s\n", $1, $0, $3, $0, NR - 1, $0
	}' "$BIG/group" | makedb -o /var/lib/misc/group.db -
}

extrausers_fill()
{
	mkdir -p /var/lib/extrausers
	cp "$BIG/passwd" "$BIG/group" /var/lib/extrausers/
	: >/var/lib/extrausers/shadow
}

sss_start()
{
	extrausers_fill
	mkdir -p /etc/sssd /var/lib/sss/{db,mc,pipes/private,pubconf,gpo_cache,keytabs,secrets} /var/log/sssd
	chmod 711 /etc/sssd
	cat >/etc/sssd/sssd.conf <<-END
		[sssd]
		services = nss
		domains = many
		[nss]
		memcache_timeout = 3600
		memcache_size_passwd = 64
		memcache_size_group = 64
		memcache_size_initgroups = 64
		[domain/many]
		id_provider = proxy
		proxy_lib_name = extrausers
		proxy_pam_target = other
		entry_cache_timeout = 5400
	END
	chmod 600 /etc/sssd/sssd.conf
	rm -rf /var/lib/sss/db/* /var/lib/sss/mc/*
	sssd -D --logger=files
	line sss
	wait_for "the first answer of sssd" getent passwd u1
	# Warm: each name that is asked for later is in its memory.
	/bench/bench_nss ask 70 1 "$1" glibc:u:100000 >/dev/null
}

nscd_start()
{
	files_fill
	mkdir -p /run/nscd /var/cache/nscd
	printf '%s\n' 'enable-cache passwd yes' 'enable-cache group yes' 'suggested-size passwd 20011' \
		'positive-time-to-live passwd 3600' 'max-db-size passwd 134217728' 'shared passwd yes' \
		'persistent passwd no' 'check-files passwd yes' >/etc/nscd.conf
	nscd
	line files
	wait_for nscd nscd -g
	/bench/bench_nss ask 70 1 "$1" glibc:u:100000 >/dev/null
}

ldap_start()
{
	mkdir -p /srv/ldap /run/slapd /run/nslcd
	rm -f /srv/ldap/*
	cat >/srv/slapd.conf <<-END
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/nis.schema
		modulepath /usr/lib/ldap
		moduleload back_mdb
		pidfile /run/slapd/slapd.pid
		sizelimit unlimited
		database mdb
		maxsize 4294967296
		suffix "dc=bench,dc=test"
		directory /srv/ldap
		index objectClass,uid,uidNumber,gidNumber,memberUid,cn eq
	END
	{
		printf 'dn: dc=bench,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: bench\no: bench\n\n'
		awk -F: '{ printf "dn: uid=%s,dc=bench,dc=test\nobjectClass: account\nobjectClass: posixAccount\nuid: %s\ncn: %s\nuidNumber: %s\ngidNumber: %s\nhomeDirectory: %s\nloginShell: %s\n\n", $1, $1, $5, $3, $4, $6, $7 }' "$BIG/passwd"
		awk -F: '{ printf "dn: cn=%s,dc=bench,dc=test\nobjectClass: posixGroup\ncn: %s\ngidNumber: %s\n", $1, $1, $3; n = split($4, m, ","); for (i = 1; i <= n; i++) print "memberUid: " m[i]; print "" }' "$BIG/group"
	} | slapadd -q -f /srv/slapd.conf >"$WORK/slapadd.log" 2>&1
	slapd -f /srv/slapd.conf -h 'ldap://127.0.0.1/' >"$WORK/slapd.log" 2>&1
	printf '%s\n' 'uid root' 'gid root' 'uri ldap://127.0.0.1/' 'base dc=bench,dc=test' 'threads 5' >/etc/nslcd.conf
	chmod 600 /etc/nslcd.conf
	nslcd
	line ldap
	wait_for "the first answer of nslcd" getent passwd u1
}

# peer_start PEER USERS: false where it is not to be had at that size
peer_start()
{
	case $1 in
	files) files_fill ;;
	db)
		command -v makedb >/dev/null || return 1
		db_fill
		;;
	extrausers) extrausers_fill ;;
	sss)
		command -v sssd >/dev/null || return 1
		sss_start "$2"
		;;
	nscd)
		command -v nscd >/dev/null || return 1
		nscd_start "$2"
		;;
	ldap)
		# Loading a large directory takes longer than all that is measured.
		[[ $2 -le 10000 ]] && command -v slapd >/dev/null || return 1
		ldap_start
		;;
	esac
}

peer_stop()
{
	case $1 in
	files) files_empty ;;
	sss) stop_program sssd ;;
	nscd)
		stop_program nscd
		files_empty
		;;
	ldap)
		stop_program nslcd
		stop_program slapd
		;;
	esac
}

# Nothing but ours runs in the sandbox.
stop_program()
{
	local pid

	for pid in $(pidof "$1"); do
		kill "$pid" 2>/dev/null || true
	done
	wait_for "the end of $1" bash -c "! pidof $1"
}
