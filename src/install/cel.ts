/**
 * Values as CEL writes them in a MutatingAdmissionPolicy: a part of a pod is `Object.spec.initContainers{name: "a"}`, by the path of its
 * type. https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */
import { isMapping } from "../api/schema-walk.ts";

/** Something that is only known when the policy is evaluated. As a part of a text it is a mark, which celOf() finds again. */
interface Expression {
  readonly cel: string;
  /** It may have no value; then the field is not there. */
  readonly isOptional: boolean;
  toString(): string;
  toJSON(): string;
}

const OPEN = "\u27e8";
const CLOSE = "\u27e9";

/** Stands for a value of type T, whose value is `cel`. */
export function expression<T>(cel: string, isOptional = false): T {
  const text = () => `${OPEN}${cel}${CLOSE}`;
  const made: Expression = { cel, isOptional, toString: text, toJSON: text };
  return made as unknown as T;
}

/** Fields that are maps of texts, with keys of any name. */
const MAPS = ["requests"];
const WIDTH = 110;

/** `value` in CEL. `type` is the path of its type, `Object.spec.volumes` for an item of that list; `indent` is where its lines begin. */
export function celOf(value: unknown, type: string, indent = ""): string {
  const deeper = `${indent}  `;
  if (isExpression(value)) return value.cel;
  if (typeof value === "string") return celText(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => celOf(item, type, deeper));
    return block("[", items, "]", indent);
  }
  if (!isMapping(value)) return String(value);
  const isMap = MAPS.includes(type.slice(type.lastIndexOf(".") + 1));
  const fields = Object.entries(value).map(([key, field]) => {
    const mark = isExpression(field) && field.isOptional ? "?" : "";
    return `${mark}${isMap ? celText(key) : key}: ${celOf(field, `${type}.${key}`, deeper)}`;
  });
  return block(isMap ? "{" : `${type}{`, fields, "}", indent);
}

/** A text, with what is to be evaluated in it: `"a" + x + "b"`. */
export function celText(text: string): string {
  const parts = text.split(/\u27e8([^\u27e9]*)\u27e9/);
  const written = parts.map((part, index) => (index % 2 === 1 ? part : JSON.stringify(part)));
  const needed = written.filter((part) => part !== '""');
  return needed.length === 0 ? '""' : needed.join(" + ");
}

function block(open: string, items: readonly string[], close: string, indent: string): string {
  const line = `${open}${items.join(", ")}${close}`;
  if (!line.includes("\n") && indent.length + line.length <= WIDTH) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}${close}`;
}

function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && "cel" in value;
}
