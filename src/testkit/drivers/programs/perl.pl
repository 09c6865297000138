# Perl's DBD::mysql, over MariaDB's C library: prepared by the server.
use strict;
use warnings;
use DBI;
use Digest::MD5 qw(md5_hex);
use Encode qw(encode_utf8);
use JSON::PP;

$| = 1;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $job = $json->decode(scalar <STDIN>);
my $unsupported = "driver has no way: ";

sub tell_line { print $json->encode($_[0]), "\n" }

sub show {
    my ($value) = @_;
    return "null" unless defined $value;
    my $bytes = utf8::is_utf8($value) ? encode_utf8($value) : $value;
    my $kind = utf8::is_utf8($value) ? "utf8" : "bytes";
    return "$kind " . length($bytes) . " long, md5 " . md5_hex($bytes) if length($bytes) > 300;
    $bytes =~ s/([^\x20-\x7e])/sprintf("\\x%02x", ord $1)/ge;
    return "$kind $bytes";
}

sub show_rows {
    my ($rows) = @_;
    my @shown = map { [map { show($_) } @$_] } @$rows;
    my $text = $json->encode(\@shown);
    return length($text) <= 3000 ? \@shown : scalar(@shown) . " rows, md5 " . md5_hex($text);
}

sub decode_value {
    my ($value) = @_;
    return $value unless ref $value eq "HASH";
    return pack("H*", $value->{bytes}) if exists $value->{bytes};
    return exists $value->{big} ? $value->{big} : $value->{repeat} x $value->{times};
}

