# Crypt::JWT as a competitor: Competitor.swift has the requests. The argument is its version.
use strict;
use warnings;

use Crypt::JWT qw(decode_jwt encode_jwt);
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

$| = 1;
my ($signs, $algorithm, $audience, $key, @items);
my ($at, $last) = (0, '');
my %keys = (RS256 => 'Crypt::PK::RSA', ES256 => 'Crypt::PK::ECC', EdDSA => 'Crypt::PK::Ed25519');

sub next_line {
  my $line = <STDIN>;
  chomp $line if defined $line;
  return $line;
}

sub sign {
  my ($subject, $expiry) = @_;
  return encode_jwt(
    payload => {sub => $subject, aud => [$audience], exp => $expiry + 0}, alg => $algorithm,
    key => $key, extra_headers => {typ => 'JWT'});
}

sub verify {
  return decode_jwt(
    token => $_[0], key => $key, accepted_alg => $algorithm, verify_exp => 1,
    verify_aud => sub { ref $_[0] ? grep { $_ eq $audience } @{$_[0]} : $_[0] eq $audience });
}

# The first eight bytes are in the lowest bits; sums wrap around like integers in C.
sub word { return unpack 'q<', $_[0] }

sub run {
  my ($count) = @_;
  my @kept;
  my $start = clock_gettime(CLOCK_MONOTONIC);
  for (1 .. $count) {
    if ($signs) { push @kept, sign(@{$items[$at]}) }
    else {
      my $claims = verify($items[$at]);
      push @kept, $claims->{sub}, $claims->{exp};
    }
    $at = 0 if ++$at == @items;
  }
  my $taken = int((clock_gettime(CLOCK_MONOTONIC) - $start) * 1e9);
  use integer;
  my $sum = 0;
  if ($signs) {
    $last = $kept[-1];
    # A randomised signature can't be foreseen: its signing input counts.
    for (@kept) {
      $sum += word(substr $_, ($algorithm eq 'ES256' ? rindex $_, '.' : length) - 8, 8);
    }
  }
  else {
    while (my ($subject, $expiry) = splice @kept, 0, 2) {
      $sum += word(substr $subject, 0, 8) + word(substr $subject, -8) + $expiry;
    }
  }
  return "$taken," . unpack 'Q', pack 'q', $sum;
}

while (defined(my $line = next_line())) {
  my ($request, @words) = split / /, $line;
  if ($request eq 'describe') {
    my $version = sprintf 'Perl %vd', $^V;
    print join("\t", 'Crypt::JWT', $ARGV[0], $version,
      'encode_jwt and decode_jwt; keys imported once; crypto by CryptX (LibTomCrypt); '
      . 'hashes in a fixed order, so that tokens repeat'), "\n";
  } elsif ($request eq 'tokens') {
    ($signs, $algorithm, $audience) = ($words[0] eq 'sign', @words[1, 2]);
    my $text = join "\n", map { next_line() } 1 .. $words[3];
    @items = map { next_line() } 1 .. $words[4];
    @items = map { [split / /] } @items if $signs;
    $key = $algorithm eq 'HS256' ? $text : $keys{$algorithm}->new(\"$text\n");
    print "ok\n";
  } elsif ($request eq 'judge') {
    print eval { verify($words[0]); 1 } ? "accepted\n" : "refused\n";
  } elsif ($request eq 'make') {
    print sign(@$_), "\n" for @items;
  } elsif ($request eq 'run') {
    print run($words[0]), "\n";
  } elsif ($request eq 'last') {
    print "$last\n";
  }
}
