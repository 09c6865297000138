/** A stream of configurations: a line of JSON for each, and signs of life between them. */
import { newLineReader, readLines } from "../lib/json-lines.ts";
import { configFailed } from "../telemetry/config-status.ts";
import { type Answer, SourceError } from "./controller-client.ts";
import { confirm, inTurn, type Newsroom, serveLastGood, take } from "./controller-news.ts";

/** The first line comes at once, and a sign of life every 20 s. */
export const FIRST_LINE_MS = 20_000;
export const SILENCE_MS = 60_000;
const LINE_CHARACTERS_MAX = 16_777_216;

/** Takes what comes until the stream ends in order; `onFirst` is called before the first line. @throws SourceError when it ends otherwise. */
export async function readStream(room: Newsroom, answer: Answer, onFirst: () => void): Promise<void> {
  const { url } = room.client;
  const reader = newLineReader(LINE_CHARACTERS_MAX);
  let [isFirst, isSilent] = [true, false];
  const listen = (limitMs: number) =>
    room.clock.after(limitMs, () => {
      isSilent = true;
      answer.stop();
    });
  const silence = () => new SourceError("timeout", `${url}: the stream has gone silent`);
  let cancel = listen(FIRST_LINE_MS);
  try {
    for (;;) {
      const { done, value } = await answer.read();
      if (isSilent) throw silence();
      if (done || value === undefined) break;
      for (const line of linesOf(url, reader, value)) {
        if (isFirst) onFirst();
        isFirst = false;
        await inTurn(room, () => onLine(room, line));
      }
      cancel();
      cancel = listen(isFirst ? FIRST_LINE_MS : SILENCE_MS);
    }
  } catch (error) {
    throw isSilent ? silence() : error;
  } finally {
    cancel();
  }
  if (room.signal.aborted) return;
  if (reader.rest.trim() !== "") throw new SourceError("protocol", `${url}: the stream ended in the middle of a line`);
  if (isFirst) throw new SourceError("protocol", `${url}: the stream ended without a word`);
}

function linesOf(url: string, reader: ReturnType<typeof newLineReader>, bytes: Uint8Array): string[] {
  try {
    return readLines(reader, bytes);
  } catch (error) {
    throw new SourceError("protocol", `${url}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function onLine(room: Newsroom, line: string): Promise<void> {
  const { url } = room.client;
  const read = parse(line);
  const { type, version, config } = (read ?? {}) as { type?: unknown; version?: unknown; config?: unknown };
  if (typeof type !== "string") throw new SourceError("protocol", `${url}: the stream has a line that is no event`);
  switch (type) {
    case "config":
      if (typeof version !== "string" || typeof config !== "object" || config === null) {
        throw new SourceError("protocol", `${url}: the stream has a configuration without version or content`);
      }
      await take(room, { version, isNamed: true, value: config });
      break;
    case "gone":
      configFailed(room.status, "not_found", `${url}: there is no VirtualDatabase ${room.key}`);
      await serveLastGood(room);
      break;
    case "alive":
      confirm(room);
      break;
    default:
      room.log.debug("the controller says something new", { type });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON.
    return null;
  }
}
