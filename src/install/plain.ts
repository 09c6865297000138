/** The installation as YAML for `kubectl apply -f -`, and for `kubectl delete -f -`. */
import { type SettingName, settingFlags } from "../api/sidecar-flags.ts";
import { writeYaml } from "../lib/yaml.ts";
import { definitions, installParts } from "./objects.ts";
import {
  type InstallSettings,
  NAMESPACE_DEFAULT,
  NODE_SELECTOR_DEFAULT,
  REPLICAS_DEFAULT,
  RESOURCES_DEFAULT,
} from "./settings.ts";
import type { Fields } from "./template.ts";

/** What `pisanix controller --print-install` is asked for. */
export interface PlainSettings {
  version: string;
  namespace: string;
  image: string;
  replicas: number;
  failurePolicy: "Fail" | "Ignore";
  overlays: readonly Overlay[];
  secretAccess: "none" | "get" | "watch";
  /** Where Secrets may be read; everywhere when none is named. */
  secretNamespaces: readonly string[];
  hasPlainConfig: boolean;
  args: readonly string[];
  /** Settings of all sidecars, as they were written. */
  sidecar: Readonly<Partial<Record<SettingName, string>>>;
}

/** Variants, which go together. The first is what there is without any. */
export const OVERLAYS = ["self-signed", "cert-manager", "policy-injector"] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Where nothing is chosen. */
export function defaultSettings(version: string): PlainSettings {
  return {
    ...{ version, namespace: NAMESPACE_DEFAULT, image: `pisanix:${version}`, replicas: REPLICAS_DEFAULT },
    ...{ failurePolicy: "Fail", overlays: [], secretAccess: "get", secretNamespaces: [], hasPlainConfig: false },
    ...{ args: [], sidecar: {} },
  };
}

/** The settings with everything decided. */
export function decide(plain: PlainSettings): InstallSettings {
  const { secretAccess, secretNamespaces, overlays, args, sidecar, image } = plain;
  const isEverywhere = secretNamespaces.length === 0;
  return {
    ...plain,
    hasNamespace: true,
    imagePullPolicy: "IfNotPresent",
    usesCertManager: overlays.includes("cert-manager"),
    usesPolicy: overlays.includes("policy-injector"),
    readsAllSecrets: secretAccess !== "none" && isEverywhere,
    readsSecretsIn: secretAccess === "none" ? [] : secretNamespaces,
    watchesSecrets: secretAccess === "watch",
    args: [args],
    resources: RESOURCES_DEFAULT,
    nodeSelector: NODE_SELECTOR_DEFAULT,
    podExtras: {},
    sidecar: (name) => JSON.stringify(sidecar[name] ?? (name === "proxy-image" ? image : defaultOf(name))),
  };
}

function defaultOf(setting: SettingName): string {
  return settingFlags().find(({ name }) => name === setting)?.fallback ?? "";
}

/** All objects, in an order in which they can be created. */
export function installObjects(settings: InstallSettings): Fields[] {
  const [namespace, ...others] = installParts(settings).map(({ objects }) => objects as readonly Fields[]);
  return [...(namespace ?? []), ...definitions(), ...others.flat()];
}

/** The same backwards, and without the kinds of the mesh, with which every manifest would go. */
export function uninstallObjects(settings: InstallSettings): Fields[] {
  return installParts(settings)
    .flatMap(({ objects }) => objects as readonly Fields[])
    .reverse()
    .map(({ apiVersion, kind, metadata }) => {
      const { name, namespace } = metadata as Fields;
      return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
    });
}

/** Documents, one after the other. */
export function writeObjects(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${writeYaml(object)}`).join("");
}
