/** A list of a pool's connections, newest first: the newest is the warmest, the oldest the first to go. */
import { assert } from "../lib/assert.ts";
import type { Connection } from "./connection.ts";

export interface ConnectionList<Holder> {
  newest: Connection<Holder> | null;
  oldest: Connection<Holder> | null;
  size: number;
}

/** An empty list. */
export function newConnectionList<Holder>(): ConnectionList<Holder> {
  return { newest: null, oldest: null, size: 0 };
}

/** Adds `connection` as the newest. */
export function addConnection<Holder>(list: ConnectionList<Holder>, connection: Connection<Holder>): void {
  assert(connection.older === null && connection.newer === null, "a connection is in one list at a time");
  connection.older = list.newest;
  if (list.newest === null) list.oldest = connection;
  else list.newest.newer = connection;
  list.newest = connection;
  list.size++;
}

/** Adds `connection` as the oldest. */
export function addOldest<Holder>(list: ConnectionList<Holder>, connection: Connection<Holder>): void {
  assert(connection.older === null && connection.newer === null, "a connection is in one list at a time");
  connection.newer = list.oldest;
  if (list.oldest === null) list.newest = connection;
  else list.oldest.older = connection;
  list.oldest = connection;
  list.size++;
}

/** Takes `connection`, which must be in the list, out of it. */
export function removeConnection<Holder>(list: ConnectionList<Holder>, connection: Connection<Holder>): void {
  if (connection.newer === null) list.newest = connection.older;
  else connection.newer.older = connection.older;
  if (connection.older === null) list.oldest = connection.newer;
  else connection.older.newer = connection.newer;
  connection.older = null;
  connection.newer = null;
  list.size--;
  assert(list.size >= 0, "no connection leaves the list twice");
}
