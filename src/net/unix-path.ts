/** The file of a unix socket, which outlives a process that was killed. */
import { chmodSync, lstatSync, readFileSync, unlinkSync } from "node:fs";

const LISTENING = 0x10000;

/**
 * Removes the socket at `path` when nobody listens there any more.
 * @throws Error when somebody does, or what is there is no socket.
 */
export function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error("there is a file that is no socket");
  if (isListenedTo(path)) throw new Error("another process listens there");
  unlinkSync(path);
}

/** As servers do it: whoever may reach the folder may connect, and has to log in. */
export function allowEverybody(path: string): void {
  chmodSync(path, 0o777);
}

/** By the kernel's list of sockets: number, references, protocol, flags, type, state, inode, path. */
function isListenedTo(path: string): boolean {
  return readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .map((line) => line.trim().split(" "))
    .some((fields) => fields.slice(7).join(" ") === path && (Number.parseInt(fields[3] ?? "", 16) & LISTENING) !== 0);
}
