/** Stands between two peers and passes on their packets, but for those that a test wants otherwise. */
import { connect, createServer, type Socket } from "node:net";
import { newPacketStream, nextPacket, type PacketStream, packetsOf } from "./packet-stream.ts";

export interface MeddledPacket {
  /** Counts connections from 1. */
  readonly connection: number;
  readonly isFromServer: boolean;
  /** Counts the packets of its direction from 0. */
  readonly index: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** As it is on the wire. */
  readonly bytes: Uint8Array;
}

/** Bytes to be written; a FIN or a RST to both sides; or silence, from here on in this direction. */
export type MeddlingStep = Uint8Array | "end" | "reset" | "stall";

/** What becomes of a packet; null lets it pass. */
export type Meddling = readonly MeddlingStep[] | null;

export interface Meddler {
  readonly port: number;
  /** May be replaced at any time. */
  meddle: (packet: MeddledPacket) => Meddling;
  /** Connections that ever were. */
  count: number;
  stop(): Promise<void>;
}

/** Listens on a free port and connects everybody to `port`. */
export async function startMeddler(port: number): Promise<Meddler> {
  const sockets: Socket[] = [];
  const listener = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the meddler has no port");
  const meddler: Meddler = {
    port: address.port,
    meddle: () => null,
    count: 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
  listener.on("connection", (socket: Socket) => {
    const server = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    sockets.push(socket, server);
    meddler.count++;
    const ends = { client: newPacketStream(socket), server: newPacketStream(server), number: meddler.count };
    for (const each of [socket, server]) each.setNoDelay(true);
    void carry(meddler, ends, true);
    void carry(meddler, ends, false);
  });
  return meddler;
}

interface Ends {
  readonly client: PacketStream;
  readonly server: PacketStream;
  readonly number: number;
}

/** Carries one direction to its end. */
async function carry(meddler: Meddler, { client, server, number }: Ends, isFromServer: boolean): Promise<void> {
  const [from, to] = isFromServer ? [server, client] : [client, server];
  let isSilent = false;
  for (let index = 0; ; index++) {
    const packet = await nextPacket(from);
    if (packet === null) break;
    if (isSilent) continue;
    const { sequence, payload } = packet;
    const bytes = wholePacket(sequence, payload);
    const meddling = meddler.meddle({ connection: number, isFromServer, index, sequence, payload, bytes });
    for (const step of meddling ?? [bytes]) {
      if (step === "end" || step === "reset") {
        for (const { socket } of [client, server]) step === "end" ? socket.end() : socket.resetAndDestroy();
        return;
      }
      if (step === "stall") isSilent = true;
      else to.socket.write(step);
    }
  }
  // Who is silent does not say goodbye, either; but a socket that is gone is gone.
  if (from.isClosed) to.socket.destroy();
  else if (!isSilent) to.socket.end(from.bytes.slice(from.start, from.end));
}

/** A packet that is full is none that is continued here: the next one is its own. */
function wholePacket(sequence: number, payload: Uint8Array): Uint8Array {
  return packetsOf([payload], sequence).subarray(0, 4 + payload.length);
}
