/** Asking a database from outside of its pool whether it is there. The one door to mysql2. */
import { connect } from "node:net";
import type { ConnectionOptions, Connection as ProbeConnection, QueryError } from "mysql2";
import type { BackendTlsConfig } from "../api/proxy-config.ts";
import type { Clock } from "../lib/clock.ts";
import { reveal, type Secret } from "../lib/secret.ts";
import { CLIENT_SSL } from "../mysql/capabilities.ts";
import { ed25519Sign } from "../mysql/ed25519.ts";
import { ER_SERVER_SHUTDOWN } from "../mysql/errors.ts";
import { readPem } from "../net/pem.ts";
import { writeProxyHeader } from "../net/proxy-protocol.ts";
import type { Endpoint } from "./endpoint.ts";

/** Who asks. */
export interface ProbeLogin {
  readonly user: string;
  readonly password: Secret;
}

/** Connects, pings and leaves within `timeoutMs`; resolves to null when the server answered, else to why not. Never rejects. */
export type Probe = (endpoint: Endpoint, login: ProbeLogin, timeoutMs: number) => Promise<string | null>;

/** Probes by mysql2, which is loaded by the first of them: a proxy whose databases are always heard never needs it. */
export function newProbe(clock: Clock): Probe {
  return async (endpoint, login, timeoutMs) => {
    let connection: ProbeConnection | null = null;
    let cancel = () => {};
    try {
      const { createConnection } = await import("mysql2");
      const options = optionsOf(endpoint, login, timeoutMs);
      const opened = createConnection(options);
      connection = opened;
      return await new Promise<string | null>((resolve) => {
        cancel = clock.after(timeoutMs, () => resolve(`no answer within ${timeoutMs} ms`));
        opened.on("error", (error) => resolve(judge(error)));
        opened.ping((error) => resolve(error === null || error === undefined ? null : judge(error)));
      });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      cancel();
      if (connection !== null) leave(connection);
    }
  };
}

/** The server hears COM_QUIT where it listens; nobody waits for that. */
function leave(connection: ProbeConnection): void {
  connection.on("error", () => {});
  connection.end(() => connection.destroy());
}

/** A server that answers with an error is there, whatever it has against the account: the pool will hear it, too. */
function judge(error: QueryError): string | null {
  return "sqlMessage" in error && error.errno !== ER_SERVER_SHUTDOWN ? null : error.message;
}

function optionsOf(endpoint: Endpoint, { user, password }: ProbeLogin, timeoutMs: number): ConnectionOptions {
  const { host, port, proxyProtocol } = endpoint;
  const options: ConnectionOptions = { host, port, user, password: reveal(password), connectTimeout: timeoutMs };
  options.authPlugins = {
    client_ed25519: () => (scramble: Buffer) =>
      Buffer.from(ed25519Sign(Buffer.from(reveal(password)), scramble.subarray(0, 32))),
  };
  const ssl = sslOf(endpoint);
  if (ssl !== null) options.ssl = ssl;
  if (proxyProtocol !== null) {
    options.stream = () => {
      const socket = connect(port, host);
      socket.write(writeProxyHeader(proxyProtocol, null));
      return socket;
    };
  }
  return options;
}

function sslOf({ tls, profile }: Endpoint): Exclude<ConnectionOptions["ssl"], string | undefined> | null {
  const { mode } = tls;
  if (mode === "disabled") return null;
  if (mode === "preferred" && ((profile?.capabilities ?? 0) & CLIENT_SSL) === 0) return null;
  const mustVerify = mode === "verify-ca" || mode === "verify-identity";
  return { rejectUnauthorized: mustVerify, verifyIdentity: mode === "verify-identity", ...ownOf(tls) };
}

function ownOf({ ca, cert, key }: BackendTlsConfig): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca === undefined ? {} : { ca: readPem(ca) }),
    ...(cert === undefined ? {} : { cert: readPem(cert) }),
    ...(key === undefined ? {} : { key: readPem(reveal(key)) }),
  };
}
