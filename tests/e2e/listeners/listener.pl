#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Small servers for the end-to-end tests and the demo, one process a connection, on both IP versions.
# They hold what makes real clients go on talking, and nothing else.
#
#   listener.pl KIND PORT [OPTION]
#
#   ami [USER:SECRET]   greets as Asterisk's manager does; every login but the one given is refused
#   docker              answers as a Docker Engine with no images and no containers
#   quiet [once]        takes what comes and says nothing; with `once` hangs up after the first bytes
#   sip                 UDP: answers each request with 200 OK
#
# Perl, since every Debian has perl-base, and the demo must run where only the build's packages are.
# Prints "listening" when it does. SIGTERM ends it with all its connections.
use strict;
use warnings;
use IO::Socket::IP;
use Socket qw(SOCK_DGRAM SOCK_STREAM SOMAXCONN);

my ($kind, $port, $option) = @ARGV;
die "usage: listener.pl ami|docker|quiet|sip PORT [OPTION]\n" unless $port;
my $serve = { ami => \&serve_ami, docker => \&serve_docker, quiet => \&serve_quiet }->{$kind};
die "unknown kind '$kind'\n" unless $serve || $kind eq 'sip';

sub open_socket {
	my %common = (LocalPort => $port, ReuseAddr => 1, $kind eq 'sip' ? (Type => SOCK_DGRAM, Proto => 'udp')
		: (Type => SOCK_STREAM, Proto => 'tcp', Listen => SOMAXCONN));
	return IO::Socket::IP->new(LocalHost => '::', V6Only => 0, %common)
		|| IO::Socket::IP->new(LocalHost => '0.0.0.0', %common)
		|| die "$kind on $port: $@\n";
}

# More bytes into $$buffer; false at the end of the connection.
sub more {
	my ($peer, $buffer) = @_;
	return sysread $peer, $$buffer, 65536, length $$buffer;
}

sub say_to {
	my ($peer, $text) = @_;
	return syswrite $peer, $text;
}

sub serve_quiet {
	my ($peer) = @_;
	my $buffer = '';
	while (more($peer, \$buffer) && !$option) { $buffer = '' }
}

# --- AMI: main/manager.c of Asterisk ---------------------------------------------------------

