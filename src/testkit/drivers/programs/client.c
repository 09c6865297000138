/* The C client: MariaDB's libmariadb, and Oracle's libmysqlclient where ORACLE is defined. */
#include <jansson_config.h>
/* The compiler that comes with the drivers has no atomic operations, and this program has one thread. */
#undef JSON_HAVE_ATOMIC_BUILTINS
#undef JSON_HAVE_SYNC_BUILTINS
#define JSON_HAVE_ATOMIC_BUILTINS 0
#define JSON_HAVE_SYNC_BUILTINS 0
#include <jansson.h>
#include <mysql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef ORACLE
typedef bool flag;
#else
typedef my_bool flag;
#endif

#define COLUMNS_MAX 600
#define SHOWN_BYTES_MAX 300
#define SHOWN_ROWS_BYTES_MAX 3000

static json_t *job;
static MYSQL *connection;
static const char *unsupported;

static const char *text(json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value == NULL ? "" : value;
}

static void tell(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(line);
}

/* FNV-1a, to tell long values apart. */
static unsigned long long digest(const char *bytes, size_t length)
{
    unsigned long long hash = 14695981039346656037ULL;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211ULL;
    return hash;
}

static json_t *show(const char *bytes, size_t length)
{
    char shown[4 * SHOWN_BYTES_MAX + 1];
    char *end = shown;
    if (bytes == NULL) return json_string("null");
    if (length > SHOWN_BYTES_MAX) return json_sprintf("%zu long, %llx", length, digest(bytes, length));
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        end += byte >= 32 && byte < 127 && byte != '\\' ? sprintf(end, "%c", byte) : sprintf(end, "\\x%02x", byte);
    }
    *end = 0;
    return json_sprintf("'%s'", shown);
}

static json_t *failure(unsigned int number, const char *state, const char *message)
{
    return json_pack("{s:{s:i,s:s,s:s}}", "error", "errno", (int)number, "state", state, "message", message);
}

static json_t *failed(void)
{
    return failure(mysql_errno(connection), mysql_sqlstate(connection), mysql_error(connection));
}

static json_t *failed_statement(MYSQL_STMT *statement)
{
    return failure(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement));
}

/* Few rows as they are, many as their number and digest. */
static json_t *show_rows(json_t *rows)
{
    char *all = json_dumps(rows, JSON_COMPACT);
    json_t *shown = json_incref(rows);
    if (strlen(all) > SHOWN_ROWS_BYTES_MAX) {
        json_decref(shown);
        shown = json_sprintf("%zu rows, %llx", json_array_size(rows), digest(all, strlen(all)));
    }
    free(all);
    json_decref(rows);
    return shown;
}

static json_t *columns_of(MYSQL_RES *result)
{
    json_t *columns = json_array();
    MYSQL_FIELD *field;
    while ((field = mysql_fetch_field(result)) != NULL) {
        json_array_append_new(columns, json_sprintf("%s %s %s %s %s %s type %d length %lu max %lu flags %x decimals %u charset %u", field->catalog, field->db,
                                           field->table, field->org_table, field->name, field->org_name, field->type, field->length, field->max_length, field->flags, field->decimals, field->charsetnr));
    }
    return columns;
}

/* The status flags, but for the one that says how busy the machine was. */
static int status_of(MYSQL *mysql)
{
    return (int)(mysql->server_status & ~SERVER_QUERY_WAS_SLOW);
}

/* What the session tracker tells of the last statement. */
static json_t *changes_of_session(void)
{
    json_t *changes = json_array();
    for (int type = SESSION_TRACK_BEGIN; type <= SESSION_TRACK_END; type++) {
        const char *data;
        size_t length;
        if (mysql_session_track_get_first(connection, type, &data, &length)) continue;
        do {
            json_t *value = show(data, length);
            json_array_append_new(changes, json_sprintf("%d %s", type, json_string_value(value)));
            json_decref(value);
        } while (mysql_session_track_get_next(connection, type, &data, &length) == 0);
    }
    return changes;
}

static json_t *changed(void)
{
    const char *info = mysql_info(connection);
    return json_pack("{s:I,s:I,s:s,s:i,s:i,s:o}", "affected", (json_int_t)mysql_affected_rows(connection), "id", (json_int_t)mysql_insert_id(connection), "info",
                     info == NULL ? "" : info, "warnings", (int)mysql_warning_count(connection), "status", status_of(connection), "changes", changes_of_session());
}

