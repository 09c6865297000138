/** The end of the run: who is still there, as the proxy, the server and the network between them see it. */
import type { RowDataPacket } from "mysql2/promise";
import { waitUntil } from "../servers/process.ts";
import type { Leg } from "./leg.ts";
import type { ChaosServer } from "./server.ts";

const SETTLE_MS = 20_000;

export interface Parties {
  readonly adminUrl: string;
  readonly server: ChaosServer;
  readonly legs: { readonly clients: Leg; readonly backends: Leg };
}

interface Look {
  readonly clients: number;
  readonly clientsOnNetwork: number;
  readonly waiting: number;
  readonly idle: number;
  /** Connections of the pool in any other state. */
  readonly other: number;
  readonly onServer: number;
  readonly onNetwork: number;
}

/** Waits until everybody agrees that all clients have left and every connection is pooled. Returns what is not so. */
export async function checkAccounts(parties: Parties): Promise<string[]> {
  let last: Look | undefined;
  const isSettled = await waitUntil(async () => {
    last = await look(parties);
    return isGood(last);
  }, SETTLE_MS);
  if (isSettled) return [];
  const sessions = await (await fetch(`${parties.adminUrl}/sessions`)).text();
  return [`connections are not accounted for: ${JSON.stringify(last)}; sessions: ${sessions}`];
}

function isGood({ clients, waiting, idle, other, onServer, onNetwork }: Look): boolean {
  return clients === 0 && waiting === 0 && other === 0 && onServer === idle && onNetwork === idle;
}

async function look({ adminUrl, server, legs }: Parties): Promise<Look> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const idle = sum(text, "pisanix_pool_connections", 'state="idle"');
  return {
    clients: sum(text, "pisanix_client_connections_open"),
    clientsOnNetwork: legs.clients.pairs.size,
    waiting: sum(text, "pisanix_pool_waiting"),
    idle,
    other: sum(text, "pisanix_pool_connections") - idle,
    onServer: await connectionsOf(server),
    onNetwork: legs.backends.pairs.size,
  };
}

/** The sum of a metric over its labels, those with `label` if one is given. */
export function sum(metrics: string, name: string, label = ""): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines
    .filter((line) => line.includes(label))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** Connections that the server has from the proxy. */
export async function connectionsOf(server: ChaosServer): Promise<number> {
  const root = await server.connect();
  try {
    const [rows] = await root.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE USER = '${server.account.user}'`,
    );
    return Number(rows[0]?.["count"]);
  } finally {
    await root.end();
  }
}
