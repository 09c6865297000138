/** metav1.ObjectMeta, as far as manifests write it. */
import * as v from "valibot";
import { text } from "./fields.ts";

/** Where an object lives that names no namespace. */
export const NAMESPACE_DEFAULT = "default";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const RULE = "lower-case letters, digits and -, beginning and ending with a letter or digit";

/** What the API server adds; `kubectl get -o yaml` shows it, and it says nothing to us. */
const SERVER_FIELDS = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
] as const;

const strings = (description: string) => v.exactOptional(v.record(v.string(), text(description)), {});

export const metadataSchema = v.object({
  name: v.pipe(
    v.string(),
    v.regex(DNS_SUBDOMAIN, `is no name for a Kubernetes object\nuse ${RULE}`),
    v.maxLength(253, "is longer than 253 characters"),
    v.description("the object's name"),
  ),
  namespace: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(DNS_LABEL, `is no namespace\nuse ${RULE}`),
      v.maxLength(63, "is longer than 63 characters"),
      v.description("the object's namespace"),
    ),
    NAMESPACE_DEFAULT,
  ),
  labels: strings("a label value; put numbers, true and false in quotes"),
  annotations: strings("an annotation value; put numbers, true and false in quotes"),
  ...(Object.fromEntries(SERVER_FIELDS.map((name) => [name, v.exactOptional(v.unknown())])) as Record<
    (typeof SERVER_FIELDS)[number],
    v.ExactOptionalSchema<v.UnknownSchema, undefined>
  >),
});
