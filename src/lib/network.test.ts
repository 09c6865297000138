import { expect, test } from "bun:test";
import { isInNetworks, parseNetwork } from "./network.ts";

const isIn = (address: string, ...networks: string[]) =>
  isInNetworks(
    address,
    networks.map((each) => parseNetwork(each)!),
  );

test("isInNetworks() compares as many bits as the network fixes", () => {
  expect(isIn("10.1.2.3", "10.0.0.0/8")).toBe(true);
  expect(isIn("11.1.2.3", "10.0.0.0/8")).toBe(false);
  expect(isIn("192.168.5.129", "192.168.5.128/25")).toBe(true);
  expect(isIn("192.168.5.127", "192.168.5.128/25")).toBe(false);
  expect(isIn("1.2.3.4", "0.0.0.0/0")).toBe(true);
  expect(isIn("1.2.3.4", "1.2.3.4")).toBe(true);
  expect(isIn("1.2.3.5", "1.2.3.4/32")).toBe(false);
  expect(isIn("fd00::1:2", "fd00::/8")).toBe(true);
  expect(isIn("2001:db8:0:ffff::1", "2001:db8::/48")).toBe(true);
  expect(isIn("2001:db8:1::1", "2001:db8::/48")).toBe(false);
  expect(isIn("::1", "10.0.0.0/8", "::1")).toBe(true);
  expect(isIn("fe80::1%eth0", "fe80::/10")).toBe(true);
});

test("isInNetworks() takes an IPv4 address as the same, mapped into IPv6 or not", () => {
  expect(isIn("::ffff:10.1.2.3", "10.0.0.0/8")).toBe(true);
  expect(isIn("10.1.2.3", "::ffff:10.0.0.0/104")).toBe(true);
  expect(isIn("10.1.2.3", "::/0")).toBe(false);
});

test("isInNetworks() has nothing that is no address, and nothing in no network", () => {
  expect(isIn("localhost", "0.0.0.0/0", "::/0")).toBe(false);
  expect(isIn("", "0.0.0.0/0")).toBe(false);
  expect(isIn("1.2.3.4")).toBe(false);
});

test("parseNetwork() refuses what is none", () => {
  for (const written of [
    "",
    "10",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "::/129",
    "host/8",
    "10.0.0.0/-1",
    "300.0.0.0/8",
  ]) {
    expect([written, parseNetwork(written)]).toEqual([written, null]);
  }
});
