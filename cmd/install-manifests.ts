/** `pisanix controller --print-install`: what is applied to a cluster, and `--print-uninstall`: what is deleted from it. */
import { type SettingName, settingFlags } from "../src/api/sidecar-flags.ts";
import {
  decide,
  installObjects,
  OVERLAYS,
  type PlainSettings,
  uninstallObjects,
  writeObjects,
} from "../src/install/plain.ts";
import { NAMESPACE_DEFAULT, REPLICAS_DEFAULT } from "../src/install/settings.ts";
import { type ArgumentDefinitions, UsageError } from "./arguments.ts";
import { EXIT_OK } from "./cli.ts";
import { sidecarSettingsOf } from "./sidecar-settings.ts";
import { print } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** Flags that have a meaning only with these two. */
export const INSTALL_ARGUMENTS = {
  "print-install": {
    type: "boolean",
    description:
      "print what `kubectl apply -f -` installs, and do nothing; --log-level and --inject-... are then the installed controller's",
  },
  "print-uninstall": {
    type: "boolean",
    description: "print what `kubectl delete --ignore-not-found -f -` takes away: all but the kinds of the mesh",
  },
  overlay: {
    type: "string",
    valueHint: "VARIANT",
    repeatable: true,
    options: OVERLAYS,
    description:
      "of what is installed: cert-manager makes the certificate, not the controller; a policy injects sidecars, not a webhook",
  },
  image: {
    type: "string",
    valueHint: "IMAGE",
    description: `of what is installed, controller and sidecars; pisanix:${VERSION} when absent`,
  },
  replicas: {
    type: "string",
    valueHint: "NUMBER",
    description: `of what is installed; ${REPLICAS_DEFAULT} when absent`,
  },
  "failure-policy": {
    type: "string",
    valueHint: "POLICY",
    options: ["Fail", "Ignore"],
    description: "of what is installed, for pods of the mesh while no controller answers; Fail when absent",
  },
  "secret-namespace": {
    type: "string",
    valueHint: "NAME",
    repeatable: true,
    description: "of what is installed: where Secrets may be read; in every namespace when none is named",
  },
} as const satisfies ArgumentDefinitions;

/** What was given on the command line, by flag; of the controller's own flags those that were given. */
export interface InstallArguments {
  readonly "print-install": boolean;
  readonly "print-uninstall": boolean;
  readonly overlay: readonly string[];
  readonly image: string | undefined;
  readonly replicas: string | undefined;
  readonly "failure-policy": "Fail" | "Ignore" | undefined;
  readonly "secret-namespace": readonly string[];
  readonly namespace: string | undefined;
  readonly "secret-access": "none" | "get" | "watch";
  readonly "plain-config-port": string | undefined;
  readonly "log-level": string;
}

/** Flags of the controller that the manifests decide. */
const DECIDED = /^(kubeconfig|context|service|service-account|pod-|peer-|lease|webhook-|config-|admin-|drain)/;
/** Where manifests have it, as the original had. */
const PLAIN_CONFIG_PORT = "8080";
const REPLICAS_MAX = 100;

/** Whether manifests are asked for. @throws UsageError for flags that only go with them. */
export function asksForManifests(args: InstallArguments): boolean {
  const isAsked = args["print-install"] || args["print-uninstall"];
  if (args["print-install"] && args["print-uninstall"]) {
    throw new UsageError("--print-install and --print-uninstall do not go together", "leave out one of the two");
  }
  if (isAsked) return true;
  const names = Object.keys(INSTALL_ARGUMENTS) as (keyof typeof INSTALL_ARGUMENTS)[];
  const given = names.find((name) => {
    const value = args[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given !== undefined) throw new UsageError(`--${given} is about what is installed`, "write --print-install, too");
  return false;
}

/**
 * Prints the manifests. `definitions` are all flags of the door, of which `args` are the values. @throws UsageError for what cannot
 * be installed.
 */
export async function printManifests(args: InstallArguments, definitions: ArgumentDefinitions): Promise<number> {
  const given = givenFlags(args, definitions);
  const decided = given.find((name) => DECIDED.test(name));
  if (decided !== undefined) {
    throw new UsageError(`--${decided} is decided by the manifests`, "leave it out, or edit what is printed");
  }
  const settings = decide(settingsOf(args, given));
  await print(writeObjects(args["print-install"] ? installObjects(settings) : uninstallObjects(settings)));
  return EXIT_OK;
}

function givenFlags(args: object, definitions: ArgumentDefinitions): string[] {
  return Object.entries(definitions).flatMap(([name, definition]) => {
    if (definition.type !== "string") return [];
    const value = (args as Record<string, unknown>)[name];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== definition.default;
    return isGiven ? [name] : [];
  });
}

function settingsOf(args: InstallArguments, given: readonly string[]): PlainSettings {
  const { namespace = NAMESPACE_DEFAULT, image = `pisanix:${VERSION}`, replicas = String(REPLICAS_DEFAULT) } = args;
  const textOf = (name: string) => String((args as unknown as Record<string, unknown>)[name]);
  const sidecar = sidecarOf(given, textOf);
  checkNames(namespace, image, args["secret-namespace"]);
  const plainPort = args["plain-config-port"] ?? PLAIN_CONFIG_PORT;
  if (plainPort !== PLAIN_CONFIG_PORT) {
    throw new UsageError(
      `--plain-config-port is ${PLAIN_CONFIG_PORT} in manifests`,
      "write that, or edit what is printed",
    );
  }
  if (args["secret-access"] === "watch" && args["secret-namespace"].length > 0) {
    throw new UsageError(
      "--secret-access watch watches every namespace, and --secret-namespace names some",
      "leave out one of the two",
    );
  }
  const passed = given.filter((name) => name === "log-level" || name.startsWith("inject-"));
  return {
    ...{ version: VERSION, namespace, image, replicas: replicasOf(replicas) },
    failurePolicy: args["failure-policy"] ?? "Fail",
    overlays: OVERLAYS.filter((overlay) => args.overlay.includes(overlay)),
    secretAccess: args["secret-access"],
    secretNamespaces: [...new Set(args["secret-namespace"])],
    hasPlainConfig: args["plain-config-port"] !== undefined,
    sidecar,
    args: passed.map((name) => `--${name}=${textOf(name)}`),
  };
}

/** Settings of sidecars that were given. @throws UsageError for what the installed controller would refuse to start with. */
function sidecarOf(given: readonly string[], textOf: (name: string) => string): Partial<Record<SettingName, string>> {
  const written: Partial<Record<SettingName, string>> = {};
  for (const { name } of settingFlags()) {
    if (given.includes(`inject-${name}`)) written[name] = textOf(`inject-${name}`);
  }
  sidecarSettingsOf({ "proxy-image": `pisanix:${VERSION}`, ...written }, "inject-");
  return written;
}

/** Names are what names of the sidecar's settings are. */
function checkNames(namespace: string, image: string, namespaces: readonly string[]): void {
  const check = (flag: string, written: Partial<Record<SettingName, string>>) => {
    try {
      sidecarSettingsOf({ "proxy-image": image, ...written });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(error.message.replace(/^--[\w-]+/, `--${flag}`), error.remedy);
    }
  };
  check("image", {});
  check("namespace", { "controller-namespace": namespace });
  for (const each of namespaces) check("secret-namespace", { "controller-namespace": each });
}

function replicasOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= REPLICAS_MAX) return value;
  throw new UsageError(
    `--replicas takes a whole number from 1 to ${REPLICAS_MAX}, not "${text}"`,
    "correct the number",
  );
}
