import { expect, test } from "bun:test";
import { withValues } from "./manifests.ts";

test("withValues() replaces block and flow values and keeps comments", () => {
  const document =
    "  - name: a\n    host: db.demotest # where\n    port: 3306\n  MySQL: { host: x, port: 1, db: socksdb }\n";
  expect(withValues(document, { host: "127.0.0.1", port: "4000" })).toBe(
    "  - name: a\n    host: 127.0.0.1 # where\n    port: 4000\n  MySQL: { host: 127.0.0.1, port: 4000, db: socksdb }\n",
  );
});

test("withValues() leaves a longer key that ends alike", () => {
  expect(withValues("myhost: a\nhost: b\n", { host: "c" })).toBe("myhost: a\nhost: c\n");
});

test("withValues() refuses a document without the key", () => {
  expect(() => withValues("kind: Other\n", { host: "c" })).toThrow("no `host:`");
});