static json_t *rows_of(MYSQL_RES *result, long take)
{
    json_t *columns = columns_of(result);
    json_t *rows = json_array();
    MYSQL_ROW row;
    while (take-- > 0 && (row = mysql_fetch_row(result)) != NULL) {
        unsigned long *lengths = mysql_fetch_lengths(result);
        json_t *shown = json_array();
        for (unsigned int i = 0; i < mysql_num_fields(result); i++) json_array_append_new(shown, show(row[i], lengths[i]));
        json_array_append_new(rows, shown);
    }
    return json_pack("{s:o,s:o,s:i,s:i}", "columns", columns, "rows", show_rows(rows), "warnings", (int)mysql_warning_count(connection), "status", status_of(connection));
}

/* All results of what was sent last. */
static json_t *results(void)
{
    json_t *told = json_array();
    int more;
    do {
        MYSQL_RES *result = mysql_store_result(connection);
        if (result != NULL) {
            json_array_append_new(told, rows_of(result, 1 << 30));
            mysql_free_result(result);
        } else if (mysql_field_count(connection) == 0) {
            json_array_append_new(told, changed());
        } else {
            json_decref(told);
            return failed();
        }
        more = mysql_next_result(connection);
        if (more > 0) {
            json_decref(told);
            return failed();
        }
    } while (more == 0);
    return told;
}

static json_t *query_bytes(const char *sql, unsigned long length)
{
    if (mysql_real_query(connection, sql, length)) return failed();
    return results();
}

static json_t *query(const char *sql)
{
    return query_bytes(sql, strlen(sql));
}

static json_t *padded_query(json_t *step)
{
    const char *sql = text(step, "sql");
    const char *mark = strstr(sql, "{pad}");
    size_t pad = (size_t)json_integer_value(json_object_get(step, "pad"));
    if (pad == 0 || mark == NULL) return query(sql);
    size_t before = mark - sql, after = strlen(mark + 5);
    char *whole = malloc(before + pad + after);
    memcpy(whole, sql, before);
    memset(whole + before, 'a', pad);
    memcpy(whole + before + pad, mark + 5, after);
    json_t *told = query_bytes(whole, before + pad + after);
    free(whole);
    return told;
}

struct parameter {
    char *bytes;
    unsigned long length;
    long long number;
    double fraction;
};

static int nibble(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static void bind_value(MYSQL_BIND *bind, struct parameter *parameter, json_t *value)
{
    memset(bind, 0, sizeof *bind);
    memset(parameter, 0, sizeof *parameter);
    bind->length = &parameter->length;
    bind->buffer_type = MYSQL_TYPE_STRING;
    if (json_is_null(value)) {
        bind->buffer_type = MYSQL_TYPE_NULL;
    } else if (json_is_integer(value)) {
        parameter->number = json_integer_value(value);
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = &parameter->number;
    } else if (json_is_real(value)) {
        parameter->fraction = json_real_value(value);
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &parameter->fraction;
    } else if (json_object_get(value, "big") != NULL) {
        unsigned long long big = strtoull(text(value, "big"), NULL, 10);
        memcpy(&parameter->number, &big, sizeof big);
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = 1;
        bind->buffer = &parameter->number;
    } else if (json_object_get(value, "bytes") != NULL) {
        const char *hex = text(value, "bytes");
        parameter->length = strlen(hex) / 2;
        parameter->bytes = malloc(parameter->length + 1);
        for (unsigned long i = 0; i < parameter->length; i++) parameter->bytes[i] = nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]);
        bind->buffer_type = MYSQL_TYPE_BLOB;
        bind->buffer = parameter->bytes;
    } else if (json_object_get(value, "repeat") != NULL) {
        parameter->length = json_integer_value(json_object_get(value, "times"));
        parameter->bytes = malloc(parameter->length + 1);
        memset(parameter->bytes, text(value, "repeat")[0], parameter->length);
        bind->buffer = parameter->bytes;
    } else {
        parameter->length = json_string_length(value);
        parameter->bytes = malloc(parameter->length + 1);
        memcpy(parameter->bytes, json_string_value(value), parameter->length);
        bind->buffer = parameter->bytes;
    }
    bind->buffer_length = parameter->length;
}

