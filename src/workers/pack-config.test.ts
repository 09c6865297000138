import { expect, test } from "bun:test";
import { isSameValue } from "../lib/same-value.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import { testConfig } from "../testkit/proxy-under-test.ts";
import { packConfig, unpackConfig } from "./pack-config.ts";

test("unpackConfig() gives what packConfig() was given, its secrets included", () => {
  const config = testConfig({
    listeners: [{ password: 'a "b" [redacted]', tls: { mode: "optional", cert: "c", key: newSecret("k") } }],
    nodes: [{ port: 1, password: "" }],
  });
  const unpacked = unpackConfig(packConfig(config));
  expect(isSameValue(unpacked, config)).toBe(true);
  expect(reveal(unpacked.proxy.config[0]?.password ?? newSecret(""))).toBe('a "b" [redacted]');
  expect(JSON.stringify(unpacked)).not.toContain('a \\"b');
});
