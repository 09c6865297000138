/** A controller that answers what the test tells it to, and remembers what it was asked. */

export interface AskedOf {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export type ControllerAnswer = (asked: AskedOf) => Response | Promise<Response>;

export interface ScriptedController {
  readonly port: number;
  /** Every request so far but acknowledgements, oldest first. */
  readonly asked: AskedOf[];
  /** Bodies of acknowledgements, oldest first. */
  readonly acks: Array<Record<string, unknown>>;
  /** What it answers from now on. */
  answer: ControllerAnswer;
  /** What it answers to acknowledgements. */
  ackStatus: number;
  stop(): Promise<void>;
}

/** Listens on a free port of loopback, over TLS when it is given a certificate. */
export function scriptedController(answer: ControllerAnswer, tls?: { cert: string; key: string }): ScriptedController {
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, development: false, idleTimeout: 0 },
    ...(tls === undefined ? {} : { tls }),
    async fetch(request: Request) {
      const url = new URL(request.url);
      const asked = {
        ...{ method: request.method, path: url.pathname + url.search, headers: request.headers },
        body: await request.text(),
      };
      if (url.pathname.endsWith("/ack")) {
        controller.acks.push(JSON.parse(asked.body) as Record<string, unknown>);
        return new Response(null, { status: controller.ackStatus });
      }
      controller.asked.push(asked);
      return controller.answer(asked);
    },
  });
  const controller: ScriptedController = {
    ...{ port: server.port ?? 0, asked: [], acks: [], answer, ackStatus: 204 },
    stop: () => server.stop(true),
  };
  return controller;
}

/** A stream in the hand of the test. */
export interface ScriptedStream {
  readonly response: Response;
  /** Writes a line: an object as JSON, or text as it is. */
  line(said: object | string): void;
  /** Writes text without the end of a line. */
  write(text: string): void;
  /** Ends in order. */
  end(): void;
}

/** A stream that has begun with `first`. */
export function scriptedStream(...first: readonly object[]): ScriptedStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened;
    },
  });
  const stream: ScriptedStream = {
    response: new Response(body, { headers: { "Content-Type": "application/x-ndjson" } }),
    line: (said) => stream.write(`${typeof said === "string" ? said : JSON.stringify(said)}\n`),
    write: (text) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
  };
  for (const said of first) stream.line(said);
  return stream;
}
