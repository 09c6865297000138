/**
 * An HTTPS server whose certificate can be replaced without losing a connection. This runtime fixes the certificate when a server
 * starts, so each certificate has a server of its own on a loopback port, and the public port forwards every new connection to the
 * newest. A retired one asks its clients to connect anew with each answer, and is closed when they have had time to.
 */
import type { Clock } from "../lib/clock.ts";
import { reveal } from "../lib/secret.ts";
import type { KeyPair } from "../lib/x509.ts";
import { startForwarder } from "../net/forward.ts";
import type { Logger } from "../telemetry/log.ts";

/** Longer than API servers keep an idle connection (90 s), so that it is never us who closes it while a request is on its way. */
const IDLE_SECONDS = 120;
/** As long as a retired server goes on: by then every connection has been used once more, or was idle for too long. */
const RETIRE_MS = 125_000;
/** How long requests that are under way may take when the server stops. An API server waits for 30 s at most. */
const TIMEOUT_STOP_MS = 30_000;

/** What a request is told of the server that it reached. */
export interface Reached {
  /** Aborted when this server is to be left: what lasts should end, so that the client connects anew. */
  readonly retired: AbortSignal;
  /** The request may last for as long as it wants. */
  keepOpen(request: Request): void;
}

export interface HttpsServerOptions {
  /** In messages, and the flag that chooses the port: `webhook`. */
  name: string;
  host: string;
  /** 0 takes a free port. */
  port: number;
  certificate: KeyPair;
  bodyBytesMax: number;
  clock: Clock;
  log: Logger;
  answer(request: Request, reached: Reached): Response | Promise<Response>;
}

export interface HttpsServer {
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Serves `certificate` to whoever connects from now on. */
  rotate(certificate: KeyPair): void;
  /** Asks clients to connect elsewhere, with every answer; for the time between the end of readiness and `stop`. */
  drain(): void;
  /** Takes no more connections, and waits for what is under way. May be called more than once. */
  stop(): Promise<void>;
}

/** The server of one certificate. */
interface Generation {
  readonly server: Bun.Server<undefined>;
  readonly retired: AbortController;
  cancelClose: () => void;
}

/** Listens until `stop`. @throws Error that names the address and what to do when it cannot listen there. */
export function startHttpsServer(options: HttpsServerOptions): HttpsServer {
  const { clock, log, name } = options;
  const generations = new Set<Generation>();
  let current = serveGeneration(options, options.certificate);
  generations.add(current);
  const forwarder = listen(options, () => ({ host: "127.0.0.1", port: current.server.port ?? 0 }));
  let stopped: Promise<void> | null = null;

  const close = async (generation: Generation) => {
    generation.cancelClose();
    generations.delete(generation);
    await generation.server.stop(false);
  };
  const rotate = (certificate: KeyPair) => {
    if (stopped !== null) return;
    const old = current;
    const next = serveGeneration(options, certificate);
    if (old.retired.signal.aborted) next.retired.abort();
    generations.add(next);
    current = next;
    old.retired.abort();
    old.cancelClose = clock.after(RETIRE_MS, () => {
      close(old).catch((error) => log.warn(`a retired ${name} server did not close`, { error }));
    });
    log.info(`${name} certificate replaced`, { port: forwarder.port });
  };
  const drain = () => {
    for (const { retired } of generations) retired.abort();
  };
  const stop = async () => {
    drain();
    forwarder.stop();
    const closing = Promise.all([...generations].map(close));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(TIMEOUT_STOP_MS, () => {
      log.warn(`${name} requests were still under way when the server stopped`);
      resolve();
    });
    await Promise.race([closing, late]);
    cancel();
    forwarder.cut();
  };
  return {
    port: forwarder.port,
    connections: forwarder.open,
    rotate,
    drain,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function serveGeneration(options: HttpsServerOptions, certificate: KeyPair): Generation {
  const retired = new AbortController();
  const server: Bun.Server<undefined> = Bun.serve({
    // Reached through the public port only, with TLS from end to end.
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    development: false,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: options.bodyBytesMax,
    tls: { cert: certificate.cert, key: reveal(certificate.key) },
    async fetch(request) {
      const keepOpen = (kept: Request) => server.timeout(kept, 0);
      const response = await options.answer(request, { retired: retired.signal, keepOpen });
      if (retired.signal.aborted) response.headers.set("Connection", "close");
      return response;
    },
    error(error) {
      options.log.error(`${options.name} request failed`, { error });
      return new Response("internal error, see the log of the controller\n", { status: 500 });
    },
  });
  return { server, retired, cancelClose: () => {} };
}

function listen({ name, host, port }: HttpsServerOptions, target: () => { host: string; port: number }) {
  try {
    return startForwarder({ host, port }, target);
  } catch (error) {
    const remedy = `free the port, or choose another with --${name}-port`;
    throw new Error(`${name}: cannot listen on ${host}:${port}: ${remedy}`, { cause: error });
  }
}
