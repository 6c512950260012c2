#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# activate.pl COMMAND...: runs the command with the three sockets handed over as systemd does it
# (sd_listen_fds(3)).  The sockets stay when the command ends.
use strict;
use warnings;
use IO::Socket::UNIX;
use POSIX ();
use Socket;

$^F = 100;
my @sockets;
for my $name (qw(nss login api)) {
	my $path = "/run/userpool/$name.sock";
	unlink $path;
	my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 16)
		or die "$path: $!";
	chmod 0666, $path;
	push @sockets, $socket;
}
# Out of the way first: one of them may sit where another one goes.
my @kept = map { POSIX::dup2($_->fileno, 50 + $_->fileno) // die "dup2: $!" } @sockets;
POSIX::dup2($kept[$_], 3 + $_) for 0 .. $#kept;
POSIX::close($_) for @kept;
$ENV{LISTEN_FDS} = scalar @sockets;
$ENV{LISTEN_PID} = $$;
exec @ARGV or die "$ARGV[0]: $!";