/* A row of the statement: every value is fetched as text of its own length. */
static json_t *statement_row(MYSQL_STMT *statement, MYSQL_BIND *binds, unsigned long *lengths, flag *nulls, unsigned int count)
{
    json_t *row = json_array();
    for (unsigned int i = 0; i < count; i++) {
        if (nulls[i]) {
            json_array_append_new(row, json_string("null"));
            continue;
        }
        char *bytes = malloc(lengths[i] + 1);
        MYSQL_BIND one = binds[i];
        one.buffer = bytes;
        one.buffer_length = lengths[i];
        mysql_stmt_fetch_column(statement, &one, i, 0);
        json_array_append_new(row, show(bytes, lengths[i]));
        free(bytes);
    }
    return row;
}

static json_t *statement_rows(MYSQL_STMT *statement, long take)
{
    MYSQL_BIND binds[COLUMNS_MAX];
    unsigned long lengths[COLUMNS_MAX];
    flag nulls[COLUMNS_MAX];
    unsigned int count = mysql_stmt_field_count(statement);
    MYSQL_RES *meta = mysql_stmt_result_metadata(statement);
    json_t *columns = meta == NULL ? json_array() : columns_of(meta);
    json_t *rows = json_array();
    int status = 0;
    if (meta != NULL) mysql_free_result(meta);
    memset(binds, 0, sizeof binds);
    for (unsigned int i = 0; i < count; i++) {
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].length = &lengths[i];
        binds[i].is_null = &nulls[i];
    }
    mysql_stmt_bind_result(statement, binds);
    while (take-- > 0 && ((status = mysql_stmt_fetch(statement)) == 0 || status == MYSQL_DATA_TRUNCATED)) {
        json_array_append_new(rows, statement_row(statement, binds, lengths, nulls, count));
    }
    if (status == 1) {
        json_decref(columns);
        json_decref(rows);
        return failed_statement(statement);
    }
    return json_pack("{s:o,s:o,s:i}", "columns", columns, "rows", show_rows(rows), "outs", (connection->server_status & SERVER_PS_OUT_PARAMS) != 0);
}

static json_t *statement_results(MYSQL_STMT *statement)
{
    json_t *told = json_array();
    int more;
    do {
        if (mysql_stmt_field_count(statement) > 0) {
            json_array_append_new(told, statement_rows(statement, 1 << 30));
            mysql_stmt_free_result(statement);
        } else {
            json_array_append_new(told, json_pack("{s:I,s:I,s:i}", "affected", (json_int_t)mysql_stmt_affected_rows(statement), "id", (json_int_t)mysql_stmt_insert_id(statement), "warnings", (int)mysql_warning_count(connection)));
        }
        more = mysql_stmt_next_result(statement);
        if (more > 0) {
            json_decref(told);
            return failed_statement(statement);
        }
    } while (more == 0);
    return told;
}

static json_t *executed(MYSQL_STMT *statement, json_t *row)
{
    MYSQL_BIND binds[16];
    struct parameter parameters[16];
    size_t count = json_array_size(row);
    json_t *told;
    for (size_t i = 0; i < count; i++) bind_value(&binds[i], &parameters[i], json_array_get(row, i));
    if (count > 0) mysql_stmt_bind_param(statement, binds);
    told = mysql_stmt_execute(statement) ? failed_statement(statement) : statement_results(statement);
    for (size_t i = 0; i < count; i++) free(parameters[i].bytes);
    return told;
}

static json_t *execute(const char *sql, json_t *rows)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    json_t *told;
    size_t i;
    json_t *row;
    if (mysql_stmt_prepare(statement, sql, strlen(sql))) {
        told = failed_statement(statement);
    } else {
        told = json_array();
        json_array_foreach(rows, i, row)
        {
            json_t *one = executed(statement, row);
            if (json_object_get(one, "error") != NULL) {
                json_decref(told);
                told = one;
                break;
            }
            json_array_append_new(told, one);
        }
    }
    mysql_stmt_close(statement);
    return told;
}

static json_t *call(json_t *step)
{
    char sql[256];
    json_t *values = json_object_get(step, "values");
    json_t *rows = json_pack("[O]", values);
    json_t *told;
    size_t i, count = json_array_size(values);
    int end = snprintf(sql, sizeof sql, "CALL %s(", text(step, "procedure"));
    for (i = 0; i < count; i++) end += snprintf(sql + end, sizeof sql - end, i == 0 ? "?" : ", ?");
    snprintf(sql + end, sizeof sql - end, ")");
    told = execute(sql, rows);
    json_decref(rows);
    return told;
}

