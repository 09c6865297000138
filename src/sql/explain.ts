/** What a text is read as, for people: the same facts that rules and routing get. */
import { accessOf } from "./access.ts";
import { namesOfEffects } from "./effects.ts";
import {
  ACTION_NAMES,
  CALL_AGGREGATE,
  CALL_UNKNOWN,
  CLAUSE_NONE,
  type ColumnFact,
  type ComparisonFact,
  type Facts,
  NONE,
  OPERATOR_IN,
  SCOPE_GLOBAL,
  SCOPE_PERSIST,
  SCOPE_SESSION,
  type TableFact,
  VARIABLE_USER,
  type VariableFact,
} from "./facts.ts";
import { digestOf, factsOf } from "./facts-of.ts";
import * as grammar from "./grammar.ts";
import { hintKey, hintsOf, hintValue } from "./hints.ts";
import { nameText, rawText } from "./names.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";
import type { Dialect, Tokens } from "./tokens.ts";
import { FAILURE_NONE, FAILURE_TOO_DEEP } from "./tree.ts";

const COM_QUERY = 0x03;
/** Room for the longest word on the left. */
const LABEL_WIDTH = 12;
const TOKENS_SHOWN_MAX = 200;
const SCOPES: Readonly<Record<number, string>> = {
  [SCOPE_SESSION]: "SESSION ",
  [SCOPE_GLOBAL]: "GLOBAL ",
  [SCOPE_PERSIST]: "PERSIST ",
};
const CLAUSES = ["", "WHERE", "ON", "HAVING"];

/** Explains the text in lines of "what  it is". */
export function explain(bytes: Uint8Array, dialect: Dialect): string {
  const statement = { ...newStatement(), ...dialect };
  readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
  const tokens = tokensOf(statement);
  const { id, text: digestText } = digestOf(statement);
  const facts = factsOf(statement);
  const lines = [
    ...section("kind", [`${statement.kind}, ${accessOf(statement.kind, facts)}`]),
    ...section("digest", [digestText, id]),
    ...section("failure", failureOf(statement, tokens, facts)),
    ...section(
      "tables",
      listOf(facts.tables).map((table) => describeTable(tokens, table)),
    ),
    ...section(
      "columns",
      listOf(facts.columns).map((column) => describeColumn(tokens, facts, column)),
    ),
    ...section(
      "compared",
      listOf(facts.comparisons).map((comparison) => describeComparison(tokens, facts, comparison)),
    ),
    ...section("blocks", blocksOf(tokens, facts)),
    ...section("inserts", rowsOf(tokens, facts)),
    ...section("calls", callsOf(tokens, facts)),
    ...section(
      "variables",
      listOf(facts.variables).map((variable) => describeVariable(tokens, variable)),
    ),
    ...section("effects", namesOfEffects(statement.effects | facts.effects)),
    ...section("hints", hintsIn(statement)),
    ...section("tokens", tokensIn(tokens)),
  ];
  return lines.join("");
}

function section(label: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => `${(i === 0 ? label : "").padEnd(LABEL_WIDTH)}${text}\n`);
}

function listOf<T>(list: { items: readonly T[]; count: number }): readonly T[] {
  return list.items.slice(0, list.count);
}

function failureOf(statement: Statement, tokens: Tokens, facts: Facts): string[] {
  if (facts.isTruncated) return ["more facts than are kept: what follows is true, but not all"];
  if (facts.failure === FAILURE_NONE) return [];
  const at = tokens.starts[facts.failedAt]!;
  const before = new TextDecoder().decode(statement.bytes.subarray(statement.start, at)).split("\n");
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  const what =
    facts.failedAt < tokens.count ? `"${rawText(tokens, facts.failedAt).slice(0, 40)}"` : "the end of the text";
  if (facts.failure === FAILURE_TOO_DEEP) return [`nested too deep at ${place}`];
  return [`not understood at ${place}, at ${what}; a server may know better`];
}

function describeTable(tokens: Tokens, table: TableFact): string {
  const name =
    table.schema === NONE
      ? nameText(tokens, table.name)
      : `${nameText(tokens, table.schema)}.${nameText(tokens, table.name)}`;
  const alias = table.alias === NONE ? "" : ` as ${nameText(tokens, table.alias)}`;
  const actions = ACTION_NAMES.filter((_, bit) => (table.actions & (1 << bit)) !== 0).join(", ");
  return `${name}${alias}: ${table.isCommonTable ? "common table expression" : actions} (block ${table.block})`;
}

