import { expect, test } from "bun:test";
import { formatAddress, isSameSocket, parseAddress } from "./address.ts";

test("parseAddress() splits names and addresses from the port", () => {
  expect(parseAddress("0.0.0.0:3306")).toEqual({ host: "0.0.0.0", port: 3306 });
  expect(parseAddress("localhost:0")).toEqual({ host: "localhost", port: 0 });
  expect(parseAddress("[::1]:65535")).toEqual({ host: "::1", port: 65535 });
});

test("parseAddress() refuses what is no address", () => {
  for (const written of ["", "3306", "host", ":3306", "host:", "host:65536", "::1:3306", "a b:1", "host:1x", "[]:1"]) {
    expect([written, parseAddress(written)]).toEqual([written, null]);
  }
});

test("formatAddress() writes what parseAddress() reads", () => {
  for (const written of ["0.0.0.0:3306", "[::1]:1", "db.shop:3306"]) {
    const address = parseAddress(written);
    expect(address === null ? null : formatAddress(address)).toBe(written);
  }
});

test("isSameSocket() knows that an unspecified host takes its port everywhere", () => {
  const same = (a: string, b: string) => isSameSocket(parseAddress(a)!, parseAddress(b)!);
  expect(same("127.0.0.1:1", "127.0.0.1:1")).toBe(true);
  expect(same("127.0.0.1:1", "0.0.0.0:1")).toBe(true);
  expect(same("[::]:1", "127.0.0.1:1")).toBe(true);
  expect(same("127.0.0.1:1", "127.0.0.2:1")).toBe(false);
  expect(same("127.0.0.1:1", "127.0.0.1:2")).toBe(false);
  expect(same("127.0.0.1:0", "127.0.0.1:0")).toBe(false);
});
