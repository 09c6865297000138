/** Calls webhooks as a real server does: mutating ones in turn, again where they want it, then the validating ones. */
import { isMapping } from "./cause.ts";
import { Failure } from "./failure.ts";
import type { Kind } from "./kinds.ts";
import { jsonPatch } from "./patch.ts";
import { type LabelSelector, selectsLabels } from "./selector.ts";
import type { FakeObject } from "./store.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

/** What is to be admitted. */
export interface Admitted {
  operation: Operation;
  kind: Kind;
  namespace: string | undefined;
  name: string;
  subresource: string | undefined;
  object: FakeObject | null;
  oldObject: FakeObject | null;
  isDryRun: boolean;
}

interface Webhook {
  name: string;
  clientConfig: {
    url?: string;
    caBundle?: string;
    service?: { namespace: string; name: string; path?: string; port?: number };
  };
  rules?: readonly {
    operations: readonly string[];
    apiGroups: readonly string[];
    apiVersions: readonly string[];
    resources: readonly string[];
  }[];
  failurePolicy?: "Fail" | "Ignore";
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  timeoutSeconds?: number;
  reinvocationPolicy?: "Never" | "IfNeeded";
}

/** What admission needs of the server around it. */
export interface AdmissionContext {
  mutating(): readonly FakeObject[];
  validating(): readonly FakeObject[];
  namespaceLabels(namespace: string): Record<string, string>;
  /** Where a service's port is; the name is still the one that its certificate must bear. */
  addressOf(namespace: string, service: string, port: number): string;
  /** Told of every call of a webhook, with what went wrong. */
  onCall(webhook: string, durationMs: number, failure: string | null): void;
}

interface Answer {
  allowed: boolean;
  object: FakeObject | null;
}

/** Lets the mutating webhooks change the object. @throws Failure when one refuses, or fails and must not. */
export async function mutate(context: AdmissionContext, admitted: Admitted): Promise<FakeObject | null> {
  const hooks = webhooksOf(context.mutating()).filter((hook) => isConcerned(context, hook, admitted));
  let object = admitted.object;
  let lastChange = -1;
  for (const [index, hook] of hooks.entries()) {
    const answer = await ask(context, hook, { ...admitted, object }, true);
    if (!Bun.deepEquals(answer.object, object)) lastChange = index;
    object = answer.object;
  }
  // Whoever was asked before the last change is asked once more, if it wants to be.
  for (const [index, hook] of hooks.entries()) {
    if (index >= lastChange || hook.reinvocationPolicy !== "IfNeeded") continue;
    object = (await ask(context, hook, { ...admitted, object }, true)).object;
  }
  return object;
}

/** Asks the validating webhooks. @throws Failure when one refuses, or fails and must not. */
export async function validate(context: AdmissionContext, admitted: Admitted): Promise<void> {
  const hooks = webhooksOf(context.validating()).filter((hook) => isConcerned(context, hook, admitted));
  await Promise.all(hooks.map((hook) => ask(context, hook, admitted, false)));
}

function webhooksOf(configurations: readonly FakeObject[]): Webhook[] {
  const sorted = configurations.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return sorted.flatMap((configuration) => (configuration["webhooks"] ?? []) as Webhook[]);
}

function isConcerned(context: AdmissionContext, hook: Webhook, admitted: Admitted): boolean {
  const { kind, operation, subresource, namespace, object, oldObject } = admitted;
  const plural = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const has = (words: readonly string[], word: string) => words.includes("*") || words.includes(word);
  const isRuled = (hook.rules ?? []).some((rule) => {
    return (
      has(rule.operations, operation) &&
      has(rule.apiGroups, kind.group) &&
      has(rule.apiVersions, kind.version) &&
      (rule.resources.includes(plural) || (rule.resources.includes("*") && subresource === undefined))
    );
  });
  if (!isRuled) return false;
  if (namespace !== undefined && !selectsLabels(hook.namespaceSelector, context.namespaceLabels(namespace)))
    return false;
  return [object, oldObject].some(
    (each) => each !== null && selectsLabels(hook.objectSelector, each.metadata.labels ?? {}),
  );
}

