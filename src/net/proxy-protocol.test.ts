import { describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { type ConnectionEnds, readProxyHeader, writeProxyHeader } from "./proxy-protocol.ts";

const read = (bytes: Uint8Array) => readProxyHeader(bytes, 0, bytes.length);
const V4: ConnectionEnds = { address: "192.0.2.7", port: 40_000, localAddress: "198.51.100.1", localPort: 3306 };
const V6: ConnectionEnds = { address: "2001:db8::7", port: 40_000, localAddress: "::1", localPort: 3306 };
const CLIENT_HELLO_OF_MYSQL = Buffer.from("\x20\0\0\x01\x8d\xa6", "latin1");
const V2_HEAD = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

describe("readProxyHeader()", () => {
  for (const version of ["v1", "v2"] as const) {
    for (const ends of [V4, V6]) {
      test(`${version}, ${ends.address}: is read back, whatever follows, and waited for byte by byte`, () => {
        const header = writeProxyHeader(version, ends);
        const { address, port } = ends;
        const wanted = { kind: "header" as const, length: header.length, client: { address, port } };
        expect(read(Buffer.concat([header, CLIENT_HELLO_OF_MYSQL]))).toEqual(wanted);
        for (let length = 1; length < header.length; length++) {
          expect(read(header.subarray(0, length))).toEqual({ kind: "incomplete" });
        }
      });
    }

    test(`${version}: the sender itself names nobody`, () => {
      const header = writeProxyHeader(version, null);
      expect(read(header)).toEqual({ kind: "header", length: header.length, client: null });
    });
  }

  test("a packet of MySQL is no header", () => {
    expect(read(CLIENT_HELLO_OF_MYSQL)).toEqual({ kind: "none" });
    expect(read(new Uint8Array(0))).toEqual({ kind: "none" });
  });

  test("extensions behind the addresses of version 2 are stepped over, and so is a family that we do not know", () => {
    const header = Buffer.from(writeProxyHeader("v2", V4));
    header.writeUInt16BE(header.readUInt16BE(14) + 5, 14);
    const extended = Buffer.concat([header, Buffer.from([4, 0, 2, 9, 9])]);
    expect(read(extended)).toMatchObject({ kind: "header", length: extended.length, client: { port: 40_000 } });
    const unix = Buffer.concat([V2_HEAD, Buffer.from([0x21, 0x31, 0, 216]), Buffer.alloc(216)]);
    expect(read(unix)).toEqual({ kind: "header", length: unix.length, client: null });
  });

  test("what is broken says how", () => {
    const broken = (bytes: Buffer) => {
      const header = read(bytes);
      return header.kind === "broken" ? header.reason : header.kind;
    };
    expect(broken(Buffer.from(`PROXY TCP4 ${"1".repeat(110)}\r\n`))).toContain("does not end in time");
    expect(broken(Buffer.from(`PROXY TCP4 ${"1".repeat(110)}`))).toContain("does not end in time");
    expect(broken(Buffer.from("PROXY TCP4 ::1 ::1 1 2\r\n"))).toContain("TCP4 ::1");
    expect(broken(Buffer.from("PROXY TCP4 1.2.3.4 1.2.3.4 x 2\r\n"))).toContain("x 2");
    expect(broken(Buffer.concat([V2_HEAD, Buffer.from([0x31, 0x11, 0, 12])]))).toContain("0x31");
    expect(broken(Buffer.concat([V2_HEAD, Buffer.from([0x21, 0x11, 0xff, 0xff])]))).toContain("65535 bytes");
    expect(broken(Buffer.concat([V2_HEAD, Buffer.from([0x21, 0x11, 0, 3, 1, 2, 3])]))).toContain("cut off");
  });

  test("noise behind a right beginning never throws (seed 11)", () => {
    const random = seededRandom(11);
    for (let i = 0; i < 20_000; i++) {
      const start = [
        Buffer.from("PROXY "),
        Buffer.from("PROXY TCP6 "),
        V2_HEAD,
        Buffer.concat([V2_HEAD, Buffer.of(0x21)]),
      ];
      const noise = Buffer.from(Array.from({ length: Math.floor(random() * 120) }, () => Math.floor(random() * 256)));
      const header = read(Buffer.concat([start[i % start.length] as Buffer, noise]));
      expect(header.kind).not.toBe("none");
      if (header.kind === "header") expect(header.length).toBeLessThanOrEqual(4112);
    }
  });
});

test("writeProxyHeader() writes the two families as the specification shows them", () => {
  expect(Buffer.from(writeProxyHeader("v1", V4)).toString()).toBe("PROXY TCP4 192.0.2.7 198.51.100.1 40000 3306\r\n");
  expect(Buffer.from(writeProxyHeader("v1", V6)).toString()).toBe("PROXY TCP6 2001:db8::7 ::1 40000 3306\r\n");
  expect(Buffer.from(writeProxyHeader("v2", V4)).toString("hex")).toBe(
    `${V2_HEAD.toString("hex")}2111000cc0000207c63364019c400cea`,
  );
  const mapped = { ...V4, address: "::ffff:192.0.2.7" };
  expect(writeProxyHeader("v1", mapped)).toEqual(writeProxyHeader("v1", V4));
  expect(Buffer.from(writeProxyHeader("v1", { ...V4, address: "localhost" })).toString()).toBe("PROXY UNKNOWN\r\n");
});
