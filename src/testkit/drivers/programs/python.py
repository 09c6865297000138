"""PyMySQL and mysqlclient (MySQLdb). Neither has statements prepared by the server: parameters go into the text."""
import datetime
import hashlib
import importlib
import json
import sys

job = json.loads(sys.stdin.readline())
driver = importlib.import_module(job["module"])
cursors = importlib.import_module(job["module"] + ".cursors")
IS_PYMYSQL = job["module"] == "pymysql"
CLIENT_FOUND_ROWS, CLIENT_MULTI_STATEMENTS, MYSQL_OPTION_MULTI_STATEMENTS_OFF = 2, 65536, 1


class Unsupported(Exception):
    pass


def tell(line):
    print(json.dumps(line), flush=True)


def short(text):
    return text if len(text) <= 300 else "%d long, md5 %s" % (len(text), hashlib.md5(text.encode("utf8", "replace")).hexdigest())


def show(value):
    return "%s %s" % (type(value).__name__, short(repr(value)))


def show_rows(rows):
    shown = [[show(value) for value in row] for row in rows]
    text = json.dumps(shown)
    return shown if len(text) <= 3000 else "%d rows, md5 %s" % (len(rows), hashlib.md5(text.encode()).hexdigest())


def decode(value):
    if not isinstance(value, dict):
        return value
    if "bytes" in value:
        return bytes.fromhex(value["bytes"])
    return int(value["big"]) if "big" in value else value["repeat"] * value["times"]


def login(options):
    account = job["accounts"][options.get("account", "main")]
    return {**account, "host": job["host"], "database": job["database"], **options}


def connect(options):
    given = login(options)
    flags = CLIENT_FOUND_ROWS if given.get("foundRows") else 0
    if given.get("multiStatements"):
        flags |= CLIENT_MULTI_STATEMENTS
    settings = dict(host=given["host"], port=given["port"], user=given["user"], password=given["password"], database=given["database"])
    settings.update(charset=given.get("charset", "utf8mb4"), client_flag=flags, local_infile=bool(given.get("localInfile")))
    if "initStatement" in given:
        settings["init_command"] = given["initStatement"]
    if "timeoutReadMs" in given:
        settings["read_timeout"] = given["timeoutReadMs"] // 1000
    if given.get("compress") == "zstd" or (given.get("compress") and IS_PYMYSQL):
        raise Unsupported("compression")
    if given.get("attributes"):
        raise Unsupported("connection attributes")
    if IS_PYMYSQL:
        settings["max_allowed_packet"] = 1 << 28
        if job["tls"]:
            settings["ssl"] = {"check_hostname": False, "verify_mode": "none"}
        # Its switch of multi statements is the flag alone; without it the server refuses them.
        return driver.connect(**settings)
    if job["tls"]:
        settings["ssl"] = {"cipher": "DEFAULT"}
    if given.get("compress"):
        settings["compress"] = 1
    # It always asks for several statements at once; COM_SET_OPTION takes them back.
    connection = driver.connect(**settings)
    if not given.get("multiStatements"):
        connection.set_server_option(MYSQL_OPTION_MULTI_STATEMENTS_OFF)
    return connection


def result(cursor, take=None):
    if cursor.description is None:
        return {"rowcount": cursor.rowcount, "lastrowid": cursor.lastrowid, **told_by(cursor)}
    rows = cursor.fetchall() if take is None else cursor.fetchmany(take)
    return {"columns": [list(map(str, column)) for column in cursor.description], "rows": show_rows(rows), "rowcount": cursor.rowcount, **told_by(cursor)}


def told_by(cursor):
    connection = cursor.connection
    if IS_PYMYSQL:
        ok = connection._result
        return {} if ok is None else {"warnings": ok.warning_count, "status": ok.server_status, "message": str(ok.message)}
    return {"info": str(connection.info()), "warnings": connection.warning_count(), "insert id": connection.insert_id()}


def results(cursor):
    told = [result(cursor)]
    while cursor.nextset():
        told.append(result(cursor))
    return told


