/** A proxy with several workers, in front of fake servers that live in the test's own thread. */
import { join } from "node:path";
import type { ProxyConfig } from "../api/proxy-config.ts";
import type { Engine } from "../proxy/engine.ts";
import { newProxyMetrics, renderMetrics } from "../telemetry/metrics.ts";
import { workersEngine } from "../workers/engine.ts";
import type { FakeClient } from "./fake-client-answer.ts";
import { type RecordingLogger, recordingLogger } from "./log.ts";
import { REPOSITORY } from "./paths.ts";
import { type ProxyTestOptions, testConfig } from "./proxy-under-test.ts";
import type { Rig } from "./rig.ts";
import { freePort } from "./servers/port.ts";

export interface WorkersUnderTest {
  readonly engine: Engine;
  readonly port: number;
  readonly config: ProxyConfig;
  readonly log: RecordingLogger;
  scrape(): Promise<string>;
  /** The value of one metric line; 0 when there is none. */
  metric(line: string): Promise<number>;
  /** A client whose session is of that worker. */
  clientOf(worker: number): Promise<FakeClient>;
  /** The worker of a client's session. */
  workerOf(client: FakeClient): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a proxy of `workers` workers; its first listener has a free port. */
export async function workersUnderTest(
  rig: Rig,
  workers: number,
  options: ProxyTestOptions,
): Promise<WorkersUnderTest> {
  const log = recordingLogger();
  const metrics = newProxyMetrics();
  const engine = workersEngine(
    workers,
    join(REPOSITORY, "src/testkit/crashing-worker.ts"),
    { version: { version: "test", commit: "", bun: "" }, noColor: true, logFormat: "text", attributes: [] },
    { log, metrics },
  );
  const port = await freePort();
  const [first = {}, ...rest] = options.listeners ?? [{}];
  const config = testConfig({ ...options, listeners: [{ listen_addr: `127.0.0.1:${port}`, ...first }, ...rest] });
  await engine.apply({ ...config, admin: { ...config.admin, log_level: "ERROR" } });
  const scrape = () => renderMetrics(metrics);
  const workerOf = async ({ stream }: FakeClient) => {
    const address = `127.0.0.1:${stream.socket.localPort}`;
    const { sessions } = await engine.sessions();
    const session = sessions.find(({ client }) => client === address);
    return session !== undefined && "worker" in session ? Number(session.worker) : -1;
  };
  return {
    ...{ engine, port, config, log, scrape, workerOf },
    async metric(line) {
      const found = (await scrape()).split("\n").find((each) => each.startsWith(`${line} `));
      return Number(found?.slice(line.length + 1) ?? 0);
    },
    async clientOf(worker) {
      // Where a connection goes is the kernel's choice: each try has one chance in `workers`.
      for (let tries = 0; tries < 200; tries++) {
        const client = await rig.client({ port });
        if ((await workerOf(client)) === worker) return client;
        client.stream.socket.destroy();
      }
      throw new Error(`no client came to worker ${worker}`);
    },
    stop: () => engine.stop(0),
  };
}
