<?php
/** What the programs in PHP share: the job on stdin, an outcome for each scenario on stdout, and how values are told. */

class Unsupported extends Exception {}

ini_set('memory_limit', '-1');
$job = json_decode(fgets(STDIN), true, 512, JSON_BIGINT_AS_STRING);

function tell(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}

function show(mixed $value): string
{
    if ($value === null) return 'null';
    $text = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
    if (strlen($text) > 300) $text = strlen($text) . ' long, md5 ' . md5($text);
    elseif (!mb_check($text)) $text = 'hex ' . bin2hex($text);
    return gettype($value) . ' ' . $text;
}

function mb_check(string $text): bool
{
    return preg_match('//u', $text) === 1;
}

function show_rows(array $rows): mixed
{
    $shown = array_map(fn ($row) => array_map('show', array_values($row)), $rows);
    $text = json_encode($shown);
    return strlen($text) <= 3000 ? $shown : count($rows) . ' rows, md5 ' . md5($text);
}

function decode(mixed $value): mixed
{
    if (!is_array($value)) return $value;
    if (isset($value['bytes'])) return hex2bin($value['bytes']);
    return isset($value['big']) ? $value['big'] : str_repeat($value['repeat'], $value['times']);
}

/** Where and as whom to connect: the account of the options, and what they say besides. */
function login(array $options): array
{
    global $job;
    return array_merge(['host' => $job['host'], 'database' => $job['database']], $job['accounts'][$options['account'] ?? 'main'], $options);
}

/** Does the job. `$connect(login)`, `$close(connection)`, `$thread(connection)`, `$describe(error)`, and a function for each kind of step. */
function serve(callable $connect, callable $close, callable $thread, callable $describe, array $steps): void
{
    global $job;
    foreach ($job['scenarios'] as $scenario) {
        $connection = null;
        $outcomes = [];
        try {
            foreach (array_merge([['do' => 'connect'] + ($scenario['login'] ?? [])], $scenario['steps']) as $step) {
                try {
                    $outcomes[] = take($connection, $step, $connect, $close, $thread, $steps) ?? 'done';
                } catch (Unsupported $reason) {
                    throw $reason;
                } catch (Throwable $error) {
                    $outcomes[] = ['error' => $describe($error)];
                }
            }
            $told = ['scenario' => $scenario['name'], 'outcomes' => $outcomes];
        } catch (Unsupported $reason) {
            $told = ['scenario' => $scenario['name'], 'unsupported' => $reason->getMessage()];
        }
        if ($connection !== null) $close($connection);
        $connection = null;
        tell($told);
    }
}

function take(mixed &$connection, array $step, callable $connect, callable $close, callable $thread, array $steps): mixed
{
    unset($step['expect']);
    if ($step['do'] === 'connect' || $step['do'] === 'close') {
        if ($connection !== null) $close($connection);
        $connection = null;
        if ($step['do'] === 'connect') $connection = $connect(login($step));
        return null;
    }
    if ($step['do'] === 'ask') {
        tell(['ask' => $step['act'], 'id' => $connection === null ? 0 : $thread($connection)]);
        fgets(STDIN);
        return null;
    }
    if (!isset($steps[$step['do']])) throw new Unsupported($step['do']);
    if (isset($step['pad'])) $step['sql'] = str_replace('{pad}', str_repeat('a', $step['pad']), $step['sql']);
    if (isset($step['rows'])) $step['rows'] = array_map(fn ($row) => array_map('decode', $row), $step['rows']);
    if (isset($step['values'])) $step['values'] = array_map('decode', $step['values']);
    return $steps[$step['do']]($connection, $step);
}