sub ami_answer {
	my ($message, $in) = @_;
	my %header;
	for (split /\r?\n/, $message) {
		$header{lc $1} = $2 if /^([A-Za-z0-9]+):\s*(.*?)[\r\0]*$/ && !exists $header{lc $1};
	}
	my $action = lc($header{action} // '');
	return ("Response: Success\r\nChallenge: 840415273\r\n\r\n", $in) if $action eq 'challenge';
	if ($action eq 'login') {
		my $known = ($header{username} // '') . ':' . ($header{secret} // '') eq ($option // ':');
		return ("Response: Success\r\nMessage: Authentication accepted\r\n\r\n", 1) if $known;
		return ("Response: Error\r\nMessage: Authentication failed\r\n\r\n", undef);
	}
	return ("Response: Goodbye\r\nMessage: Thanks for all the fish.\r\n\r\n", undef) if $action eq 'logoff';
	return ("Response: Success\r\nCategory-000000: general\r\n\r\n", $in) if $in;
	return ("Response: Error\r\nMessage: Permission denied\r\n\r\n", $in);
}

sub serve_ami {
	my ($peer) = @_;
	my ($buffer, $in) = ('', 0);
	say_to($peer, "Asterisk Call Manager/5.0.2\r\n");
	while (more($peer, \$buffer)) {
		while ($buffer =~ s/^(.*?)\r?\0?\n\r?\0?\n//s) {
			(my $answer, $in) = ami_answer($1, $in);
			say_to($peer, $answer);
			return unless defined $in; # as Asterisk hangs up after a failed login
		}
	}
}

# --- the Docker Engine API --------------------------------------------------------------------

my $version = '{"Platform":{"Name":""},"Components":[{"Name":"Engine","Version":"20.10.24"}],"Version":"20.10.24",'
	. '"ApiVersion":"1.41","MinAPIVersion":"1.12","GitCommit":"5d6db84","GoVersion":"go1.19.8","Os":"linux","Arch":"amd64"}';
my $id = 'c0ffee' x 10 . 'c0ff';
my @docker = (
	[ qr{^\w+ /_ping$},                       200, 'OK' ],
	[ qr{^GET /version$},                     200, $version ],
	[ qr{^GET /info$},                        200, '{"ID":"","Containers":0,"Images":0,"Driver":"overlay2","Name":"docker"}' ],
	[ qr{^GET /(containers|images)/json$},    200, '[]' ],
	[ qr{^POST /containers/create$},          201, qq({"Id":"$id","Warnings":[]}) ],
	[ qr{^POST /containers/\w+/(start|stop|kill|resize)$}, 204, '' ],
	[ qr{^POST /containers/\w+/wait$},        200, '{"StatusCode":0}' ],
	[ qr{^POST /containers/\w+/exec$},        201, qq({"Id":"$id"}) ],
	[ qr{^POST /images/create$},              200, '{"status":"Pulling from library/alpine"}' ],
	[ qr{^DELETE /},                          204, '' ],
);

# The body's length in $$buffer after the head, or undef where more must be read.
sub body_length {
	my ($head, $buffer) = @_;
	if ($head =~ /^transfer-encoding:\s*chunked/mi) {
		return $buffer =~ /\A((?:[0-9a-fA-F]+\r\n.*?\r\n)*?0\r\n\r\n)/s ? length $1 : undef;
	}
	my $length = $head =~ /^content-length:\s*(\d+)/mi ? $1 : 0;
	return length $buffer >= $length ? $length : undef;
}

sub docker_answer {
	my ($head) = @_;
	my ($method, $target) = $head =~ m{^(\S+) (?:https?://[^/ ]+)?(\S+)};
	return ('', 0) unless defined $target;
	(my $path = $target) =~ s{^/v\d+\.\d+(?=/)|\?.*}{}g;
	$path =~ s/\?.*//;
	if ($path =~ m{/(attach|exec/\w+/start)$}) {
		return ("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
			. "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n", 0);
	}
	my ($status, $body) = (404, '{"message":"page not found"}');
	for (@docker) {
		("$method $path" =~ $_->[0]) && (($status, $body) = @$_[ 1, 2 ]) && last;
	}
	my $type = $body eq 'OK' ? 'text/plain' : 'application/json';
	my $answer = "HTTP/1.1 $status Answer\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\nContent-Type: $type\r\n"
		. ($status == 204 ? '' : 'Content-Length: ' . length($body) . "\r\n") . "\r\n";
	$answer .= $body unless $method eq 'HEAD';
	return ($answer, $head !~ m{ HTTP/1\.0\r?$}m && $head !~ /^connection:\s*close/mi && $head =~ m{ HTTP/});
}

sub serve_docker {
	my ($peer) = @_;
	my $buffer = '';
	while (more($peer, \$buffer)) {
		while ($buffer =~ /\A(.*?\r?\n)\r?\n/s) {
			my ($head, $after) = ($1, $+[0]);
			my $length = body_length($head, substr $buffer, $after);
			if (!defined $length) {
				say_to($peer, "HTTP/1.1 100 Continue\r\n\r\n") if $head =~ s/^expect: 100-continue\r?\n//mi;
				last;
			}
			substr $buffer, 0, $after + $length, '';
			my ($answer, $on) = docker_answer($head);
			say_to($peer, $answer);
			return unless $on;
		}
	}
}

# --- SIP over UDP (RFC 3261, 8.2.6.2: what a response takes from its request) --------------------

sub serve_sip {
	my ($socket) = @_;
	while (defined(my $from = $socket->recv(my $request, 65536))) {
		next unless $request =~ m{^[A-Z]+ \S+ SIP/2\.0\r?$}m;
		my @same = grep { /^(via|v|from|f|call-id|i|cseq|to|t)\s*:/i } split /\r?\n/, $request;
		s/^((?:to|t)\s*:.*)$/$1;tag=teiten/i for grep { !/;tag=/ } @same;
		$socket->send(join("\r\n", 'SIP/2.0 200 OK', @same, 'Allow: INVITE, ACK, OPTIONS, BYE, CANCEL, REGISTER',
			'Server: Asterisk PBX 16.28', 'Content-Length: 0', '', ''), 0, $from);
	}
}

my $socket = open_socket();
setpgrp; # so that one signal reaches every connection
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { $SIG{TERM} = 'DEFAULT'; kill TERM => -getpgrp };
$| = 1;
print "listening\n";
$kind eq 'sip' and serve_sip($socket);
while (1) {
	my $peer = $socket->accept or next; # a signal
	my $child = fork // next;
	if ($child == 0) {
		$SIG{TERM} = 'DEFAULT';
		close $socket;
		$serve->($peer);
		exit;
	}
	close $peer;
}