function describeColumn(tokens: Tokens, facts: Facts, column: ColumnFact): string {
  const table = column.table === NONE ? "" : ` of ${nameText(tokens, facts.tables.items[column.table]!.name)}`;
  const assigned = column.isAssigned ? ", assigned" : "";
  const alias = column.isAlias ? ", or an item of the select list" : "";
  return `${spelling(tokens, column.first, column.end)}${table} (block ${column.block}${assigned}${alias})`;
}

function describeComparison(tokens: Tokens, facts: Facts, comparison: ComparisonFact): string {
  const { first, end } = facts.columns.items[comparison.column]!;
  const closing = comparison.operator === OPERATOR_IN ? 1 : 0;
  const text = spelling(tokens, Math.min(first, comparison.first), Math.max(end, comparison.end + closing));
  const constant = comparison.isConstant ? "constant" : "not constant";
  const required = comparison.requiredIn === CLAUSE_NONE ? "" : `, every row of ${CLAUSES[comparison.requiredIn]}`;
  return `${text} (${constant}${required})`;
}

/** What blocks do besides reading tables. */
function blocksOf(tokens: Tokens, facts: Facts): string[] {
  return listOf(facts.blocks).flatMap((block, number) => {
    const words = [
      block.isDistinct ? "DISTINCT" : "",
      block.isGrouped ? "GROUP BY" : "",
      block.hasAggregate ? "aggregates" : "",
      ...listOf(facts.orders)
        .filter((order) => order.block === number)
        .map((order) => {
          const item = spelling(tokens, order.first, order.end);
          return order.isGroup ? `group ${item}` : `order ${item}${order.isDescending ? " DESC" : ""}`;
        }),
      ...listOf(facts.limits)
        .filter((limit) => limit.block === number)
        .map((limit) => spelling(tokens, limit.first, limit.end)),
    ];
    const said = words.filter((word) => word !== "");
    return said.length === 0 ? [] : [`block ${number}: ${said.join(", ")}`];
  });
}

function rowsOf(tokens: Tokens, facts: Facts): string[] {
  if (facts.rows === 0 && facts.insertColumns.count === 0) return [];
  const names = listOf(facts.insertColumns).map(({ name }) => nameText(tokens, name));
  return [`${facts.rows} rows${names.length === 0 ? "" : ` of ${names.join(", ")}`}`];
}

function callsOf(tokens: Tokens, facts: Facts): string[] {
  return listOf(facts.calls).map((call) => {
    const schema = call.schema === NONE ? "" : `${nameText(tokens, call.schema)}.`;
    const kind = call.kind === CALL_UNKNOWN ? ": may do anything" : call.kind === CALL_AGGREGATE ? ": aggregate" : "";
    return `${schema}${nameText(tokens, call.name)}${kind}`;
  });
}

function describeVariable(tokens: Tokens, variable: VariableFact): string {
  const name = nameText(tokens, variable.name);
  const shown = variable.kind === VARIABLE_USER ? `@${name}` : `${SCOPES[variable.scope] ?? ""}${name}`;
  if (!variable.isAssigned) return `${shown}: read`;
  if (variable.first === NONE) return `${shown}: assigned`;
  const value = spelling(tokens, variable.first, variable.end);
  return `${shown} = ${value}${variable.isLiteral ? "" : " (not a literal)"}`;
}

function hintsIn(statement: Statement): string[] {
  return listOf(hintsOf(statement)).map((hint) => {
    return `${hint.isOwn ? "pisanix" : "tag"} ${hintKey(statement, hint)}=${hintValue(statement, hint)}`;
  });
}

function tokensIn(tokens: Tokens): string[] {
  const names = new Map<unknown, string>();
  for (const [name, value] of Object.entries(grammar)) if (name.startsWith("TOKEN_")) names.set(value, name.slice(6));
  const shown = Math.min(tokens.count, TOKENS_SHOWN_MAX);
  const texts = Array.from({ length: shown }, (_, i) => {
    const text = rawText(tokens, i);
    const name = names.get(tokens.kinds[i]) ?? "";
    if (name === text.toUpperCase()) return name;
    return /^[^\w'"`]+$/.test(text) ? text : `${name}(${text})`;
  });
  return [`${tokens.count}: ${texts.join(" ")}${shown < tokens.count ? " ..." : ""}`];
}

/** The tokens [first, end) as they are written. */
function spelling(tokens: Tokens, first: number, end: number): string {
  if (first >= end) return "";
  return Buffer.prototype.toString
    .call(tokens.bytes, "utf8", tokens.starts[first], tokens.ends[end - 1])
    .replaceAll(/\s+/g, " ");
}
