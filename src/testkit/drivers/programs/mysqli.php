<?php
/** PHP's mysqli, over mysqlnd. */
require __DIR__ . '/common.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function open(array $login): mysqli
{
    global $job;
    if (isset($login['attributes'])) throw new Unsupported('connection attributes');
    if (($login['compress'] ?? '') === 'zstd') throw new Unsupported('zstd');
    $link = mysqli_init();
    $link->options(MYSQLI_OPT_LOCAL_INFILE, ($login['localInfile'] ?? false) ? 1 : 0);
    if (isset($login['charset'])) $link->options(MYSQLI_SET_CHARSET_NAME, $login['charset']);
    if (isset($login['initStatement'])) $link->options(MYSQLI_INIT_COMMAND, $login['initStatement']);
    if (isset($login['timeoutReadMs'])) $link->options(MYSQLI_OPT_READ_TIMEOUT, intdiv($login['timeoutReadMs'], 1000));
    $link->options(MYSQLI_OPT_INT_AND_FLOAT_NATIVE, 1);
    $flags = ($login['foundRows'] ?? false) ? MYSQLI_CLIENT_FOUND_ROWS : 0;
    if (isset($login['compress'])) $flags |= MYSQLI_CLIENT_COMPRESS;
    if ($job['tls']) $flags |= MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT;
    $link->real_connect($login['host'], $login['user'], $login['password'], $login['database'], $login['port'], null, $flags);
    return $link;
}

function result(mysqli $link, mysqli_result|bool $result): array
{
    if (is_bool($result)) return ['affected' => show($link->affected_rows), 'id' => show($link->insert_id), 'info' => $link->info, 'warnings' => $link->warning_count];
    $told = ['columns' => array_map('column', $result->fetch_fields()), 'rows' => show_rows($result->fetch_all(MYSQLI_NUM)), 'warnings' => $link->warning_count];
    $result->free();
    return $told;
}

function column(object $field): string
{
    return implode(' ', array_map(fn ($value) => (string) $value, [$field->db, $field->table, $field->orgtable, $field->name, $field->orgname, $field->max_length, $field->length, $field->charsetnr, $field->flags, $field->type, $field->decimals]));
}

function query(mysqli $link, string $sql): array
{
    return [result($link, $link->query($sql))];
}

/** Several statements take their own call; a procedure's results come by either. */
function every(mysqli $link, string $sql): array
{
    $link->multi_query($sql);
    $told = [];
    do {
        $told[] = result($link, $link->store_result());
    } while ($link->more_results() && $link->next_result());
    return $told;
}

function prepared(mysqli_stmt $statement, array $row): array
{
    if ($row !== []) {
        $types = implode('', array_map(fn ($value) => is_int($value) ? 'i' : (is_float($value) ? 'd' : 's'), $row));
        $statement->bind_param($types, ...$row);
    }
    $statement->execute();
    $told = [];
    do {
        $result = $statement->get_result();
        if ($result === false) $told[] = ['affected' => show($statement->affected_rows), 'id' => show($statement->insert_id)];
        else $told[] = ['columns' => array_map('column', $result->fetch_fields()), 'rows' => show_rows($result->fetch_all(MYSQLI_NUM))];
    } while ($statement->more_results() && $statement->next_result());
    return $told;
}

function with_statement(mysqli $link, string $sql, callable $run): array
{
    $statement = $link->prepare($sql);
    try {
        return $run($statement);
    } finally {
        $statement->close();
    }
}

serve(
    fn (array $login) => open($login),
    fn (mysqli $link) => $link->close(),
    fn (mysqli $link) => $link->thread_id,
    fn (Throwable $error) => ['errno' => $error instanceof mysqli_sql_exception ? $error->getCode() : null, 'state' => $error instanceof mysqli_sql_exception ? $error->getSqlState() : get_class($error), 'message' => $error->getMessage()],
    [
        'query' => function (mysqli $link, array $step) {
            return str_contains($step['sql'], ';') || str_starts_with($step['sql'], 'CALL') ? every($link, $step['sql']) : query($link, $step['sql']);
        },
        'execute' => fn (mysqli $link, array $step) => with_statement($link, $step['sql'], fn ($statement) => array_map(fn ($row) => prepared($statement, $row), $step['rows'])),
        'cursor' => fn (mysqli $link, array $step) => with_statement($link, $step['sql'], function (mysqli_stmt $statement) use ($step) {
            $statement->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
            $statement->execute();
            $values = array_fill(0, $statement->field_count, null);
            $statement->bind_result(...$values);
            $rows = [];
            while (count($rows) < $step['take'] && $statement->fetch()) $rows[] = array_map(fn ($value) => $value, $values);
            return ['rows' => show_rows($rows)];
        }),
        'stream' => function (mysqli $link, array $step) {
            $result = $link->query($step['sql'], MYSQLI_USE_RESULT);
            $rows = [];
            try {
                while (count($rows) < $step['take'] && ($row = $result->fetch_row())) $rows[] = $row;
            } finally {
                $result->free();
            }
            return show_rows($rows);
        },
        'infile' => function (mysqli $link, array $step) {
            global $job;
            return query($link, "LOAD DATA LOCAL INFILE '{$job['files'][$step['file']]}' INTO TABLE {$step['table']}");
        },
        'changeUser' => function (mysqli $link, array $step) {
            $login = login(['account' => $step['account']]);
            return $link->change_user($login['user'], $step['password'] ?? $login['password'], $step['database'] ?? $login['database']);
        },
        'useSchema' => fn (mysqli $link, array $step) => $link->select_db($step['database']),
        'begin' => fn (mysqli $link) => $link->begin_transaction(),
        'commit' => fn (mysqli $link) => $link->commit(),
        'rollback' => fn (mysqli $link) => $link->rollback(),
        'ping' => fn (mysqli $link) => $link->ping(),
        'autocommit' => fn (mysqli $link, array $step) => $link->autocommit($step['on']),
        'info' => fn (mysqli $link) => ['version' => $link->server_info, 'number' => $link->server_version, 'host' => $link->host_info, 'protocol' => $link->protocol_version, 'charset' => (array) $link->get_charset(), 'stat' => preg_replace('/[\d.]+/', '0', $link->stat())],
        'storm' => fn (mysqli $ignored, array $step) => array_map(function () use ($step) {
            $link = open(login([]));
            $told = query($link, $step['sql']);
            $link->close();
            return $told;
        }, range(1, $step['count'])),
        'pool' => fn (mysqli $ignored, array $step) => array_map(function () use ($step) {
            $login = login([]);
            $link = mysqli_connect('p:' . $login['host'], $login['user'], $login['password'], $login['database'], $login['port']);
            $told = query($link, $step['sql']);
            $link->close();
            return $told;
        }, range(1, $step['rounds'])),
    ],
);
