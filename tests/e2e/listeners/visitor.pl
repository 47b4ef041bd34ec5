#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One visit from an address of choice: connects, waits for a greeting if told to, says what stands on
# standard input, reads for a moment, and leaves. bash's /dev/tcp cannot choose where it comes from.
#
#   visitor.pl SOURCE DESTINATION PORT/tcp|udp [greeted] <PAYLOAD
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use Socket qw(SOCK_DGRAM SOCK_STREAM);

my ($source, $destination, $where, $greeted) = @ARGV;
my ($port, $transport) = ($where // '') =~ m{^(\d+)/(tcp|udp)$}
	or die "usage: visitor.pl SOURCE DESTINATION PORT/tcp|udp [greeted]\n";
my $payload = do { local $/; <STDIN> // '' };
my $socket = IO::Socket::IP->new(LocalHost => $source, PeerHost => $destination, PeerPort => $port,
	Proto => $transport, Type => $transport eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, Timeout => 2) or exit 1;
my $ready = IO::Select->new($socket);

sub listen_for {
	my ($seconds) = @_;
	return $ready->can_read($seconds) && sysread $socket, my $heard, 65536;
}

$SIG{PIPE} = 'IGNORE';
listen_for(2) if $greeted;
syswrite $socket, $payload if length $payload;
listen_for(0.2) if length $payload;