static json_t *cursor(json_t *step)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    const char *sql = text(step, "sql");
    unsigned long type = CURSOR_TYPE_READ_ONLY, fetch = json_integer_value(json_object_get(step, "fetch"));
    json_t *told;
    mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, &fetch);
    if (mysql_stmt_prepare(statement, sql, strlen(sql)) || mysql_stmt_execute(statement)) told = failed_statement(statement);
    else told = statement_rows(statement, json_integer_value(json_object_get(step, "take")));
    mysql_stmt_close(statement);
    return told;
}

static json_t *stream(json_t *step)
{
    json_t *told;
    MYSQL_RES *result;
    if (mysql_query(connection, text(step, "sql"))) return failed();
    result = mysql_use_result(connection);
    if (result == NULL) return failed();
    told = rows_of(result, json_integer_value(json_object_get(step, "take")));
    if (mysql_errno(connection) != 0) {
        json_decref(told);
        told = failed();
    }
    mysql_free_result(result);
    return told;
}

#ifdef ORACLE
static json_t *batch(json_t *step)
{
    (void)step;
    unsupported = "batch";
    return NULL;
}

static json_t *pipeline(json_t *step)
{
    (void)step;
    unsupported = "pipeline";
    return NULL;
}
#else
/* COM_STMT_BULK_EXECUTE: arrays of pointers, one for each column. */
static json_t *batch(json_t *step)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    json_t *rows = json_object_get(step, "rows");
    const char *sql = text(step, "sql");
    unsigned int count = json_array_size(rows), width = json_array_size(json_array_get(rows, 0));
    MYSQL_BIND binds[8];
    char **bytes = calloc((size_t)count * width, sizeof *bytes);
    unsigned long *lengths = calloc((size_t)count * width, sizeof *lengths);
    char *indicators = calloc((size_t)count * width, 1);
    json_t *told;
    if (strcmp(text(job, "server"), "mysql") == 0) {
        unsupported = "batch on MySQL";
        return NULL;
    }
    memset(binds, 0, sizeof binds);
    for (unsigned int column = 0; column < width; column++) {
        for (unsigned int i = 0; i < count; i++) {
            json_t *value = json_array_get(json_array_get(rows, i), column);
            size_t at = (size_t)column * count + i;
            bytes[at] = calloc(64, 1);
            if (json_is_integer(value)) snprintf(bytes[at], 64, "%lld", (long long)json_integer_value(value));
            else if (json_is_string(value)) snprintf(bytes[at], 64, "%s", json_string_value(value));
            else indicators[at] = STMT_INDICATOR_NULL;
            lengths[at] = strlen(bytes[at]);
        }
        binds[column].buffer_type = MYSQL_TYPE_STRING;
        binds[column].buffer = bytes + (size_t)column * count;
        binds[column].length = lengths + (size_t)column * count;
        binds[column].u.indicator = indicators + (size_t)column * count;
    }
    if (mysql_stmt_prepare(statement, sql, strlen(sql)) || mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &count) || mysql_stmt_bind_param(statement, binds) || mysql_stmt_execute(statement)) {
        told = failed_statement(statement);
    } else {
        told = statement_results(statement);
    }
    mysql_stmt_close(statement);
    for (size_t i = 0; i < (size_t)count * width; i++) free(bytes[i]);
    free(bytes);
    free(lengths);
    free(indicators);
    return told;
}

/* All sent before the first is read; then a statement prepared and executed with the id -1 in one go. */
static json_t *pipeline(json_t *step)
{
    json_t *told = json_array();
    json_t *sql;
    size_t i;
    json_array_foreach(json_object_get(step, "sqls"), i, sql)
    {
        if (mysql_send_query(connection, json_string_value(sql), json_string_length(sql))) json_array_append_new(told, failed());
    }
    json_array_foreach(json_object_get(step, "sqls"), i, sql)
    {
        json_array_append_new(told, mysql_read_query_result(connection) ? failed() : results());
    }
    if (strcmp(text(job, "server"), "mariadb") == 0) {
        MYSQL_STMT *statement = mysql_stmt_init(connection);
        const char *direct = "SELECT 5, 'direct'";
        int failed = mariadb_stmt_execute_direct(statement, direct, strlen(direct));
        json_array_append_new(told, failed ? failed_statement(statement) : statement_results(statement));
        mysql_stmt_close(statement);
    }
    return told;
}
#endif

