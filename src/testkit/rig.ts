/** What a test of the data path needs, put together in one line and taken apart when the test is over. */

import { openFakeClient } from "./fake-client.ts";
import type { FakeClient } from "./fake-client-answer.ts";
import type { FakeClientOptions } from "./fake-client-login.ts";
import { startFakeServer } from "./fake-server.ts";
import type { FakeServer, FakeServerOptions } from "./fake-server-types.ts";
import { closeStream } from "./packet-stream.ts";
import { type ProxyTestOptions, type ProxyUnderTest, proxyUnderTest, type TestListener } from "./proxy-under-test.ts";

export interface Rig {
  server(options?: FakeServerOptions): Promise<FakeServer>;
  proxy(options: ProxyTestOptions): ProxyUnderTest;
  /** A server, and a proxy with one listener in front of it. */
  pair(options?: FakeServerOptions, listener?: TestListener): Promise<{ server: FakeServer; tested: ProxyUnderTest }>;
  /** A client that has logged in. */
  client(options: FakeClientOptions): Promise<FakeClient>;
  /** Ends all that was started, in reverse order. */
  tearDown(): Promise<void>;
}

/** An empty rig: `afterEach(rig.tearDown)`. */
export function newRig(): Rig {
  const stops: Array<() => Promise<void> | void> = [];
  const rig: Rig = {
    async server(options) {
      const server = await startFakeServer(options);
      stops.push(server.stop);
      return server;
    },
    proxy(options) {
      const tested = proxyUnderTest(options);
      stops.push(tested.stop);
      return tested;
    },
    async pair(options, listener = {}) {
      const server = await rig.server(options);
      const tested = rig.proxy({ listeners: [listener], nodes: [{ port: server.port }] });
      return { server, tested };
    },
    async client(options) {
      const client = await openFakeClient(options);
      stops.push(() => closeStream(client.stream));
      return client;
    },
    async tearDown() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
  return rig;
}
