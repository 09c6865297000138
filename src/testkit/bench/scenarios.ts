/** What is measured: kinds of load, what their unit is, and how much each may cost beside others. */
import type { SysbenchRun } from "../sysbench-run.ts";
import type { ScriptName } from "./scripts.ts";

export interface Scenario {
  name: string;
  /** What CPU time is divided by. */
  unit: "query" | "MB" | "connection";
  run: Pick<SysbenchRun, "threads"> & Partial<SysbenchRun>;
  /** A load of our own instead of a script of sysbench. */
  script?: ScriptName;
  /** CPU time a unit at most, as part of another's in the same run. */
  goals: { haproxy?: number; router?: number };
  /** One of those of `--quick`. */
  isQuick?: boolean;
}

/** Rows of the table; about 200 bytes each. */
export const TABLE_ROWS = 100_000;

const POINT = { haproxy: 1.25, router: 0.65 };

export const SCENARIOS: readonly Scenario[] = [
  { name: "point select, 1 client", unit: "query", run: { threads: 1 }, goals: {} },
  { name: "point select, 16 clients", unit: "query", run: { threads: 16 }, goals: POINT, isQuick: true },
  { name: "point select, 64 clients", unit: "query", run: { threads: 64 }, goals: POINT },
  {
    name: "prepared point select, 16 clients",
    unit: "query",
    run: { threads: 16, preparedStatements: "auto" },
    goals: POINT,
    isQuick: true,
  },
  {
    name: "prepared point select, 64 clients",
    unit: "query",
    run: { threads: 64, preparedStatements: "auto" },
    goals: POINT,
  },
  {
    name: "read only, 16 clients",
    unit: "query",
    run: { threads: 16, script: "oltp_read_only" },
    goals: { haproxy: 1.3 },
  },
  { name: "read and write, 16 clients", unit: "query", run: { threads: 16, script: "oltp_read_write" }, goals: {} },
  { name: "results of 20 MB, 4 clients", unit: "MB", run: { threads: 4 }, script: "scan", goals: { haproxy: 1.5 } },
  {
    name: "connect, query, quit, 16 clients",
    unit: "connection",
    run: { threads: 16 },
    script: "reconnect",
    goals: {},
  },
  {
    name: "point select over TLS, 16 clients",
    unit: "query",
    run: { threads: 16, isTls: true },
    goals: { router: 0.75 },
  },
];

/** Rules that no statement of the bench matches, as teams write them: each is asked about every new statement. */
export const RULES: readonly string[] = [
  "(?i)^\\s*delete\\s+from\\s+\\w+\\s*;?\\s*$",
  "(?i)^\\s*drop\\s",
  "(?i)^\\s*truncate\\s",
  "(?i)^\\s*update\\s+\\w+\\s+set\\s+\\w+\\s*=\\s*\\w+\\s*$",
  "(?i)^\\s*grant\\s",
  "(?i)^\\s*revoke\\s",
  "(?i)\\binto\\s+outfile\\b",
  "(?i)\\bload_file\\s*\\(",
  "(?i)\\bload\\s+data\\b",
  "(?i)\\bsleep\\s*\\(",
  "(?i)\\bbenchmark\\s*\\(",
  "(?i)\\bunion\\s+(all\\s+)?select\\b",
  "(?i)\\bor\\s+1\\s*=\\s*1\\b",
  "(?i)information_schema\\.",
  "(?i)mysql\\.user",
  "(?i)\\bset\\s+global\\b",
  "(?i)^\\s*alter\\s",
  "(?i)^\\s*create\\s+user\\b",
  "(?i)\\bfor\\s+update\\s+nowait\\b",
  "(?i)\\border\\s+by\\s+rand\\s*\\(",
];