def query(connection, sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return results(cursor)


def step_query(connection, step):
    return query(connection, step["sql"])


def step_execute(connection, step):
    sql = step["sql"].replace("%", "%%").replace("?", "%s")
    return [query(connection, sql, row) for row in step["rows"]]


def step_batch(connection, step):
    with connection.cursor() as cursor:
        count = cursor.executemany(step["sql"].replace("?", "%s"), step["rows"])
        return {"count": count, **result(cursor)}


def step_stream(connection, step):
    with connection.cursor(cursors.SSCursor) as cursor:
        cursor.execute(step["sql"])
        rows = []
        for _ in range(step["take"]):
            row = cursor.fetchone()
            if row is None:
                break
            rows.append(row)
        return show_rows(rows)


def step_call(connection, step):
    with connection.cursor() as cursor:
        cursor.callproc(step["procedure"], step["values"])
        told = results(cursor)
    outs = ", ".join("@_%s_%d" % (step["procedure"], i) for i in range(len(step["values"])))
    return told + (query(connection, "SELECT " + outs) if step["outs"] else [])


def step_infile(connection, step):
    return query(connection, "LOAD DATA LOCAL INFILE '%s' INTO TABLE %s" % (job["files"][step["file"]], step["table"]))


def step_change_user(connection, step):
    given = login({"account": step["account"]})
    if IS_PYMYSQL:
        raise Unsupported("change user")
    connection.change_user(given["user"], step.get("password", given["password"]), step.get("database", job["database"]))


def step_reset(connection, step):
    raise Unsupported("reset")


def step_autocommit(connection, step):
    connection.autocommit(step["on"])
    return connection.get_autocommit()


def step_info(connection, step):
    told = {"version": connection.get_server_info(), "protocol": connection.get_proto_info(), "charset": connection.character_set_name()}
    if not IS_PYMYSQL:
        told["stat"] = " ".join(word for word in connection.stat().split() if not any(c.isdigit() for c in word))
    return told


def step_storm(_, step):
    told = []
    for _ in range(step["count"]):
        connection = connect({})
        told.append(query(connection, step["sql"]))
        connection.close()
    return told


STEPS = {
    "query": step_query,
    "execute": step_execute,
    "batch": step_batch,
    "stream": step_stream,
    "call": step_call,
    "infile": step_infile,
    "changeUser": step_change_user,
    "useSchema": lambda connection, step: connection.select_db(step["database"]),
    "begin": lambda connection, step: connection.begin(),
    "commit": lambda connection, step: connection.commit(),
    "rollback": lambda connection, step: connection.rollback(),
    "ping": lambda connection, step: connection.ping(False) if IS_PYMYSQL else connection.ping(),
    "autocommit": step_autocommit,
    "reset": step_reset,
    "info": step_info,
    "storm": step_storm,
}


def describe(error):
    errno = error.args[0] if error.args and isinstance(error.args[0], int) else None
    return {"errno": errno, "type": type(error).__name__, "arguments": [short(str(argument)) for argument in error.args]}


def take(state, step):
    if step["do"] == "connect":
        close(state)
        state["connection"] = connect({key: value for key, value in step.items() if key not in ("do", "expect")})
        return "connected"
    if step["do"] == "close":
        return close(state)
    if step["do"] == "ask":
        connection = state.get("connection")
        tell({"ask": step["act"], "id": connection.thread_id() if connection else 0})
        sys.stdin.readline()
        return "done"
    if step["do"] not in STEPS:
        raise Unsupported(step["do"])
    step = dict(step)
    if "pad" in step:
        step["sql"] = step["sql"].replace("{pad}", "a" * step["pad"])
    step["rows"] = [[decode(value) for value in row] for row in step.get("rows", [])]
    step["values"] = [decode(value) for value in step.get("values", [])]
    return STEPS[step["do"]](state["connection"], step)


def close(state):
    connection = state.pop("connection", None)
    if connection is not None:
        connection.close()


def attempt(state, step):
    try:
        told = take(state, step)
        return "done" if told is None else told
    except Unsupported:
        raise
    except Exception as error:
        return {"error": describe(error)}


for scenario in job["scenarios"]:
    state = {}
    try:
        steps = [{"do": "connect", **scenario.get("login", {})}] + scenario["steps"]
        told = {"scenario": scenario["name"], "outcomes": [attempt(state, step) for step in steps]}
    except Unsupported as reason:
        told = {"scenario": scenario["name"], "unsupported": str(reason)}
    try:
        close(state)
    except driver.Error:
        pass  # The scenario was about a connection that is lost.
    tell(told)
