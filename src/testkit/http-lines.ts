/** A request whose answer lasts, over a TLS socket of its own: `fetch` has 256 for all of a process. */
import { connect } from "node:tls";

export interface HttpLines {
  /** The status line's number; 0 before it came. */
  status(): number;
  /** Lines of the body that are complete, oldest first. */
  readonly lines: string[];
  /** Bytes that came, all in all. */
  bytes(): number;
  isClosed(): boolean;
  /** Reads no more, so that the server has to wait. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface HttpLinesOptions {
  port: number;
  path: string;
  ca: string;
  /** The name that the certificate must bear; default: localhost. */
  servername?: string;
  headers?: Readonly<Record<string, string>>;
  /** Called after every chunk. */
  onData?: () => void;
  /** False counts lines instead of keeping them. */
  keepsLines?: boolean;
}

/** Asks for `path` on localhost and collects the lines of a chunked answer. */
export function openHttpLines(options: HttpLinesOptions): HttpLines {
  const { port, path, ca, servername = "localhost", headers = {}, onData = () => {}, keepsLines = true } = options;
  const lines: string[] = [];
  let [status, bytes, isClosed, isBody, rest] = [0, 0, false, false, ""];
  const socket = connect({ port, host: "127.0.0.1", servername, ca }, () => {
    const written = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${servername}\r\n${written.join("")}\r\n`);
  });
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    rest += chunk.toString("utf8");
    if (!isBody) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      status = Number(/^HTTP\/1\.1 (\d+)/.exec(rest)?.[1] ?? 0);
      rest = rest.slice(end + 4);
      isBody = true;
    }
    // A body's line begins with a brace; what else there is are the sizes of chunks.
    const complete = rest.split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) if (line.startsWith("{")) lines.push(keepsLines ? line.trimEnd() : "");
    onData();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    onData();
  });
  return {
    status: () => status,
    lines,
    bytes: () => bytes,
    isClosed: () => isClosed,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => socket.destroy(),
  };
}
