/** `pisanix proxy --explain-pins [SESSION]`: asks a proxy that runs why sessions keep their connections. */
import { ADMIN_DEFAULT, type AdminConfig } from "../src/api/proxy-config.ts";
import { formatAddress } from "../src/lib/address.ts";
import { textOfPins, textOfSession } from "../src/proxy/pin-text.ts";
import type { SessionAdvice, SessionList } from "../src/proxy/session-report.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { print, printError, shouldColour } from "./terminal.ts";

const TIMEOUT_MS = 5_000;

/** Prints all pins, or those of one session. Returns the exit code. */
export async function explainPins(sessions: readonly string[], admin: Partial<AdminConfig>): Promise<number> {
  const [session, more] = sessions;
  if (more !== undefined) throw new UsageError("more than one session is named", "name one, or none for all");
  if (session !== undefined && !/^\d{1,10}$/.test(session)) {
    throw new UsageError(
      `"${session}" is no session`,
      "write the number that its client has (mysql_thread_id()), or that of its connection (SHOW PROCESSLIST)",
    );
  }
  const url = `http://${addressOf(admin)}`;
  const asked = await ask(`${url}/sessions${session === undefined ? "" : `/${session}`}`);
  const options = {
    isColoured: shouldColour(process.stdout),
    width: process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY,
  };
  switch (asked.kind) {
    case "silent":
      await printError(`pisanix proxy: no proxy answers at ${url}: ${asked.reason}\n    ${WHERE}\n`);
      return EXIT_FINDINGS;
    case "refused":
      await printError(`pisanix proxy: ${url}: ${asked.text}\n`);
      return EXIT_FINDINGS;
    case "answer":
      if (session === undefined && isList(asked.value)) await print(textOfPins(asked.value, options));
      else if (session !== undefined && Array.isArray(asked.value))
        await print((asked.value as SessionAdvice[]).map((each) => textOfSession(each, options)).join("\n"));
      else return foreign(url);
      return EXIT_OK;
  }
}

const WHERE = "start it, or say where its admin server listens with --admin-host and --admin-port";

type Asked =
  | { kind: "answer"; value: unknown }
  | { kind: "refused"; text: string }
  | { kind: "silent"; reason: string };

async function ask(url: string): Promise<Asked> {
  // An admin server is on this machine or in this cluster: no proxy for the web stands between.
  process.env["NO_PROXY"] = "*";
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    if (response.ok && isJson) return { kind: "answer", value: JSON.parse(text) };
    const isOurs = response.status === 404 && text.startsWith("no session ");
    return { kind: "refused", text: isOurs ? text.trim() : `${NOT_A_PROXY} (HTTP ${response.status})` };
  } catch (error) {
    return { kind: "silent", reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS} ms`;
  return "code" in error && error.code === "ECONNREFUSED" ? "connection refused" : error.message;
}

const NOT_A_PROXY = "what answers there is no admin server of a proxy that knows its sessions";

async function foreign(url: string): Promise<number> {
  await printError(`pisanix proxy: ${url}: ${NOT_A_PROXY}\n    ${WHERE}\n`);
  return EXIT_FINDINGS;
}

function isList(value: unknown): value is SessionList {
  return typeof value === "object" && value !== null && "sessions" in value && Array.isArray(value.sessions);
}

/** Where a server that listens on every address of a machine is found from that machine. */
function addressOf({ host = ADMIN_DEFAULT.host, port = ADMIN_DEFAULT.port }: Partial<AdminConfig>): string {
  const found = host === "0.0.0.0" || host === "" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return formatAddress({ host: found, port });
}