sub login {
    my ($options) = @_;
    return { host => $job->{host}, database => $job->{database}, %{ $job->{accounts}{ $options->{account} // "main" } }, %$options };
}

sub connect_to {
    my $given = login($_[0]);
    for my $option (qw(attributes)) { die $unsupported . $option if defined $given->{$option} }
    die $unsupported . "zstd" if ($given->{compress} // "") eq "zstd";
    my $dsn = "DBI:mysql:database=$given->{database};host=$given->{host};port=$given->{port}";
    $dsn .= ";mysql_compression=1" if $given->{compress};
    $dsn .= ";mysql_client_found_rows=" . ($given->{foundRows} ? 1 : 0);
    $dsn .= ";mysql_local_infile=" . ($given->{localInfile} ? 1 : 0);
    $dsn .= ";mysql_multi_statements=1" if $given->{multiStatements};
    $dsn .= ";mysql_read_timeout=" . int($given->{timeoutReadMs} / 1000) if $given->{timeoutReadMs};
    $dsn .= ";mysql_ssl=1;mysql_ssl_optional=1" if $job->{tls};
    my %settings = (RaiseError => 1, PrintError => 0, AutoCommit => 1, mysql_server_prepare => 1, mysql_auto_reconnect => 0);
    $settings{mysql_init_command} = $given->{initStatement} if $given->{initStatement};
    my $dbh = DBI->connect($dsn, $given->{user}, $given->{password}, \%settings);
    $dbh->do("SET NAMES $given->{charset}") if $given->{charset};
    return $dbh;
}

sub result {
    my ($sth) = @_;
    return { rows => $sth->rows, id => $sth->{mysql_insertid}, warnings => $sth->{mysql_warning_count} } unless $sth->{NUM_OF_FIELDS};
    # The attributes are gone once all rows are here.
    my %told = (columns => []);
    for my $what (qw(NAME mysql_type mysql_table mysql_length mysql_is_blob mysql_is_key mysql_is_num mysql_is_auto_increment NULLABLE PRECISION SCALE)) {
        push @{ $told{columns} }, "$what " . join(",", map { $_ // "" } @{ $sth->{$what} // [] });
    }
    $told{rows} = show_rows($sth->fetchall_arrayref);
    return \%told;
}

sub query {
    my ($dbh, $sql) = @_;
    my $sth = $dbh->prepare($sql, { mysql_server_prepare => 0 });
    $sth->execute;
    my @told = result($sth);
    push @told, result($sth) while $sth->more_results;
    $sth->finish;
    return \@told;
}

my %steps = (
    query => sub { query($_[0], $_[1]{sql}) },
    execute => sub {
        my ($dbh, $step) = @_;
        my $sth = $dbh->prepare($step->{sql});
        return [map { $sth->execute(@$_); result($sth) } @{ $step->{rows} }];
    },
    batch => sub {
        my ($dbh, $step) = @_;
        my $sth = $dbh->prepare($step->{sql});
        my @columns;
        for my $row (@{ $step->{rows} }) { push @{ $columns[$_] }, $row->[$_] for 0 .. $#$row }
        my @status;
        $sth->execute_array({ ArrayTupleStatus => \@status }, @columns);
        return $json->encode(\@status);
    },
    stream => sub {
        my ($dbh, $step) = @_;
        my $sth = $dbh->prepare($step->{sql}, { mysql_use_result => 1, mysql_server_prepare => 0 });
        $sth->execute;
        my @rows;
        while (@rows < $step->{take}) {
            my $row = $sth->fetchrow_arrayref or last;
            push @rows, [@$row];
        }
        $sth->finish;
        return show_rows(\@rows);
    },
    infile => sub { query($_[0], "LOAD DATA LOCAL INFILE '$job->{files}{ $_[1]{file} }' INTO TABLE $_[1]{table}") },
    useSchema => sub { query($_[0], "USE $_[1]{database}") },
    begin => sub { $_[0]->begin_work; "done" },
    commit => sub { $_[0]->commit; "done" },
    rollback => sub { $_[0]->rollback; "done" },
    ping => sub { $_[0]->ping ? "alive" : "gone" },
    autocommit => sub { $_[0]{AutoCommit} = $_[1]{on} ? 1 : 0; "done" },
    info => sub {
        my ($dbh) = @_;
        my %told = map { ($_ => $dbh->{$_}) } qw(mysql_serverinfo mysql_serverversion mysql_hostinfo mysql_protoinfo);
        $told{stat} = $dbh->{mysql_stat} =~ s/[\d.]+/0/gr;
        return \%told;
    },
    storm => sub {
        my ($ignored, $step) = @_;
        return [map { my $dbh = connect_to({}); my $told = query($dbh, $step->{sql}); $dbh->disconnect; $told } 1 .. $step->{count}];
    },
);

sub take {
    my ($state, $step) = @_;
    if ($step->{do} eq "connect" || $step->{do} eq "close") {
        my $dbh = delete $state->{dbh};
        $dbh->disconnect if $dbh;
        $state->{dbh} = connect_to({ map { $_ => $step->{$_} } grep { $_ ne "do" && $_ ne "expect" } keys %$step }) if $step->{do} eq "connect";
        return "done";
    }
    if ($step->{do} eq "ask") {
        tell_line({ ask => $step->{act}, id => $state->{dbh} ? $state->{dbh}{mysql_thread_id} + 0 : 0 });
        scalar <STDIN>;
        return "done";
    }
    my $run = $steps{ $step->{do} } or die $unsupported . $step->{do};
    my %copy = %$step;
    $copy{sql} =~ s/\{pad\}/"a" x $copy{pad}/e if $copy{pad};
    $copy{rows} = [map { [map { decode_value($_) } @$_] } @{ $copy{rows} }] if $copy{rows};
    return $run->($state->{dbh}, \%copy);
}

for my $scenario (@{ $job->{scenarios} }) {
    my ($state, @outcomes, $told) = ({});
    for my $step ({ do => "connect", %{ $scenario->{login} // {} } }, @{ $scenario->{steps} }) {
        my $outcome = eval { take($state, $step) };
        if (my $error = $@) {
            if ($error =~ /^\Q$unsupported\E(.*) at /s) {
                $told = { scenario => $scenario->{name}, unsupported => $1 };
                last;
            }
            $error =~ s/ at \S+ line \d+(?:, <STDIN> line \d+)?\.?\s*\z//;
            $error =~ s/port=\d+/port=N/;
            my $isOurs = $error =~ /^Can't (?:call method|locate)/;
            $outcome = { error => { errno => $isOurs || $DBI::err > 65_535 ? undef : $DBI::err, state => $DBI::state, message => show($error) } };
        }
        push @outcomes, $outcome // "nothing";
    }
    eval { $state->{dbh}->disconnect } if $state->{dbh};
    tell_line($told // { scenario => $scenario->{name}, outcomes => \@outcomes });
}
