import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxyConfig } from "../api/proxy-config.ts";
import { readProxyConfig } from "../api/read-proxy-config.ts";
import { issueOfFile } from "../lib/issue.ts";
import { type Applied, newConfigStatus } from "../telemetry/config-status.ts";
import { newProxyMetrics, renderMetrics } from "../telemetry/metrics.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { type Loaded, startFileSource } from "./file-source.ts";
import type { ConfigSource } from "./source.ts";

let folder = "";
const sources: ConfigSource[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pisanix-file-source-"));
});
afterEach(() => {
  for (const source of sources.splice(0)) source.stop();
  rmSync(folder, { recursive: true, force: true });
});

const aConfig = (size: number) =>
  JSON.stringify({
    proxy: { config: [{ name: "a", pool_size: size }] },
    mysql: { node: [{ name: "db", user: "u", password: "hunter2" }] },
  });

/** A source of `file` that has served its first configuration; what it has applied since are the pool sizes. */
async function aSource(file = join(folder, "c.yaml"), watched = [folder]) {
  const clock = virtualClock();
  const log = recordingLogger();
  const metrics = newProxyMetrics();
  const status = newConfigStatus("file c.yaml", { clock, log, metrics });
  const applied: number[] = [];
  const state = { answer: null as Applied | null, before: async () => {}, loads: 0 };
  const load = async (): Promise<Loaded> => {
    state.loads++;
    try {
      const text = readFileSync(file, "utf8");
      return {
        digest: text,
        folders: watched,
        parse: () => ({ ...readProxyConfig(text, "c.yaml"), failure: "invalid" }),
      };
    } catch {
      const issues = [issueOfFile("c.yaml", "is not there", "write it")];
      return { digest: "none", folders: watched, parse: () => ({ config: null, issues, failure: "read" }) };
    }
  };
  const apply = async (config: ProxyConfig): Promise<Applied> => {
    await state.before();
    if (state.answer !== null) return state.answer;
    applied.push(config.proxy.config[0]?.pool_size ?? 0);
    return { kind: "changed", generation: applied.length + 1 };
  };
  const source = startFileSource({ clock, log, status, apply, load }, await load());
  sources.push(source);
  /** Lets what is written settle, as soon as it has been heard of. */
  const settle = async (check: () => boolean) => {
    await eventually(() => {
      if (clock.waiting() > 1) clock.advance(100);
      return check();
    });
  };
  return { clock, log, metrics, status, applied, state, source, settle, scrape: () => renderMetrics(metrics) };
}

