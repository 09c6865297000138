import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectPlain, type Socket } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { seededRandom } from "../lib/random.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { send, sendAll } from "./send.ts";
import { upgradeToTlsServer } from "./tls.ts";
import { complaintOfCertificate, type TlsServerOptions } from "./tls-options.ts";
import { finish, listen, type TransportServer } from "./transport.ts";
import { isBackedUp, type Wire } from "./wire.ts";

const pem = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const SERVER: TlsServerOptions = { cert: pem("server"), key: pem("server.key"), mustShowCertificate: true };
/** Stands for the plain text of a protocol before TLS. */
const PRELUDE = Buffer.from("STARTTLS");
const SEED = 443;
const LARGE_BYTES = 20_000_000;

/** Resolved when a server has taken PRELUDE: what is sent after that is in a segment of its own. */
let preludeTaken = Promise.withResolvers<void>();

interface Peer {
  wire: Wire<Peer> | null;
  plain: Buffer;
  outcome: string;
  left: number;
}

/** A server that takes PRELUDE, then TLS: it answers `echo` lines, and `large` with LARGE_BYTES. */
function serve(
  options: TlsServerOptions,
  ended: (outcome: string) => void,
  onClose: () => void = () => {},
): TransportServer {
  const block = new Uint8Array(100_000);
  const pump = (peer: Peer) => {
    while (peer.left > 0 && peer.wire !== null && !isBackedUp(peer.wire)) {
      block.fill((peer.left / block.length) & 0xff);
      peer.left -= block.length;
      send(peer.wire, block, 0, block.length);
    }
    if (peer.left === 0 && peer.wire !== null) {
      peer.left = -1;
      finish(peer.wire);
    }
  };
  return listen<Peer>(
    { host: "127.0.0.1", port: 0 },
    {
      onOpen() {},
      onData(peer, bytes) {
        const { wire } = peer;
        if (wire === null) return;
        if (wire.isTls) {
          const text = Buffer.from(bytes).toString();
          if (text === "large") {
            peer.left = LARGE_BYTES;
            pump(peer);
          } else sendAll(wire, bytes);
          return;
        }
        peer.plain = Buffer.concat([peer.plain, bytes]);
        if (peer.plain.length < PRELUDE.length) return;
        preludeTaken.resolve();
        const early = peer.plain.subarray(PRELUDE.length);
        upgradeToTlsServer(wire, options, early, (failure) => {
          peer.outcome = failure ?? "secure";
          ended(peer.outcome);
        });
      },
      onDrain: pump,
      onEnd(peer) {
        if (peer.wire !== null) finish(peer.wire);
      },
      onClose,
    },
    (wire) => ({ wire, plain: Buffer.alloc(0), outcome: "", left: -1 }),
  );
}

/** Where the client's first flight is cut: a segment of its own for each part. */
type Cut = (flight: Buffer) => Buffer[];

const CUTS: Record<string, Cut> = {
  "in one segment": (flight) => [flight],
  "in two, as a protocol sends them": (flight) => [flight.subarray(0, 8), flight.subarray(8)],
  "in two, in the middle of the hello": (flight) => [flight.subarray(0, 60), flight.subarray(60)],
  "in many": (flight) =>
    Array.from({ length: Math.ceil(flight.length / 7) }, (_, i) => flight.subarray(i * 7, i * 7 + 7)),
  "byte by byte": (flight) => Array.from(flight, (_, i) => flight.subarray(i, i + 1)),
};

async function writeEach(socket: Socket, parts: Buffer[]): Promise<void> {
  let sent = 0;
  preludeTaken = Promise.withResolvers();
  for (const part of parts) {
    await new Promise((resolve) => socket.write(part, resolve));
    sent += part.length;
    if (sent === PRELUDE.length) await preludeTaken.promise;
    else await new Promise(setImmediate);
  }
}

