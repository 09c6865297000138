/** The door for configurations that come from outside: a file of the original's proxy, or what a controller answers. */
import { hasErrors, type Issue, issueAt, issueOfFile, type SourceValue, sortIssues } from "../lib/issue.ts";
import { readToml } from "../lib/toml.ts";
import { readYaml } from "../lib/yaml.ts";
import { checkProxyConfig } from "./check-proxy-config.ts";
import { type ProxyConfig, proxyConfigSchema } from "./proxy-config.ts";
import { isMapping } from "./schema-walk.ts";
import { validate } from "./validate.ts";

export interface ProxyConfigRead {
  /** With every default filled in; null when `issues` has errors. */
  config: ProxyConfig | null;
  issues: Issue[];
}

/** Reads the text of a configuration: TOML when the file is called so or reads so, otherwise YAML or JSON. */
export function readProxyConfig(text: string, file: string): ProxyConfigRead {
  const { document, issues } = isTomlFile(text, file) ? readToml(text, file) : readOneYaml(text, file);
  if (document === null) return { config: null, issues };
  const parsed = parseProxyConfig(document);
  const all = sortIssues([...issues, ...parsed.issues], [file]);
  return { config: hasErrors(all) ? null : parsed.config, issues: all };
}

/** Reads a configuration that is data already, and says every mistake in it. */
export function parseProxyConfig(document: SourceValue): ProxyConfigRead {
  const place = { source: document.source, path: [] };
  const value = isMapping(document.value) ? withDefaultNodes(document.value) : document.value;
  const { value: config, issues } = validate(proxyConfigSchema, value, place);
  if (config !== null) issues.push(...checkProxyConfig(config, document.source));
  const sorted = sortIssues(issues, [document.source.file]);
  return { config: hasErrors(sorted) ? null : config, issues: sorted };
}

/** A listener that does not say how it balances does so at random over all nodes, as the original's later versions do. */
function withDefaultNodes(written: Record<string, unknown>): Record<string, unknown> {
  const proxy = written["proxy"];
  const mysql = written["mysql"];
  const listeners = isMapping(proxy) ? proxy["config"] : undefined;
  const writtenNodes = isMapping(mysql) ? mysql["node"] : undefined;
  if (!isMapping(proxy) || !Array.isArray(listeners) || !Array.isArray(writtenNodes)) return written;
  const nodes = writtenNodes.map((node) => (isMapping(node) ? node["name"] : undefined));
  if (!nodes.every((name) => typeof name === "string")) return written;
  const config = listeners.map((listener: unknown) => {
    if (!isMapping(listener)) return listener;
    const isBalanced = (listener["simple_loadbalance"] ?? listener["read_write_splitting"] ?? null) !== null;
    return isBalanced ? listener : { ...listener, simple_loadbalance: { nodes } };
  });
  return { ...written, proxy: { ...proxy, config } };
}

function isTomlFile(text: string, file: string): boolean {
  if (/\.(ya?ml|json)$/i.test(file)) return false;
  return /\.toml$/i.test(file) || /^\s*(\[\[?[\w.]+\]\]?|[\w.-]+\s*=)/m.test(text);
}

function readOneYaml(text: string, file: string): { document: SourceValue | null; issues: Issue[] } {
  const { documents, issues } = readYaml(text, file);
  const [document, second] = documents;
  if (document === undefined) {
    if (issues.length > 0) return { document: null, issues };
    return {
      document: null,
      issues: [issueOfFile(file, "holds nothing", "write a proxy configuration, or name another file")],
    };
  }
  if (second === undefined) return { document, issues };
  const remedy = "keep one document in the file; `pisanix render --virtual-database NS/NAME` prints one";
  return { document, issues: [...issues, issueAt(second.source, [], "is a second document", remedy)] };
}
