<?php
/** PHP's PDO, over mysqlnd: prepared by the server, buffered unless a step says otherwise. */
require __DIR__ . '/common.php';

function open(array $login, array $more = []): PDO
{
    global $job;
    foreach (['attributes', 'timeoutReadMs'] as $option) if (isset($login[$option])) throw new Unsupported($option);
    if (($login['compress'] ?? '') === 'zstd') throw new Unsupported('zstd');
    $charset = isset($login['charset']) ? ";charset={$login['charset']}" : '';
    return new PDO("mysql:host={$login['host']};port={$login['port']};dbname={$login['database']}$charset", $login['user'], $login['password'], $more + [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => false,
        PDO::MYSQL_ATTR_LOCAL_INFILE => $login['localInfile'] ?? false,
        PDO::MYSQL_ATTR_MULTI_STATEMENTS => $login['multiStatements'] ?? false,
        PDO::MYSQL_ATTR_FOUND_ROWS => $login['foundRows'] ?? false,
        PDO::MYSQL_ATTR_COMPRESS => isset($login['compress']),
    ] + (isset($login['initStatement']) ? [PDO::MYSQL_ATTR_INIT_COMMAND => $login['initStatement']] : [])
      + ($job['tls'] ? [PDO::MYSQL_ATTR_SSL_CIPHER => 'DEFAULT', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false] : []));
}

function results(PDO $link, PDOStatement $statement): array
{
    $told = [];
    do {
        $columns = array_map(fn ($i) => $statement->getColumnMeta($i), $statement->columnCount() === 0 ? [] : range(0, $statement->columnCount() - 1));
        $told[] = $columns === []
            ? ['affected' => $statement->rowCount(), 'id' => $link->lastInsertId()]
            : ['columns' => $columns, 'rows' => show_rows($statement->fetchAll(PDO::FETCH_NUM))];
    } while ($statement->nextRowset());
    $statement->closeCursor();
    return $told;
}

function bound(PDO $link, PDOStatement $statement, array $row): array
{
    foreach ($row as $i => $value) $statement->bindValue($i + 1, $value, is_int($value) ? PDO::PARAM_INT : ($value === null ? PDO::PARAM_NULL : PDO::PARAM_STR));
    $statement->execute();
    return results($link, $statement);
}

function run(PDO $link, string $sql): array
{
    return results($link, $link->query($sql));
}

serve(
    fn (array $login) => open($login),
    fn (PDO $link) => null,
    fn (PDO $link) => (int) $link->query('SELECT CONNECTION_ID()')->fetchColumn(),
    fn (Throwable $error) => ['errno' => $error instanceof PDOException ? ($error->errorInfo[1] ?? null) : null, 'state' => $error instanceof PDOException ? $error->getCode() : get_class($error), 'message' => $error->getMessage()],
    [
        'query' => function (PDO $link, array $step) {
            // PDO prepares what query() is given; only emulation sends it as text.
            $link->setAttribute(PDO::ATTR_EMULATE_PREPARES, true);
            try {
                return run($link, $step['sql']);
            } finally {
                $link->setAttribute(PDO::ATTR_EMULATE_PREPARES, false);
            }
        },
        'execute' => function (PDO $link, array $step) {
            $statement = $link->prepare($step['sql']);
            return array_map(fn ($row) => bound($link, $statement, $row), $step['rows']);
        },
        'stream' => function (PDO $link, array $step) {
            $statement = $link->prepare($step['sql'], [PDO::MYSQL_ATTR_USE_BUFFERED_QUERY => false]);
            $statement->execute();
            $rows = [];
            while (count($rows) < $step['take'] && ($row = $statement->fetch(PDO::FETCH_NUM))) $rows[] = $row;
            $statement->closeCursor();
            return show_rows($rows);
        },
        'infile' => function (PDO $link, array $step) {
            global $job;
            return $link->exec("LOAD DATA LOCAL INFILE '{$job['files'][$step['file']]}' INTO TABLE {$step['table']}");
        },
        'useSchema' => fn (PDO $link, array $step) => $link->exec("USE {$step['database']}"),
        'begin' => fn (PDO $link) => $link->beginTransaction(),
        'commit' => fn (PDO $link) => $link->commit(),
        'rollback' => fn (PDO $link) => $link->rollBack(),
        'autocommit' => fn (PDO $link, array $step) => $link->setAttribute(PDO::ATTR_AUTOCOMMIT, $step['on']),
        'info' => fn (PDO $link) => ['version' => $link->getAttribute(PDO::ATTR_SERVER_VERSION), 'status' => $link->getAttribute(PDO::ATTR_CONNECTION_STATUS), 'info' => preg_replace('/[\d.]+/', '0', $link->getAttribute(PDO::ATTR_SERVER_INFO))],
        'storm' => fn (PDO $ignored, array $step) => array_map(fn () => run(open(login([])), $step['sql']), range(1, $step['count'])),
        'pool' => fn (PDO $ignored, array $step) => array_map(fn () => run(open(login([]), [PDO::ATTR_PERSISTENT => true]), $step['sql']), range(1, $step['rounds'])),
    ],
);