static json_t *login(json_t *options)
{
    const char *name = json_object_get(options, "account") == NULL ? "main" : text(options, "account");
    json_t *login = json_copy(json_object_get(json_object_get(job, "accounts"), name));
    json_object_set(login, "database", json_object_get(job, "database"));
    json_object_update(login, options);
    return login;
}

static void set_options(MYSQL *mysql, json_t *login)
{
    unsigned int local = json_is_true(json_object_get(login, "localInfile"));
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, json_object_get(login, "charset") == NULL ? "utf8mb4" : text(login, "charset"));
    if (json_object_get(login, "initStatement") != NULL) mysql_options(mysql, MYSQL_INIT_COMMAND, text(login, "initStatement"));
    if (json_object_get(login, "timeoutReadMs") != NULL) {
        unsigned int seconds = (unsigned int)json_integer_value(json_object_get(login, "timeoutReadMs")) / 1000;
        mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
    }
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(login, "attributes"), key, value) mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, key, json_string_value(value));
#ifdef ORACLE
    unsigned int mode = json_is_true(json_object_get(job, "tls")) ? SSL_MODE_REQUIRED : SSL_MODE_DISABLED;
    bool wantsKey = true;
    mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
    mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &wantsKey);
    if (json_object_get(login, "compress") != NULL) mysql_options(mysql, MYSQL_OPT_COMPRESSION_ALGORITHMS, text(login, "compress"));
#else
    my_bool enforced = json_is_true(json_object_get(job, "tls")), verified = 0;
    if (enforced) mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforced);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
    if (strcmp(text(login, "compress"), "zlib") == 0) mysql_options(mysql, MYSQL_OPT_COMPRESS, NULL);
    if (strcmp(text(login, "compress"), "zstd") == 0) unsupported = "zstd";
#endif
}

static json_t *open_connection(json_t *options)
{
    json_t *given = login(options);
    unsigned long flags = CLIENT_MULTI_RESULTS;
    MYSQL *mysql = mysql_init(NULL);
    json_t *told = NULL;
    set_options(mysql, given);
    if (json_is_true(json_object_get(given, "multiStatements"))) flags |= CLIENT_MULTI_STATEMENTS;
    if (json_is_true(json_object_get(given, "foundRows"))) flags |= CLIENT_FOUND_ROWS;
    if (unsupported == NULL) {
        const char *database = text(given, "database");
        if (mysql_real_connect(mysql, text(job, "host"), text(given, "user"), text(given, "password"), *database == 0 ? NULL : database, (unsigned int)json_integer_value(json_object_get(given, "port")), NULL, flags)) {
            connection = mysql;
            mysql = NULL;
        } else {
            told = failure(mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
        }
    }
    if (mysql != NULL) mysql_close(mysql);
    json_decref(given);
    return told;
}

static void hang_up(void)
{
    if (connection != NULL) mysql_close(connection);
    connection = NULL;
}

static json_t *storm(json_t *step)
{
    json_t *told = json_array();
    MYSQL *first = connection;
    for (int i = (int)json_integer_value(json_object_get(step, "count")); i > 0; i--) {
        json_t *none = json_object();
        json_t *failure = open_connection(none);
        json_array_append_new(told, failure == NULL ? query(text(step, "sql")) : failure);
        if (connection != first) hang_up();
        connection = first;
        json_decref(none);
    }
    return told;
}

static json_t *change_user(json_t *step)
{
    json_t *given = login(step);
    const char *database = text(given, "database");
    int failed_to = mysql_change_user(connection, text(given, "user"), text(given, "password"), *database == 0 ? NULL : database);
    json_decref(given);
    return failed_to ? failed() : NULL;
}

static json_t *info(void)
{
    MY_CHARSET_INFO charset;
    char stat[512];
    const char *told = mysql_stat(connection);
    size_t end = 0;
    for (; told != NULL && *told != 0 && end < sizeof stat - 1; told++) if (strchr("0123456789.", *told) == NULL) stat[end++] = *told;
    stat[end] = 0;
    mysql_get_character_set_info(connection, &charset);
    return json_pack("{s:s,s:i,s:i,s:s,s:s,s:i,s:s}", "server", mysql_get_server_info(connection), "number", (int)mysql_get_server_version(connection), "protocol", (int)mysql_get_proto_info(connection), "charset",
                     mysql_character_set_name(connection), "collation", charset.name, "encrypted", mysql_get_ssl_cipher(connection) != NULL, "stat", stat);
}

static json_t *infile(json_t *step)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "LOAD DATA LOCAL INFILE '%s' INTO TABLE %s", text(json_object_get(job, "files"), text(step, "file")), text(step, "table"));
    return query(sql);
}

