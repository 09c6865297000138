/** Others act while the driver waits: locks, kills, timeouts. */
import type { Scenario } from "../scenario.ts";

export const OTHERS: readonly Scenario[] = [
  {
    name: "a lock that is not given up",
    setup: ["CREATE TABLE d_lock (id int PRIMARY KEY, v int)", "INSERT INTO d_lock VALUES (1, 0), (2, 0)"],
    steps: [
      { do: "ask", act: "hold d_lock" },
      { do: "query", sql: "SET innodb_lock_wait_timeout = 1" },
      { do: "begin" },
      { do: "query", sql: "UPDATE d_lock SET v = 1 WHERE id = 1", expect: { error: 1205 } },
      { do: "query", sql: "UPDATE d_lock SET v = 1 WHERE id = 2" },
      { do: "commit" },
      { do: "ask", act: "give d_lock up" },
      { do: "query", sql: "SELECT * FROM d_lock ORDER BY id" },
    ],
  },
  {
    name: "deadlock",
    setup: [
      "CREATE TABLE d_dead (id int PRIMARY KEY, v int)",
      "INSERT INTO d_dead VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)",
    ],
    steps: [
      { do: "ask", act: "hold d_dead" },
      { do: "begin" },
      { do: "query", sql: "UPDATE d_dead SET v = 1 WHERE id = 1" },
      { do: "ask", act: "want d_dead's first row" },
      { do: "query", sql: "UPDATE d_dead SET v = 1 WHERE id = 2", expect: { error: 1213 } },
      { do: "ask", act: "give d_dead up" },
      { do: "query", sql: "SELECT * FROM d_dead ORDER BY id" },
      { do: "query", sql: "SELECT @@autocommit" },
    ],
  },
  {
    name: "KILL QUERY",
    steps: [
      { do: "ask", act: "kill the query that sleeps" },
      { do: "query", sql: "SELECT /* drivers sleep */ SLEEP(12)", expect: { error: "maybe" } },
      { do: "ask", act: "kill the query that counts" },
      {
        do: "query",
        sql: "SELECT /* drivers count */ COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, information_schema.COLUMNS c",
        expect: { error: 1317 },
      },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "Ctrl-C",
    steps: [
      { do: "query", sql: "SELECT 'interrupt me'" },
      { do: "interrupt", sql: "SELECT /* drivers endless */ SLEEP(12)", expect: { error: "maybe" } },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "KILL CONNECTION, while it waits",
    steps: [
      { do: "ask", act: "kill the connection that sleeps" },
      { do: "query", sql: "SELECT /* drivers sleep */ SLEEP(12)", expect: { error: "any" } },
      { do: "query", sql: "SELECT 1", expect: { error: "any" } },
      { do: "connect" },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "KILL CONNECTION, while it is idle",
    steps: [
      { do: "query", sql: "SET @u = 'pinned'" },
      { do: "ask", act: "kill the connection" },
      { do: "query", sql: "SELECT 1", expect: { error: "any" } },
      { do: "connect" },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "KILL of oneself",
    steps: [
      { do: "query", sql: "KILL QUERY CONNECTION_ID()", expect: { error: 1317 } },
      { do: "query", sql: "SELECT 'after'" },
      { do: "query", sql: "KILL CONNECTION_ID()", expect: { error: "any" } },
      { do: "query", sql: "SELECT 1", expect: { error: "any" } },
    ],
  },
  {
    name: "KILL of nobody",
    steps: [
      { do: "query", sql: "KILL 4294967290", expect: { error: 1094 } },
      { do: "query", sql: "KILL QUERY 4294967290", expect: { error: 1094 } },
    ],
  },
  {
    name: "a statement that takes too long for the server",
    servers: ["mysql"],
    steps: [
      {
        do: "query",
        sql: "SELECT /*+ MAX_EXECUTION_TIME(100) */ COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, information_schema.COLUMNS c",
        expect: { error: 3024 },
      },
      { do: "ping" },
    ],
  },
  {
    name: "a statement that takes too long for the server, MariaDB",
    servers: ["mariadb"],
    steps: [
      { do: "query", sql: "SET STATEMENT max_statement_time = 0.1 FOR SELECT SLEEP(12)", expect: { error: "any" } },
      { do: "ping" },
    ],
  },
  {
    name: "a server that hangs up after a while",
    steps: [
      { do: "query", sql: "SET wait_timeout = 1" },
      { do: "ask", act: "wait until the server has hung up" },
      { do: "query", sql: "SELECT 1", expect: { error: "any" } },
      { do: "connect" },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "an answer that takes too long for the client",
    login: { timeoutReadMs: 1000 },
    steps: [
      { do: "query", sql: "SELECT SLEEP(4)", expect: { error: "any" } },
      { do: "connect" },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
];
