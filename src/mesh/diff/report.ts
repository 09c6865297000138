/** Differences on paper: for a terminal, for scripts, for a comment on a pull request. */
import type { Finding } from "../lint/lint.ts";
import type { DatabaseDiff, MeshDiff } from "./diff.ts";
import type { ChangeKind } from "./words.ts";

const SIGNS: Readonly<Record<ChangeKind, string>> = { added: "+", removed: "-", changed: "~" };
const COLOURS: Readonly<Record<ChangeKind, string>> = { added: "32", removed: "31", changed: "33" };

/** A paragraph for each workload, one line a change. */
export function textDiff(diff: MeshDiff, isColoured: boolean): string {
  const style = (kind: ChangeKind, text: string) => (isColoured ? `\x1b[${COLOURS[kind]}m${text}\x1b[0m` : text);
  const blocks = diff.databases.map(({ name, kind, changes }) => {
    const lines = changes.map((change) => `  ${style(change.kind, `${SIGNS[change.kind]} ${change.text}`)}\n`);
    return `${kind === "changed" ? name : style(kind, `${SIGNS[kind]} ${name} ${kind}`)}\n${lines.join("")}`;
  });
  const lines = findingLines(diff).map(({ kind, text }) => `  ${style(kind, text)}\n`);
  if (lines.length > 0) blocks.push(`findings of the linter\n${lines.join("")}`);
  return `${blocks.map((block) => `${block}\n`).join("")}${summaryOf(diff)}\n`;
}

/** What is there stays; fields may be added. */
export function jsonDiff(diff: MeshDiff): string {
  const finding = ({ rule, level, object, path, message, remedy, position: { file, line, column } }: Finding) => {
    const { kind, namespace, name } = object ?? { kind: "", namespace: "", name: "" };
    return {
      rule: rule.id,
      name: rule.name,
      level,
      object: { kind, namespace, name },
      path,
      message,
      remedy,
      file,
      line,
      column,
    };
  };
  const data = {
    version: 1,
    databases: diff.databases.map(({ name, kind, changes }) => ({
      name,
      kind,
      changes: changes.map(({ kind: own, text, path, before, after }) => ({ kind: own, text, path, before, after })),
    })),
    findings: { appeared: diff.appeared.map(finding), disappeared: diff.disappeared.map(finding) },
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** With headings and tables, as code review tools show it. */
export function markdownDiff(diff: MeshDiff): string {
  const sections = diff.databases.map((database) => `${markdownHeading(database)}\n${markdownChanges(database)}`);
  const findings = findingLines(diff).map(({ kind, text }) => {
    return `- **${kind === "removed" ? "new" : "gone"}:** ${escaped(text.slice(2))}\n`;
  });
  if (findings.length > 0) sections.push(`#### Findings of the linter\n\n${findings.join("")}`);
  return `### What changes for proxies\n\n${sections.map((section) => `${section}\n`).join("")}${summaryOf(diff)}\n`;
}

function markdownHeading({ name, kind }: DatabaseDiff): string {
  return `#### \`${name}\`${kind === "changed" ? "" : ` ${kind}`}\n`;
}

function markdownChanges({ changes }: DatabaseDiff): string {
  if (changes.length === 0) return "";
  const rows = changes.map(({ kind, text }) => `| ${kind} | ${escaped(text)} |\n`);
  return `| | what |\n|---|---|\n${rows.join("")}`;
}

/** Patterns have characters that Markdown would take for its own. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~]/g, (character) => `\\${character}`);
}

function findingLines({ appeared, disappeared }: MeshDiff): { kind: ChangeKind; text: string }[] {
  const line = (kind: ChangeKind, sign: string) => (finding: Finding) => {
    const { rule, level, object, path, message } = finding;
    const about = object === null ? finding.position.file : `${object.kind} ${object.namespace}/${object.name}`;
    return {
      kind,
      text: `${sign} ${level} ${rule.id} ${rule.name}, ${about}${path === "" ? "" : ` ${path}`}: ${message}`,
    };
  };
  return [...appeared.map(line("removed", "+")), ...disappeared.map(line("added", "-"))];
}

function summaryOf({ databases }: MeshDiff): string {
  if (databases.length === 0) return "no differences: every proxy gets the same configuration";
  const changes = databases.reduce((sum, { changes: own }) => sum + Math.max(1, own.length), 0);
  const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  return `${plural(changes, "change")} for ${plural(databases.length, "workload")}`;
}