/** Connects, sends PRELUDE and the hello as `cut` says, and ends when the handshake has. */
async function connectCut(port: number, cut: Cut, identity: { cert?: string; key?: string } = {}): Promise<TLSSocket> {
  const socket = connectPlain({ host: "127.0.0.1", port, noDelay: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  let isFirst = true;
  const cipher = new Duplex({
    read() {
      socket.resume();
    },
    write(chunk: Buffer, _encoding, callback) {
      const parts = isFirst ? cut(Buffer.concat([PRELUDE, chunk])) : [chunk];
      isFirst = false;
      writeEach(socket, parts).then(() => callback(), callback);
    },
    final(callback) {
      socket.end(callback);
    },
  });
  socket.on("data", (bytes) => {
    if (!cipher.push(bytes)) socket.pause();
  });
  socket.on("end", () => cipher.push(null));
  socket.on("error", (error) => cipher.destroy(error));
  const secure = connectTls({ socket: cipher, ca: pem("authority"), servername: "localhost", ...identity });
  await new Promise<void>((resolve, reject) => {
    secure.once("secureConnect", resolve);
    secure.once("error", reject);
  });
  return secure;
}

function nextText(secure: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    secure.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    secure.once("error", reject);
  });
}

describe("upgradeToTlsServer()", () => {
  let server: TransportServer;
  beforeAll(() => {
    server = serve(SERVER, () => {});
  });
  afterAll(() => server.stop());

  for (const [name, cut] of Object.entries(CUTS)) {
    test(`takes the prelude and the hello ${name}`, async () => {
      const secure = await connectCut(server.port, cut);
      expect(secure.authorized).toBe(true);
      for (const text of ["one", "two"]) {
        secure.write(text);
        expect(await nextText(secure)).toBe(text);
      }
      secure.destroy();
    });

    test(`sends ${LARGE_BYTES} bytes to a slow reader, ${name} (seed ${SEED})`, async () => {
      const random = seededRandom(SEED);
      const secure = await connectCut(server.port, cut);
      const wanted = createHash("md5");
      for (let left = LARGE_BYTES; left > 0; left -= 100_000)
        wanted.update(Buffer.alloc(100_000, (left / 100_000) & 0xff));
      const found = createHash("md5");
      let length = 0;
      secure.write("large");
      await new Promise<void>((resolve, reject) => {
        secure.on("data", (bytes: Buffer) => {
          found.update(bytes);
          length += bytes.length;
          if (random() > 0.05) return;
          secure.pause();
          setImmediate(() => secure.resume());
        });
        secure.on("end", resolve);
        secure.on("error", reject);
      });
      expect(length).toBe(LARGE_BYTES);
      expect(found.digest("hex")).toBe(wanted.digest("hex"));
      secure.destroy();
    }, 30_000);
  }

  for (const name of ["in one segment", "in two, as a protocol sends them"]) {
    test(`tells why there is no TLS when the hello is none, ${name}`, async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const other = serve(SERVER, resolve);
      const socket = connectPlain({ host: "127.0.0.1", port: other.port, noDelay: true });
      const parts = (CUTS[name] as Cut)(Buffer.concat([PRELUDE, Buffer.alloc(300, "no hello")]));
      socket.on("error", () => {});
      await writeEach(socket, parts);
      expect(await promise).toStartWith("TLS: ");
      socket.destroy();
      other.stop();
    });

    test(`wants a certificate of its authorities, ${name}`, async () => {
      const outcomes: string[] = [];
      let told = Promise.withResolvers<void>();
      const strict = serve({ ...SERVER, ca: pem("authority") }, (outcome) => {
        outcomes.push(outcome);
        told.resolve();
      });
      for (const identity of [
        { cert: pem("client"), key: pem("client.key") },
        {},
        { cert: pem("stranger"), key: pem("stranger.key") },
      ]) {
        told = Promise.withResolvers();
        const secure = await connectCut(strict.port, CUTS[name] as Cut, identity).catch(() => null);
        secure?.on("error", () => {});
        await told.promise;
        secure?.destroy();
      }
      expect(outcomes[0]).toBe("secure");
      expect(outcomes.slice(1).every((outcome) => outcome.startsWith("TLS: the client's certificate"))).toBe(true);
      expect(outcomes).toHaveLength(3);
      strict.stop();
    });
  }
});

