/** Creating, changing and deleting objects, in the order of a real server: decode, admit, validate, store. */
import { type AdmissionContext, mutate, type Operation, validate } from "./admission.ts";
import { builtInCauses, immutableCauses, nameCauses } from "./built-in-rules.ts";
import { isMapping } from "./cause.ts";
import { defineKinds, removeKinds, removeNamespace } from "./definitions.ts";
import { type Draft, draftOf, type ReadOptions, readInto } from "./draft.ts";
import { alreadyExists, badRequest, conflict, invalid, notFound, unsupportedMediaType } from "./failure.ts";
import { type Asked, CRDS, type KindTable, LEASES, NAMESPACES } from "./kinds.ts";
import { applyFields, type Manager, trackUpdate } from "./managed-fields.ts";
import { jsonPatch, mergePatch } from "./patch.ts";
import { validateSchema } from "./schema.ts";
import { type FakeObject, findObject, putObject, removeObject, type Store } from "./store.ts";

/** What writing needs of the server. */
export interface WriteContext {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly admission: AdmissionContext;
  /** RFC 3339, whole seconds. */
  now(): string;
}

/** Who writes, and how. */
export interface WriteOptions extends ReadOptions {
  manager: string;
  isForced: boolean;
  isDryRun: boolean;
}