describe("startFileSource()", () => {
  test("a file that is written over, or replaced, is served as soon as it has settled", async () => {
    writeFileSync(join(folder, "c.yaml"), aConfig(1));
    const { applied, settle, status } = await aSource();
    writeFileSync(join(folder, "c.yaml"), aConfig(2));
    await settle(() => applied.length === 1);
    writeFileSync(join(folder, "new"), aConfig(3));
    renameSync(join(folder, "new"), join(folder, "c.yaml"));
    await settle(() => applied.length === 2);
    expect(applied).toEqual([2, 3]);
    expect(status.generation).toBe(3);
  });

  test("a ConfigMap is swapped by a symbolic link, again and again", async () => {
    const swap = (size: number) => {
      mkdirSync(join(folder, `..${size}`));
      writeFileSync(join(folder, `..${size}`, "c.yaml"), aConfig(size));
      symlinkSync(`..${size}`, join(folder, "..tmp"));
      renameSync(join(folder, "..tmp"), join(folder, "..data"));
      if (size > 1) rmSync(join(folder, `..${size - 1}`), { recursive: true });
    };
    swap(1);
    symlinkSync("..data/c.yaml", join(folder, "c.yaml"));
    const { applied, settle } = await aSource();
    for (const size of [2, 3, 4]) {
      swap(size);
      await settle(() => applied.at(-1) === size);
    }
    expect(applied).toEqual([2, 3, 4]);
  });

  test("what is wrong is told once with its place, and the old configuration goes on", async () => {
    writeFileSync(join(folder, "c.yaml"), aConfig(1));
    const { applied, log, status, source, scrape } = await aSource();
    writeFileSync(join(folder, "c.yaml"), aConfig(1).replace('"pool_size":1', '"pool_size":"many","prot":1'));
    for (let time = 0; time < 2; time++) expect(await source.reload()).toMatchObject({ kind: "refused" });
    expect(applied).toEqual([]);
    const lines = log.lines.filter(({ level }) => level === "ERROR");
    expect(lines).toHaveLength(1);
    const error = status.trouble?.message ?? "";
    expect(lines[0]?.fields).toEqual({
      source: "file c.yaml",
      failure: "invalid",
      error,
      meanwhile: "nothing is served yet",
    });
    expect(error).toStartWith("c.yaml:1:45 proxy.config[0].pool_size: must be a number, but is text (");
    expect(error).toContain("; c.yaml:1:52 proxy.config[0].prot: unknown field (");
    const text = await scrape();
    expect(text).toContain('pisanix_config_failures_total{reason="invalid"} 2');
    expect(text).toContain("pisanix_config_source_up 0");
    writeFileSync(join(folder, "c.yaml"), aConfig(2));
    expect(await source.reload()).toEqual({ kind: "changed", generation: 2 });
    expect(log.lines.at(-1)).toMatchObject({ message: "configuration source is well again" });
    expect(await scrape()).toContain("pisanix_config_source_up 1");
  });

  test("what cannot be served now is tried again later, though the file is the same", async () => {
    writeFileSync(join(folder, "c.yaml"), aConfig(1));
    const { applied, clock, state, status, source } = await aSource();
    writeFileSync(join(folder, "c.yaml"), aConfig(2));
    state.answer = { kind: "refused", message: "listener a cannot listen on 0.0.0.0:3306" };
    await source.reload();
    expect(status.trouble).toMatchObject({ failure: "rejected", message: "listener a cannot listen on 0.0.0.0:3306" });
    state.answer = null;
    clock.advance(60_000);
    await eventually(() => applied.length === 1);
    expect(status.trouble).toBeNull();
  });

  test("a change that goes unheard is seen within a minute, and a folder that is not there every two seconds", async () => {
    const other = mkdtempSync(join(tmpdir(), "pisanix-file-source-"));
    const file = join(folder, "sub", "c.yaml");
    mkdirSync(join(folder, "sub"));
    writeFileSync(file, aConfig(1));
    const unheard = await aSource(file, [other]);
    writeFileSync(file, aConfig(2));
    unheard.clock.advance(60_000);
    await eventually(() => unheard.applied.length === 1);
    const { applied, clock, state, status } = await aSource(file, [join(folder, "sub")]);
    rmSync(join(folder, "sub"), { recursive: true });
    await eventually(() => {
      if (clock.waiting() > 1) clock.advance(100);
      return status.trouble?.failure === "read";
    });
    mkdirSync(join(folder, "sub"));
    writeFileSync(file, aConfig(3));
    const { loads } = state;
    clock.advance(2_000);
    await eventually(() => applied.length === 1);
    expect(state.loads).toBe(loads + 1);
    rmSync(other, { recursive: true });
  });

  test("whoever asks while a look is under way gets one that begins after it", async () => {
    writeFileSync(join(folder, "c.yaml"), aConfig(1));
    const { applied, state, source } = await aSource();
    const gate = newGate();
    state.before = () => gate.opened;
    writeFileSync(join(folder, "c.yaml"), aConfig(2));
    const first = source.reload();
    await eventually(() => state.loads === 2);
    writeFileSync(join(folder, "c.yaml"), aConfig(3));
    const [second, third] = [source.reload(), source.reload()];
    gate.open();
    expect([await first, await second, await third].map(({ kind }) => kind)).toEqual(["changed", "changed", "changed"]);
    expect(applied).toEqual([2, 3]);
  });

  test("stop() ends it: no timer, no watch, no word", async () => {
    writeFileSync(join(folder, "c.yaml"), aConfig(1));
    const { applied, clock, source, log } = await aSource();
    source.stop();
    source.stop();
    expect(clock.waiting()).toBe(0);
    writeFileSync(join(folder, "c.yaml"), aConfig(2));
    expect(await source.reload()).toEqual({ kind: "refused", message: "the proxy is stopping" });
    expect([applied, log.lines]).toEqual([[], []]);
  });
});