async function ask(context: AdmissionContext, hook: Webhook, admitted: Admitted, mayPatch: boolean): Promise<Answer> {
  const startedMs = performance.now();
  const tell = (failure: string | null) => context.onCall(hook.name, performance.now() - startedMs, failure);
  try {
    const answer = await post(context, hook, admitted);
    tell(null);
    return readAnswer(hook, admitted, answer, mayPatch);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    tell(why);
    if (hook.failurePolicy === "Ignore") return { allowed: true, object: admitted.object };
    throw new Failure(500, "InternalError", `Internal error occurred: failed calling webhook "${hook.name}": ${why}`);
  }
}

const UID = () => crypto.randomUUID();

async function post(context: AdmissionContext, hook: Webhook, admitted: Admitted): Promise<Record<string, unknown>> {
  const uid = UID();
  const { url, service, caBundle } = hook.clientConfig;
  const port = service?.port ?? 443;
  const address =
    service === undefined
      ? (url ?? "")
      : `https://${context.addressOf(service.namespace, service.name, port)}${service.path ?? "/"}`;
  const target = new URL(address);
  const timeout = hook.timeoutSeconds ?? 10;
  target.searchParams.set("timeout", `${timeout}s`);
  const response = await fetch(target, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, */*" },
    body: JSON.stringify(reviewOf(uid, admitted)),
    signal: AbortSignal.timeout(timeout * 1000),
    tls: {
      ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, "base64").toString("utf8") }),
      ...(service === undefined ? {} : { serverName: `${service.name}.${service.namespace}.svc` }),
    },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the server answered ${response.status}: ${text.slice(0, 200)}`);
  const review = JSON.parse(text) as Record<string, unknown>;
  const answer = review["response"];
  if (review["kind"] !== "AdmissionReview" || review["apiVersion"] !== "admission.k8s.io/v1" || !isMapping(answer)) {
    throw new Error(`expected response.kind AdmissionReview of admission.k8s.io/v1, got ${text.slice(0, 200)}`);
  }
  if (answer["uid"] !== uid) throw new Error(`expected response.uid="${uid}", got "${answer["uid"]}"`);
  return answer;
}

function readAnswer(hook: Webhook, { object }: Admitted, answer: Record<string, unknown>, mayPatch: boolean): Answer {
  if (answer["allowed"] !== true) {
    const status = isMapping(answer["status"]) ? answer["status"] : {};
    const code = typeof status["code"] === "number" && status["code"] > 0 ? status["code"] : 400;
    const said = status["message"] ?? status["reason"];
    const why = said === undefined ? "denied the request without explanation" : `denied the request: ${said}`;
    throw new Failure(code, String(status["reason"] ?? ""), `admission webhook "${hook.name}" ${why}`);
  }
  if (answer["patch"] === undefined || !mayPatch) return { allowed: true, object };
  if (answer["patchType"] !== "JSONPatch") throw new Error(`unexpected patchType ${answer["patchType"]}`);
  const steps: unknown = JSON.parse(Buffer.from(String(answer["patch"]), "base64").toString("utf8"));
  return { allowed: true, object: jsonPatch(object, steps) as FakeObject };
}

function reviewOf(
  uid: string,
  { kind, operation, namespace, name, subresource, object, oldObject, isDryRun }: Admitted,
) {
  const { group, version, plural, kind: word } = kind;
  const gvk = { group, version, kind: word };
  const gvr = { group, version, resource: plural };
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      kind: gvk,
      resource: gvr,
      requestKind: gvk,
      requestResource: gvr,
      ...(subresource === undefined ? {} : { subResource: subresource }),
      ...(name === "" ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      operation,
      userInfo: { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
      object,
      oldObject,
      dryRun: isDryRun,
      options: null,
    },
  };
}
