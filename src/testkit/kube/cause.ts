/** One thing that is wrong with an object, worded as a real server's. */

export interface Cause {
  reason: string;
  message: string;
  field: string;
}

/** A value that may not be. */
export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** A value of the wrong type. */
export function wrongType(field: string, value: unknown, wanted: string): Cause {
  const why = `${field} in body must be of type ${wanted}: ${JSON.stringify(typeOf(value))}`;
  return { reason: "FieldValueTypeInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** A field that must be there. */
export function requiredValue(field: string, why = ""): Cause {
  return { reason: "FieldValueRequired", field, message: `Required value${why === "" ? "" : `: ${why}`}` };
}

/** A word that is none of those. */
export function unsupportedValue(field: string, value: unknown, supported: readonly unknown[]): Cause {
  const words = supported.map((word) => JSON.stringify(word)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${words}`;
  return { reason: "FieldValueNotSupported", field, message };
}

/** The same again in a list that is a set or a map. */
export function duplicateValue(field: string, value: unknown): Cause {
  return { reason: "FieldValueDuplicate", field, message: `Duplicate value: ${JSON.stringify(value)}` };
}

/** JSON's name of a value's type. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "object" ? "object" : typeof value;
}

/** Whether `value` is an object and no list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
