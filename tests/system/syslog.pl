#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# syslog.pl FILE: listens at /dev/log and writes what modules and servers say to FILE, a line each.
use strict;
use warnings;
use IO::Handle;
use IO::Socket::UNIX;
use Socket;

open(my $out, '>>', $ARGV[0]) or die "$ARGV[0]: $!";
$out->autoflush(1);
unlink '/dev/log';
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => '/dev/log') or die "/dev/log: $!";
chmod 0666, '/dev/log';
my $message;
while (defined $socket->recv($message, 65536)) {
	$message =~ s/\n/ /g;
	print $out "$message\n";
}