/** The first thing that a client says inside TLS. */
function helloBytes(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const cipher = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      resolve(chunk);
      callback();
    },
  });
  connectTls({ socket: cipher, servername: "localhost" }).on("error", () => {});
  return promise;
}

test("upgradeToTlsServer() hears of the end of clients that hang up behind a hello in one segment, whole or not", async () => {
  let open = 0;
  let allClosed = Promise.withResolvers<void>();
  const server = serve(
    SERVER,
    () => {},
    () => {
      if (--open === 0) allClosed.resolve();
    },
  );
  const hello = await helloBytes();
  for (const part of [hello, hello.subarray(0, 1), hello.subarray(0, 60), hello.subarray(0, -1)]) {
    for (const hangUp of ["with the segment", "when it is sent", "when it is answered, or soon"]) {
      const count = 25;
      open = count;
      allClosed = Promise.withResolvers();
      for (let i = 0; i < count; i++) {
        const socket = connectPlain({ host: "127.0.0.1", port: server.port, noDelay: true, allowHalfOpen: true });
        socket.on("error", () => {});
        socket.on("end", () => socket.destroy());
        const flight = Buffer.concat([PRELUDE, part]);
        if (hangUp === "with the segment") socket.end(flight);
        else if (hangUp === "when it is sent") socket.write(flight, () => socket.end());
        else socket.write(flight, () => setImmediate(() => socket.end()));
        socket.resume();
      }
      await allClosed.promise;
    }
  }
  expect(open).toBe(0);
  server.stop();
}, 20_000);

test("upgradeToTlsServer() takes a client without a certificate where it need not show one, and no stranger's", async () => {
  const outcomes: string[] = [];
  let told = Promise.withResolvers<void>();
  const lenient = serve({ ...SERVER, ca: pem("authority"), mustShowCertificate: false }, (outcome) => {
    outcomes.push(outcome.replace(/: [^:]*$/, ""));
    told.resolve();
  });
  for (const identity of [{}, { cert: pem("stranger"), key: pem("stranger.key") }]) {
    for (const name of ["in one segment", "in two, as a protocol sends them"]) {
      told = Promise.withResolvers();
      const secure = await connectCut(lenient.port, CUTS[name] as Cut, identity).catch(() => null);
      secure?.on("error", () => {});
      await told.promise;
      secure?.destroy();
    }
  }
  lenient.stop();
  expect(outcomes).toEqual(["secure", "secure", "TLS: the client's certificate", "TLS: the client's certificate"]);
});

test("upgradeToTlsServer() resumes a session that the client has had", async () => {
  const server = serve(SERVER, () => {});
  const connect = async (session?: Buffer) => {
    const socket = connectPlain({ host: "127.0.0.1", port: server.port, noDelay: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    preludeTaken = Promise.withResolvers();
    socket.write(PRELUDE);
    await preludeTaken.promise;
    const secure = connectTls({ socket, ca: pem("authority"), servername: "localhost", ...(session && { session }) });
    await new Promise((resolve, reject) => secure.once("secureConnect", resolve).once("error", reject));
    const ticket = new Promise<Buffer>((resolve) => secure.once("session", resolve));
    secure.write("echo");
    await nextText(secure);
    const isReused = secure.isSessionReused();
    return { isReused, ticket: isReused ? Buffer.alloc(0) : await ticket, secure };
  };
  const first = await connect();
  const second = await connect(first.ticket);
  expect([first.isReused, second.isReused]).toEqual([false, true]);
  first.secure.destroy();
  second.secure.destroy();
  server.stop();
});

test("complaintOfCertificate() finds a key of another certificate, and text that is none", () => {
  expect(complaintOfCertificate(SERVER)).toBeNull();
  expect(complaintOfCertificate({ ...SERVER, key: pem("renewed.key") })).toMatch(/mismatch/i);
  expect(complaintOfCertificate({ ...SERVER, cert: "no certificate" })).toMatch(/pem|start line/i);
});
