/** Whether two configurations say the same. */
import { reveal, type Secret } from "./secret.ts";

/** Whether two values of plain data are the same; secrets are by what they hide. An absent field is one that is undefined. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (isSecret(left) || isSecret(right)) return isSecret(left) && isSecret(right) && reveal(left) === reveal(right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (Array.isArray(left) && Array.isArray(right) && left.length !== right.length) return false;
  return changedFields(left, right).length === 0;
}

/** The fields in which two objects differ, in the order in which they are met. */
export function changedFields(left: object, right: object): string[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => !isSameValue(fieldOf(left, name), fieldOf(right, name)));
}

function fieldOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function isSecret(value: object): value is Secret {
  return "kind" in value && value.kind === "secret" && "toJSON" in value;
}