/** Creates an object. @throws Failure */
export async function create(context: WriteContext, asked: Asked, body: unknown, options: WriteOptions) {
  const { kind, namespace } = asked;
  const draft = draftOf(kind, body, namespace);
  const meta = draft["metadata"] as Draft;
  const prefix = meta["generateName"];
  if (typeof meta["name"] !== "string" && typeof prefix === "string") {
    meta["name"] = `${prefix}${Math.random().toString(36).slice(2, 7).padEnd(5, "x")}`;
  }
  if (typeof meta["name"] !== "string" || meta["name"] === "") {
    throw invalid(kind, "", [
      {
        reason: "FieldValueRequired",
        field: "metadata.name",
        message: "Required value: name or generateName is required",
      },
    ]);
  }
  if (meta["resourceVersion"] !== undefined && meta["resourceVersion"] !== "") {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  if (kind.hasStatus) delete draft["status"];
  Object.assign(meta, { uid: crypto.randomUUID(), creationTimestamp: context.now(), generation: 1 });
  const object = readInto(kind, draft, options);
  return store(context, asked, null, object, options, {
    name: options.manager,
    operation: "Update",
    subresource: undefined,
  });
}

/** Replaces an object, or its status. @throws Failure */
export async function replace(context: WriteContext, asked: Asked, body: unknown, options: WriteOptions) {
  const { kind, namespace, name = "", subresource } = asked;
  const existing = existingOf(context, asked);
  const draft = draftOf(kind, body, namespace);
  const meta = draft["metadata"] as Draft;
  if (meta["name"] !== name)
    throw badRequest(`the name of the object (${meta["name"]}) does not match the name on the URL (${name})`);
  if ((meta["resourceVersion"] ?? "") === "" && (kind.schema !== null || kind === LEASES)) {
    const message = "Invalid value: 0: must be specified for an update";
    throw invalid(kind, name, [{ reason: "FieldValueInvalid", field: "metadata.resourceVersion", message }]);
  }
  return update(context, asked, existing, draft, options, { name: options.manager, operation: "Update", subresource });
}

const PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

/** Changes an object by a patch of any kind that we know. @throws Failure */
export async function patch(
  context: WriteContext,
  asked: Asked,
  contentType: string,
  body: unknown,
  options: WriteOptions,
) {
  const { kind, namespace, name = "", subresource } = asked;
  if (contentType === "application/apply-patch+yaml") return apply(context, asked, body, options);
  if (!PATCH_TYPES.includes(contentType)) throw unsupportedMediaType(PATCH_TYPES);
  const existing = existingOf(context, asked);
  const patched =
    contentType === "application/json-patch+json" ? jsonPatch(existing, body) : mergePatch(existing, body);
  const draft = draftOf(kind, patched, namespace);
  if ((draft["metadata"] as Draft)["name"] !== name) throw badRequest("metadata.name cannot be changed by a patch");
  return update(context, asked, existing, draft, options, { name: options.manager, operation: "Update", subresource });
}

async function apply(context: WriteContext, asked: Asked, body: unknown, options: WriteOptions) {
  const { kind, namespace, name = "", subresource } = asked;
  const existing = findObject(context.store, kind, namespace, name);
  if (existing === null && subresource !== undefined) throw notFound(kind, name);
  if (options.manager === "")
    throw badRequest("PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch");
  const wanted = draftOf(kind, body, namespace);
  const meta = wanted["metadata"] as Draft;
  if (meta["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
  meta["name"] ??= name;
  const version = meta["resourceVersion"];
  if (existing !== null && version !== undefined && version !== existing.metadata.resourceVersion)
    throw conflict(kind, name);
  readInto(kind, wanted, options, false);
  const manager: Manager = { name: options.manager, operation: "Apply", subresource };
  const merged = applyFields(kind, existing, wanted, manager, { isForced: options.isForced, time: context.now() });
  if (existing !== null) return update(context, asked, existing, merged, options, null);
  const created = merged["metadata"] as Draft;
  Object.assign(created, { name, ...(namespace === undefined ? {} : { namespace }) });
  Object.assign(created, { uid: crypto.randomUUID(), creationTimestamp: context.now(), generation: 1 });
  merged["apiVersion"] = wanted["apiVersion"];
  merged["kind"] = wanted["kind"];
  return store(context, asked, null, readInto(kind, merged, options), options, null);
}

async function update(
  context: WriteContext,
  asked: Asked,
  existing: FakeObject,
  draft: Draft,
  options: WriteOptions,
  manager: Manager | null,
) {
  const { kind, name = "", subresource } = asked;
  const meta = draft["metadata"] as Draft;
  const { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp } = existing.metadata;
  if ((meta["resourceVersion"] ?? resourceVersion) !== resourceVersion) throw conflict(kind, name);
  if ((meta["uid"] ?? uid) !== uid && subresource === undefined) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${meta["uid"]}, UID in object meta: ${uid}`);
  }
  let next: Draft;
  if (subresource === "status") {
    // A status write changes nothing else, whatever it says.
    next = { ...structuredClone(existing), status: draft["status"] };
    if (draft["status"] === undefined) delete next["status"];
    const { managedFields } = meta;
    if (manager === null) (next["metadata"] as Draft)["managedFields"] = managedFields;
  } else {
    next = kind.hasStatus ? { ...draft, status: existing["status"] } : draft;
    if (next["status"] === undefined) delete next["status"];
  }
  const nextMeta = next["metadata"] as Draft;
  Object.assign(nextMeta, { uid, resourceVersion, creationTimestamp, generation });
  if (deletionTimestamp !== undefined) nextMeta["deletionTimestamp"] = deletionTimestamp;
  if (existing.metadata.namespace !== undefined) nextMeta["namespace"] = existing.metadata.namespace;
  next["apiVersion"] = existing.apiVersion;
  next["kind"] = existing.kind;
  const object = readInto(kind, next, options);
  if (!Bun.deepEquals(withoutMeta(existing), withoutMeta(object))) object.metadata.generation = (generation ?? 1) + 1;
  return store(context, asked, existing, object, options, manager);
}

/** Deletes an object, or marks it when somebody wants to clean up before. @throws Failure */
export async function remove(context: WriteContext, asked: Asked, body: unknown, options: WriteOptions) {
  const { kind, namespace, name = "" } = asked;
  const existing = existingOf(context, asked);
  const { uid, resourceVersion } = existing.metadata;
  const wanted = (isMapping(body) && isMapping(body["preconditions"]) ? body["preconditions"] : {}) as Draft;
  if ((wanted["uid"] ?? uid) !== uid || (wanted["resourceVersion"] ?? resourceVersion) !== resourceVersion) {
    throw conflict(kind, name, `Precondition failed: the object in storage is ${uid} at ${resourceVersion}`);
  }
  await admit(context, asked, "DELETE", null, existing, options);
  if (options.isDryRun) return existing;
  if ((existing.metadata.finalizers ?? []).length > 0) {
    const marked = structuredClone(existing);
    marked.metadata.deletionTimestamp = context.now();
    return putObject(context.store, kind, marked);
  }
  removeObject(context.store, kind, existing);
  if (kind === CRDS) removeKinds(context, existing);
  if (kind === NAMESPACES) removeNamespace(context, name);
  const { group, plural } = kind;
  const details = { name, ...(group === "" ? {} : { group }), kind: plural, uid };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details,
    namespace: namespace ?? undefined,
  };
}

/** Admits and stores. Nothing happens when nothing changed. */
async function store(
  context: WriteContext,
  asked: Asked,
  existing: FakeObject | null,
  draft: FakeObject,
  options: WriteOptions,
  manager: Manager | null,
): Promise<FakeObject> {
  const { kind, namespace } = asked;
  const operation = existing === null ? "CREATE" : "UPDATE";
  const admitted = await admit(context, asked, operation, draft, existing, options);
  const object = admitted === draft ? draft : readInto(kind, admitted as unknown as Draft, options);
  const { name } = object.metadata;
  const causes = [...nameCauses({ name }), ...builtInCauses(kind, object)];
  if (existing !== null) causes.push(...immutableCauses(kind, existing, object));
  if (kind.schema !== null) causes.push(...validateSchema(kind.schema, object));
  if (causes.length > 0) throw invalid(kind, name, causes);
  await validate(context.admission, {
    operation,
    kind,
    namespace,
    name,
    subresource: asked.subresource,
    object,
    oldObject: existing,
    isDryRun: options.isDryRun,
  });
  // Somebody may have written while the webhooks were asked.
  const current = findObject(context.store, kind, namespace, name);
  if (existing === null && current !== null) throw alreadyExists(kind, name);
  if (existing !== null && current === null) throw notFound(kind, name);
  if (existing !== null && current?.metadata.resourceVersion !== existing.metadata.resourceVersion)
    throw conflict(kind, name);
  if (manager !== null) trackUpdate(kind, existing, object as unknown as Draft, manager, context.now());
  if (existing !== null && isSame(existing, object)) return existing;
  if (options.isDryRun) return object;
  if (kind === CRDS) defineKinds(context, object);
  if (object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0) {
    return removeObject(context.store, kind, object);
  }
  return putObject(context.store, kind, object);
}

async function admit(
  context: WriteContext,
  { kind, namespace, name, subresource }: Asked,
  operation: Operation,
  object: FakeObject | null,
  oldObject: FakeObject | null,
  { isDryRun }: WriteOptions,
): Promise<FakeObject | null> {
  if (
    namespace !== undefined &&
    operation === "CREATE" &&
    findObject(context.store, NAMESPACES, undefined, namespace) === null
  ) {
    throw notFound(NAMESPACES, namespace);
  }
  const named = object?.metadata.name ?? name ?? "";
  return mutate(context.admission, {
    operation,
    kind,
    namespace,
    name: named,
    subresource,
    object,
    oldObject,
    isDryRun,
  });
}

function existingOf({ store: objects }: WriteContext, { kind, namespace, name = "" }: Asked): FakeObject {
  const existing = findObject(objects, kind, namespace, name);
  if (existing === null) throw notFound(kind, name);
  return existing;
}

function withoutMeta(object: FakeObject): Draft {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

/** Times in managedFields alone are no change. */
function isSame(a: FakeObject, b: FakeObject): boolean {
  const comparable = ({ metadata, ...rest }: FakeObject) => {
    const fields = ((metadata.managedFields ?? []) as Draft[])
      .map(({ time: _, ...entry }) => JSON.stringify(entry))
      .sort();
    return { ...rest, metadata: { ...metadata, managedFields: fields } };
  };
  return Bun.deepEquals(comparable(a), comparable(b));
}
