/** What the fake API server answers when it does not do what it was asked: Status objects, worded as a real server's. */
import type { Cause } from "./cause.ts";
import type { Kind } from "./kinds.ts";

/** A refusal on its way to the answer. */
export class Failure extends Error {
  readonly status: Record<string, unknown>;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** No such object. */
export function notFound(kind: Kind, name: string): Failure {
  return new Failure(404, "NotFound", `${titleOf(kind)} "${name}" not found`, detailsOf(kind, name));
}

/** The name is taken. */
export function alreadyExists(kind: Kind, name: string): Failure {
  return new Failure(409, "AlreadyExists", `${titleOf(kind)} "${name}" already exists`, detailsOf(kind, name));
}

/** Somebody else was faster, or a precondition does not hold. */
export function conflict(kind: Kind, name: string, why?: string): Failure {
  const reason = why ?? "the object has been modified; please apply your changes to the latest version and try again";
  const message = `Operation cannot be fulfilled on ${titleOf(kind)} "${name}": ${reason}`;
  return new Failure(409, "Conflict", message, detailsOf(kind, name));
}

/** The object breaks its schema or a rule. */
export function invalid(kind: Kind, name: string, causes: readonly Cause[]): Failure {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const { group, kind: word } = kind;
  const message = `${word}${group === "" ? "" : `.${group}`} "${name}" is invalid: ${all}`;
  return new Failure(422, "Invalid", message, { ...detailsOf(kind, name), kind: word, causes });
}

/** The request makes no sense. */
export function badRequest(message: string): Failure {
  return new Failure(400, "BadRequest", message);
}

/** The history does not reach back that far. */
export function expired(message: string): Failure {
  return new Failure(410, "Expired", message);
}

/** A kind of patch or body that is not known here. */
export function unsupportedMediaType(accepted: readonly string[]): Failure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new Failure(415, "UnsupportedMediaType", message);
}

function titleOf({ plural, group }: Kind): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function detailsOf({ plural, group }: Kind, name: string): Record<string, unknown> {
  return group === "" ? { name, kind: plural } : { name, group, kind: plural };
}
