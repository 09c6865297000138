import { expect, test } from "bun:test";
import { formatIssue, type Path } from "./issue.ts";
import { readToml, writeToml } from "./toml.ts";

const TEXT = `# a proxy
[admin]
port = 5591

[[proxy.config]]
name = "p1"
[proxy.config.simple_loadbalance]
nodes = ["a"]
[[proxy.config.plugin.circuit_break]]
regex = ["x"]
[[proxy.config.plugin.circuit_break]]
  regex = ["y"]

[[proxy.config]]
name = "p2"
[[proxy.config.plugin.circuit_break]]
regex = ["z"]
`;

function place(path: Path, part?: "key" | "value"): string {
  const position = readToml(TEXT, "x").document?.source.positionOf(path, part);
  return `${position?.line}:${position?.column}`;
}

test("positionOf() follows tables and arrays of tables", () => {
  expect(place(["admin", "port"])).toBe("3:8");
  expect(place(["admin", "port"], "key")).toBe("3:1");
  expect(place(["proxy", "config", 0, "simple_loadbalance", "nodes", 0])).toBe("8:9");
  expect(place(["proxy", "config", 0, "plugin", "circuit_break", 1, "regex"])).toBe("12:11");
  expect(place(["proxy", "config", 1, "name"])).toBe("15:8");
  expect(place(["proxy", "config", 1, "plugin", "circuit_break", 0, "regex"])).toBe("17:9");
  expect(place(["proxy", "config", 1, "nothing"])).toBe("14:1");
  expect(place(["nothing"])).toBe("1:1");
});

test("readToml() says in which statement the syntax is wrong", () => {
  const issuesOf = (text: string) => readToml(text, "c.toml").issues.map(formatIssue);
  expect(issuesOf("a = 1\n\nb =\nc = 2\n")[0]).toStartWith("c.toml:3:1: Missing value");
  expect(issuesOf("a = 1\nb = [1,\n2\nc = 2\n")[0]).toStartWith("c.toml:2:1: ");
  expect(issuesOf("[a]\nx = 1\n[b]\n[a]\ny = 1\n")[0]).toStartWith("c.toml:4:1: ");
  expect(readToml("=", "c.toml").document).toBeNull();
});

test("writeToml() writes what reads back as the same data", () => {
  const value = {
    admin: { host: "0.0.0.0", port: 5591 },
    empty: {},
    proxy: {
      config: [
        { name: 'quote " \\ \n \u007f é', on: true, tables: [{ regex: ["a", "b"], deep: { x: 1 } }, { regex: [] }] },
        { name: "second", deep: { deeper: { y: 2.5 } } },
      ],
    },
    "odd key": { "a.b": [[1], [2]] },
  };
  expect(Bun.TOML.parse(writeToml(value))).toEqual(value);
});

test("writeToml() leaves out what is undefined and refuses null", () => {
  expect(writeToml({ a: 1, b: undefined })).toBe("a = 1\n");
  expect(() => writeToml({ a: null })).toThrow(TypeError);
});
