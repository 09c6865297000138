import { describe, expect, test } from "bun:test";
import type { Connection } from "./connection.ts";
import { addConnection, newConnectionList, removeConnection } from "./connection-list.ts";

/** A list looks at nothing but a connection's neighbours. */
function aConnection(): Connection<null> {
  return { older: null, newer: null } as Connection<null>;
}

describe("newConnectionList()", () => {
  test("keeps the newest first, wherever connections leave it", () => {
    const list = newConnectionList<null>();
    const [first, second, third] = [aConnection(), aConnection(), aConnection()];
    for (const connection of [first, second, third]) addConnection(list, connection);
    expect([list.newest === third, list.oldest === first, list.size]).toEqual([true, true, 3]);
    removeConnection(list, second);
    expect([third.older === first, first.newer === third, list.size]).toEqual([true, true, 2]);
    removeConnection(list, first);
    expect([list.newest === third, list.oldest === third, list.size]).toEqual([true, true, 1]);
    removeConnection(list, third);
    expect([list.newest, list.oldest, list.size]).toEqual([null, null, 0]);
  });

  test("refuses a connection that is in a list already", () => {
    const list = newConnectionList<null>();
    const [first, second] = [aConnection(), aConnection()];
    addConnection(list, first);
    addConnection(list, second);
    expect(() => addConnection(list, first)).toThrow("a connection is in one list at a time");
  });
});