static json_t *outcome_of(int failed_to)
{
    return failed_to ? failed() : NULL;
}

static json_t *ask(json_t *step)
{
    char answer[256];
    tell(json_pack("{s:s,s:I}", "ask", text(step, "act"), "id", connection == NULL ? (json_int_t)0 : (json_int_t)mysql_thread_id(connection)));
    if (fgets(answer, sizeof answer, stdin) == NULL) exit(1);
    return NULL;
}

/* The outcome of a step; NULL for one that has nothing to tell. */
static json_t *take(json_t *step)
{
    const char *what = text(step, "do");
    if (strcmp(what, "connect") == 0) {
        hang_up();
        return open_connection(step);
    }
    if (strcmp(what, "close") == 0) {
        hang_up();
        return NULL;
    }
    if (strcmp(what, "ask") == 0) return ask(step);
    if (connection == NULL) return json_string("not connected");
    if (strcmp(what, "query") == 0) return padded_query(step);
    if (strcmp(what, "execute") == 0) return execute(text(step, "sql"), json_object_get(step, "rows"));
    if (strcmp(what, "batch") == 0) return batch(step);
    if (strcmp(what, "pipeline") == 0) return pipeline(step);
    if (strcmp(what, "cursor") == 0) return cursor(step);
    if (strcmp(what, "stream") == 0) return stream(step);
    if (strcmp(what, "call") == 0) return call(step);
    if (strcmp(what, "infile") == 0) return infile(step);
    if (strcmp(what, "changeUser") == 0) return change_user(step);
    if (strcmp(what, "useSchema") == 0) return outcome_of(mysql_select_db(connection, text(step, "database")));
    if (strcmp(what, "begin") == 0) return query("START TRANSACTION");
    if (strcmp(what, "commit") == 0) return outcome_of(mysql_commit(connection));
    if (strcmp(what, "rollback") == 0) return outcome_of(mysql_rollback(connection));
    if (strcmp(what, "autocommit") == 0) return outcome_of(mysql_autocommit(connection, json_is_true(json_object_get(step, "on"))));
    if (strcmp(what, "reset") == 0) return outcome_of(mysql_reset_connection(connection));
    if (strcmp(what, "ping") == 0) return outcome_of(mysql_ping(connection));
    if (strcmp(what, "info") == 0) return info();
    if (strcmp(what, "storm") == 0) return storm(step);
    unsupported = what;
    return NULL;
}

static void play(json_t *scenario)
{
    json_t *outcomes = json_array();
    json_t *first = json_object_get(scenario, "login") == NULL ? json_object() : json_deep_copy(json_object_get(scenario, "login"));
    json_t *step;
    size_t i;
    json_object_set_new(first, "do", json_string("connect"));
    json_array_insert_new(json_object_get(scenario, "steps"), 0, first);
    unsupported = NULL;
    json_array_foreach(json_object_get(scenario, "steps"), i, step)
    {
        json_t *outcome = take(step);
        if (unsupported != NULL) break;
        json_array_append_new(outcomes, outcome == NULL ? json_string("done") : outcome);
    }
    hang_up();
    if (unsupported != NULL) {
        tell(json_pack("{s:s,s:s}", "scenario", text(scenario, "name"), "unsupported", unsupported));
        json_decref(outcomes);
    } else {
        tell(json_pack("{s:s,s:o}", "scenario", text(scenario, "name"), "outcomes", outcomes));
    }
}

int main(void)
{
    json_error_t error;
    size_t length = 0, capacity = 1 << 20;
    char *line = malloc(capacity);
    int byte;
    json_t *scenario;
    size_t i;
    while ((byte = getchar()) != EOF && byte != '\n') {
        if (length + 1 == capacity) line = realloc(line, capacity *= 2);
        line[length++] = (char)byte;
    }
    job = json_loadb(line, length, JSON_ALLOW_NUL, &error);
    if (job == NULL) {
        fprintf(stderr, "the job: %s\n", error.text);
        return 1;
    }
    json_array_foreach(json_object_get(job, "scenarios"), i, scenario) play(scenario);
    return 0;
}
