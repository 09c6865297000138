/** What comes in a request's body on its way to an object. */
import { unreadable } from "./built-in-rules.ts";
import { isMapping } from "./cause.ts";
import { badRequest } from "./failure.ts";
import type { Kind } from "./kinds.ts";
import { fillDefaults, prune } from "./schema.ts";
import type { FakeObject } from "./store.ts";

export type Draft = Record<string, unknown>;

/** How strict a body is read. */
export interface ReadOptions {
  /** Unknown fields are an error, a warning, or nothing. */
  fieldValidation: "Strict" | "Warn" | "Ignore";
  /** Collects what the answer's Warning headers will say. */
  warnings: string[];
}

/** Reads a body as an object of `kind` in `namespace`. @throws Failure when it is none. */
export function draftOf(kind: Kind, body: unknown, namespace: string | undefined): Draft {
  if (!isMapping(body)) throw badRequest("the request has no object");
  const draft = structuredClone(body);
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  draft["apiVersion"] ??= apiVersion;
  draft["kind"] ??= kind.kind;
  if (draft["apiVersion"] !== apiVersion || draft["kind"] !== kind.kind) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): ${draft["apiVersion"]} ${draft["kind"]}`,
    );
  }
  const meta = (isMapping(draft["metadata"]) ? draft["metadata"] : {}) as Draft;
  draft["metadata"] = meta;
  if (namespace !== undefined) {
    meta["namespace"] ??= namespace;
    if (meta["namespace"] !== namespace) {
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    }
  }
  return draft;
}

/** Prunes and fills in defaults, in place. @throws Failure for what cannot be read. */
export function readInto(kind: Kind, draft: Draft, options: ReadOptions, hasDefaults = true): FakeObject {
  if (kind.schema !== null) {
    const gone = prune(kind.schema, draft);
    if (gone.length > 0 && options.fieldValidation === "Strict") {
      const list = gone.map((path) => `unknown field "${path}"`).join(", ");
      throw badRequest(
        `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${list}`,
      );
    }
    if (options.fieldValidation === "Warn") options.warnings.push(...gone.map((path) => `unknown field "${path}"`));
    if (hasDefaults) fillDefaults(kind.schema, draft);
  }
  const object = draft as unknown as FakeObject;
  const complaint = unreadable(kind, object);
  if (complaint !== null) throw badRequest(complaint);
  return object;
}
