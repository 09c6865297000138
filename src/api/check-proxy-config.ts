/** What no schema can say of a configuration: that its parts fit together. */

import { isSameSocket, parseAddress } from "../lib/address.ts";
import { type Issue, issueAt, type Path, type Source } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { ListenerConfig, ProxyConfig } from "./proxy-config.ts";

/** Every mistake in how listeners, nodes and groups refer to each other. */
export function checkProxyConfig(config: ProxyConfig, source: Source): Issue[] {
  const issues: Issue[] = [];
  const nodes = config.mysql.node.map((node) => node.name);
  const groups = config.node_group.member.map((group) => group.name);
  checkPresence(config, source, issues);
  checkUnique(nodes, ["mysql", "node"], "a node", source, issues);
  checkUnique(groups, ["node_group", "member"], "a node group", source, issues);
  checkAddresses(config.proxy.config, source, issues);
  for (const [index, listener] of config.proxy.config.entries()) {
    const path = ["proxy", "config", index];
    checkReferences(
      listener.simple_loadbalance?.nodes ?? [],
      nodes,
      [...path, "simple_loadbalance", "nodes"],
      source,
      issues,
    );
    for (const [rule, { actual_datanodes }] of (listener.sharding ?? []).entries()) {
      const known = [...nodes, ...groups];
      checkReferences(actual_datanodes, known, [...path, "sharding", rule, "actual_datanodes"], source, issues);
    }
    checkWeights(listener, config, [...path, "simple_loadbalance"], source, issues);
  }
  for (const [index, group] of config.node_group.member.entries()) {
    const path = ["node_group", "member", index];
    checkReferences(group.reads, nodes, [...path, "reads"], source, issues);
    if (nodes.includes(group.readwrite)) continue;
    issues.push(unknownNode(group.readwrite, nodes, [...path, "readwrite"], source));
  }
  return issues;
}

function checkPresence(config: ProxyConfig, source: Source, issues: Issue[]): void {
  if (config.proxy.config.length === 0) {
    issues.push(issueAt(source, ["proxy", "config"], "has no listener", "add one with listen_addr, user and password"));
  }
  if (config.mysql.node.length === 0) {
    issues.push(issueAt(source, ["mysql", "node"], "has no node", "add one with name, host, port, user and password"));
  }
}

function checkUnique(names: readonly string[], path: Path, what: string, source: Source, issues: Issue[]): void {
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first === index) continue;
    const { line } = source.positionOf([...path, first]);
    const message = `${what} "${name}" is already there, at line ${line}`;
    issues.push(issueAt(source, [...path, index, "name"], message, "rename or remove one of the two"));
  }
}

function checkAddresses(listeners: readonly ListenerConfig[], source: Source, issues: Issue[]): void {
  for (const [index, listener] of listeners.entries()) {
    const address = parseAddress(listener.listen_addr);
    if (address === null) continue; // The schema has complained.
    const other = listeners.slice(0, index).find((earlier) => {
      const taken = parseAddress(earlier.listen_addr);
      return taken !== null && isSameSocket(taken, address);
    });
    if (other === undefined) continue;
    const message = `"${listener.listen_addr}" is taken by listener "${other.name}" on "${other.listen_addr}"`;
    issues.push(issueAt(source, ["proxy", "config", index, "listen_addr"], message, "give each listener its own port"));
  }
  for (const [index, { socket }] of listeners.entries()) {
    const other = listeners.slice(0, index).find((earlier) => socket !== undefined && earlier.socket === socket);
    if (other === undefined) continue;
    const message = `"${socket}" is taken by listener "${other.name}"`;
    issues.push(issueAt(source, ["proxy", "config", index, "socket"], message, "give each listener its own socket"));
  }
}

function checkReferences(
  names: readonly string[],
  known: readonly string[],
  path: Path,
  source: Source,
  issues: Issue[],
): void {
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) issues.push(unknownNode(name, known, [...path, index], source));
  }
}

function unknownNode(name: string, known: readonly string[], path: Path, source: Source): Issue {
  return issueAt(source, path, `no node is called "${name}"`, didYouMean(name, known, "add it to mysql.node"));
}

function checkWeights(
  listener: ListenerConfig,
  config: ProxyConfig,
  path: Path,
  source: Source,
  issues: Issue[],
): void {
  const names = listener.simple_loadbalance?.nodes;
  if (names === undefined) return;
  if (names.length === 0) {
    issues.push(issueAt(source, [...path, "nodes"], "names no node", "name at least one of mysql.node"));
    return;
  }
  const nodes = config.mysql.node.filter((node) => names.includes(node.name));
  if (nodes.length === 0 || nodes.some((node) => node.weight > 0)) return;
  issues.push(
    issueAt(source, [...path, "nodes"], "every node has weight 0", "give one of them a weight of at least 1"),
  );
}
