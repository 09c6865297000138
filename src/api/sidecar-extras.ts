/** Settings of the sidecar that are JSON inside an annotation: more environment, more volumes. */
import * as v from "valibot";
import { isMapping } from "./schema-walk.ts";

/** Variables that pisanix sets itself, or whose meaning is the proxy's own. */
const ENV_RESERVED = /^PISA(NIX)?_/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VOLUME_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Names and places that the sidecar has itself. */
const VOLUME_RESERVED = "pisa-";
const PATHS_RESERVED = ["/var/run/secrets", "/var/lib/pisanix"];

/** A volume as Kubernetes writes it, without its name. */
export type VolumeSource = Record<string, unknown>;
/** A mount as Kubernetes writes it, without its name. */
export type VolumeMount = Record<string, unknown> & { mountPath: string };

/** `{"TZ": "UTC"}` */
export const envField = jsonField<string>("more environment for the proxy", '{"TZ": "UTC"}', (name, value) => {
  if (!ENV_NAME.test(name)) return `${name} is no name of a variable`;
  if (ENV_RESERVED.test(name)) return `${name} is set by pisanix itself`;
  return typeof value === "string" ? null : `${name} must be text`;
});

/** `{"ca": {"secret": {"secretName": "database-ca"}}}` */
export const userVolumeField = jsonField<VolumeSource>(
  "more volumes for the pod",
  '{"ca": {"secret": {"secretName": "database-ca"}}}',
  (name, value) => {
    if (!VOLUME_NAME.test(name)) return `${name} is no name of a volume`;
    if (name.startsWith(VOLUME_RESERVED)) return `${name}: names that begin with ${VOLUME_RESERVED} are pisanix' own`;
    return isMapping(value) && Object.keys(value).length === 1 && isMapping(Object.values(value)[0])
      ? null
      : `${name} must be a mapping with one source`;
  },
);

/** `{"ca": {"mountPath": "/etc/database-ca", "readOnly": true}}` */
export const userVolumeMountField = jsonField<VolumeMount>(
  "volumes that the proxy mounts",
  '{"ca": {"mountPath": "/etc/database-ca", "readOnly": true}}',
  (name, value) => {
    const path = isMapping(value) ? value["mountPath"] : undefined;
    if (typeof path !== "string" || !path.startsWith("/") || path.includes(":")) {
      return `${name} must have a mountPath that begins with / and has no colon`;
    }
    const taken = PATHS_RESERVED.find(
      (reserved) => `${path}/`.startsWith(`${reserved}/`) || `${reserved}/`.startsWith(`${path.replace(/\/+$/, "")}/`),
    );
    return taken === undefined ? null : `${name}: ${taken} is the proxy's own`;
  },
);

/** A mapping in JSON, whose entries `complaintOf` judges. */
function jsonField<T>(
  description: string,
  example: string,
  complaintOf: (name: string, value: unknown) => string | null,
) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, Record<string, T>>(({ dataset, addIssue, NEVER }) => {
      const read = readJson(dataset.value);
      const complaint = isMapping(read)
        ? Object.entries(read)
            .map(([name, value]) => complaintOf(name, value))
            .find((found) => found !== null)
        : "is no mapping in JSON";
      if (complaint === undefined) return read as Record<string, T>;
      addIssue({ message: `${complaint}\nwrite it as ${example}` });
      return NEVER;
    }),
    v.description(description),
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
