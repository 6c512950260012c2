#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# peer.pl SOCKET VERB...: a client that does not behave.
#   send HEX     sends these bytes and waits for the end of the connection
#   drip HEX     the same, a byte a second
#   cut HEX      sends them and goes at once
#   hold COUNT   opens so many connections, prints how many were not cut off, holds them until its
#                standard input ends
#   begin SERVICE USER    prints the hex of a frame that starts a login
# send and drip print the milliseconds until the end and how many bytes came back.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use Socket;
use Time::HiRes qw(time);

$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($path, $verb, @arguments) = @ARGV;

sub text { return pack 'N/a*', $_[0] }

if ($verb eq 'begin') {
	my $payload = 'n' x 16 . pack('NN', 1, 0);
	$payload .= text($_) for (@arguments[0, 1], '', '', '', '');
	print unpack('H*', pack('Nnn', length $payload, 0x0101, 1) . $payload), "\n";
	exit;
}

sub dial
{
	return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path);
}

if ($verb eq 'hold') {
	my $select = IO::Select->new;
	for (1 .. $arguments[0]) {
		my $socket = dial() or next;
		$select->add($socket);
	}
	# Who is not wanted is cut off at once.
	while (my @ready = $select->can_read(0.5)) {
		$select->remove($_), $_->close for @ready;
	}
	print $select->count, "\n";
	my $end = <STDIN>;
	exit;
}

my $socket = dial() or die "$path: $!";
my $bytes = pack 'H*', $arguments[0];
my $start = time;
my $received = 0;
if ($verb eq 'cut') {
	$socket->syswrite($bytes);
	exit;
}
my $select = IO::Select->new($socket);
while (1) {
	if (length $bytes) {
		my $part = $verb eq 'drip' ? 1 : length $bytes;
		my $sent = $socket->syswrite($bytes, $part);
		$bytes = defined $sent ? substr($bytes, $sent) : '';
	}
	next unless $select->can_read(length $bytes ? 1 : 60);
	my $got = $socket->sysread(my $buffer, 65536);
	last unless $got;
	$received += $got;
}
printf "%d %d\n", (time - $start) * 1000, $received;
