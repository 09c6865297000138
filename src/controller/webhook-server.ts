/** The server that the API server asks before it stores objects: a route for each webhook, an answer for every review. */
import type { Clock } from "../lib/clock.ts";
import type { KeyPair } from "../lib/x509.ts";
import type { Logger } from "../telemetry/log.ts";
import { answerReview, type OnFailure, type Review, type ReviewOutcome } from "./admission-review.ts";
import { type HttpsServer, startHttpsServer } from "./https-server.ts";

/** A review of a change has the object twice, and etcd takes none of more than 1.5 MB. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** One path, and who decides there. */
export interface WebhookRoute {
  readonly name: string;
  readonly review: Review;
  readonly onFailure: OnFailure;
}

export interface WebhookServerOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  certificate: KeyPair;
  /** By path. */
  routes: Readonly<Record<string, WebhookRoute>>;
  clock: Clock;
  log: Logger;
  /** Told of every review. */
  onReview(route: string, outcome: ReviewOutcome, durationMs: number): void;
}

/** Listens until `stop`. @throws Error that names the address and what to do when it cannot listen there. */
export function startWebhookServer(options: WebhookServerOptions): HttpsServer {
  const { host, port, certificate, clock, log } = options;
  const answer = (request: Request) => answerRequest(options, request);
  return startHttpsServer({
    name: "webhook",
    host,
    port,
    certificate,
    bodyBytesMax: BODY_BYTES_MAX,
    clock,
    log,
    answer,
  });
}

async function answerRequest(options: WebhookServerOptions, request: Request): Promise<Response> {
  const startedMs = options.clock.monotonicMs();
  const { pathname } = new URL(request.url);
  const route = Object.hasOwn(options.routes, pathname) ? options.routes[pathname] : undefined;
  if (route === undefined) return text(404, `no such webhook: ${pathname}`);
  if (request.method !== "POST") return text(405, "an AdmissionReview is posted");
  const { outcome, body, error } = answerReview(await request.text(), route.review, route.onFailure);
  options.onReview(route.name, outcome, options.clock.monotonicMs() - startedMs);
  if (error !== null) options.log.error("review failed", { webhook: route.name, error });
  if (body === null) return text(400, "this is no AdmissionReview of admission.k8s.io/v1");
  return new Response(body, { headers: { "Content-Type": "application/json" } });
}

function text(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
