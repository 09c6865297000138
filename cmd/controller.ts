/** `pisanix controller`: the control plane in a cluster. */
import { type SettingName, settingFlags } from "../src/api/sidecar-flags.ts";
import { startController } from "../src/controller/controller.ts";
import type { ControllerOptions } from "../src/controller/options.ts";
import { SECRET_ACCESS } from "../src/controller/secret-reader.ts";
import { systemClock } from "../src/lib/clock.ts";
import { keepFootprintSmall } from "../src/lib/footprint.ts";
import { type ArgumentDefinitions, UsageError } from "./arguments.ts";
import { defineDoor, EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { asksForManifests, INSTALL_ARGUMENTS, printManifests } from "./install-manifests.ts";
import { settingArguments, sidecarSettingsOf } from "./sidecar-settings.ts";
import { printError, shouldColour } from "./terminal.ts";
import { COMMIT, VERSION } from "./version.ts";

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;

/** Settings of sidecars; which controller they ask is this one. */
const SETTINGS = settingFlags().filter(({ name }) => !name.startsWith("controller-"));
const PREFIX = "inject-";

const ARGUMENTS = {
  kubeconfig: {
    type: "string",
    valueHint: "FILE",
    description: "default: KUBECONFIG, then the pod's own credentials, then ~/.kube/config",
  },
  context: { type: "string", valueHint: "NAME", description: "of the kubeconfig; the current one when absent" },
  namespace: {
    type: "string",
    alias: "n",
    valueHint: "NAME",
    env: "PISA_CONTROLLER_NAMESPACE",
    description: "where the controller itself lives; that of its credentials when absent",
  },
  service: {
    type: "string",
    valueHint: "NAME",
    env: "PISA_CONTROLLER_SERVICE",
    default: "pisanix-controller",
    description: "the Service in front of all replicas; its names are in the certificate",
  },
  "service-account": {
    type: "string",
    valueHint: "NAME",
    default: "pisanix-controller",
    description: "as which replicas report to each other",
  },
  "pod-name": {
    type: "string",
    valueHint: "NAME",
    env: "POD_NAME",
    description: "who this replica is in the Lease and in events; made up when absent",
  },
  "pod-ip": {
    type: "string",
    valueHint: "ADDRESS",
    env: "POD_IP",
    description: "where other replicas reach this one; needed with more than one",
  },
  "peer-token": {
    type: "string",
    valueHint: "FILE",
    default: "/var/run/secrets/pisanix.io/token",
    description: "a projected token for the audience pisanix-controller, to report to the leader with",
  },
  lease: {
    type: "string",
    valueHint: "NAME",
    default: "pisanix-controller",
    description: "the Lease that elects the leader",
  },
  "webhook-host": {
    type: "string",
    valueHint: "HOST",
    default: "0.0.0.0",
    description: "where admission reviews come in",
  },
  "webhook-port": { type: "string", valueHint: "PORT", default: "9443", description: "0 takes a free one" },
  "webhook-cert": {
    type: "string",
    valueHint: "SOURCE",
    options: ["self", "files"],
    default: "self",
    description: "self makes and renews it in a Secret, and patches caBundle; files reads --webhook-cert-dir",
  },
  "webhook-cert-dir": {
    type: "string",
    valueHint: "DIR",
    default: "/etc/pisanix/tls",
    description: "tls.crt and tls.key, read again when they change",
  },
  "webhook-cert-secret": {
    type: "string",
    valueHint: "NAME",
    default: "pisanix-webhook-tls",
    description: "the Secret of --webhook-cert self",
  },
  "webhook-configuration": {
    type: "string",
    valueHint: "NAME",
    repeatable: true,
    description: "webhook configurations whose caBundle is kept; pisanix when none is named",
  },
  "config-host": { type: "string", valueHint: "HOST", default: "0.0.0.0", description: "where proxies come in" },
  "config-port": { type: "string", valueHint: "PORT", default: "9444", description: "HTTPS; 0 takes a free one" },
  "plain-config-port": {
    type: "string",
    valueHint: "PORT",
    description: "also give configurations in clear, as the original's proxies need it (8080 there); off when absent",
  },
  "secret-access": {
    type: "string",
    valueHint: "ACCESS",
    options: SECRET_ACCESS,
    default: "get",
    description: "for passwordSecretRef: get reads by name every half a minute, watch hears of changes at once",
  },
  "admin-host": {
    type: "string",
    valueHint: "HOST",
    default: "0.0.0.0",
    description: "where health and metrics are",
  },
  "admin-port": { type: "string", valueHint: "PORT", default: "8081", description: "0 takes a free one" },
  "log-level": {
    type: "string",
    valueHint: "LEVEL",
    default: "INFO",
    description: "TRACE, DEBUG, INFO, WARN or ERROR",
  },
  ...settingArguments(SETTINGS, PREFIX),
  drain: {
    type: "string",
    valueHint: "SECONDS",
    default: "10",
    description: "how long answers go on after SIGTERM, while readiness has ended",
  },
  ...INSTALL_ARGUMENTS,
} as const satisfies ArgumentDefinitions;

export const door = defineDoor({
  name: "controller",
  description: "Serve configurations to the proxies of a cluster, and say in each manifest's status what came of it",
  args: ARGUMENTS,
  examples: [
    "pisanix controller",
    "pisanix controller --kubeconfig ~/.kube/config --namespace pisa-system --log-level DEBUG",
    "pisanix controller --webhook-cert files --webhook-cert-dir /etc/pisanix/tls --plain-config-port 8080",
    "pisanix controller --print-install --image registry.example/pisanix:0.1.0 | kubectl apply -f -",
  ],
  async run(args) {
    const level = args["log-level"].toUpperCase();
    const logLevel = LOG_LEVELS.find((each) => each === level);
    if (logLevel === undefined) {
      throw new UsageError(`"${args["log-level"]}" is no log level`, `write one of ${LOG_LEVELS.join(", ")}`);
    }
    if (asksForManifests(args)) return printManifests(args, ARGUMENTS);
    const port = (flag: "webhook-port" | "config-port" | "admin-port") => numberOf(`--${flag}`, args[flag], 65_535);
    const plainPort = args["plain-config-port"];
    const configurations = args["webhook-configuration"];
    const options: ControllerOptions = {
      kubeconfig: args.kubeconfig,
      context: args.context,
      namespace: args.namespace,
      identity: args["pod-name"] ?? `pisanix-${crypto.randomUUID()}`,
      service: args.service,
      serviceAccount: args["service-account"],
      leaseName: args.lease,
      webhook: { host: args["webhook-host"], port: port("webhook-port") },
      config: { host: args["config-host"], port: port("config-port") },
      plainConfig:
        plainPort === undefined
          ? null
          : { host: args["config-host"], port: numberOf("--plain-config-port", plainPort, 65_535) },
      admin: { host: args["admin-host"], port: port("admin-port") },
      certificate:
        args["webhook-cert"] === "files"
          ? { kind: "files", folder: args["webhook-cert-dir"] }
          : { kind: "self", secretName: args["webhook-cert-secret"] },
      webhookConfigurations: configurations.length === 0 ? ["pisanix"] : configurations,
      injector: injectorOf(args),
      secretAccess: args["secret-access"],
      address: args["pod-ip"] ?? null,
      tokenFile: args["peer-token"],
      logLevel,
      noColor: !shouldColour(process.stderr),
      version: { version: VERSION, commit: COMMIT, bun: Bun.version },
    };
    return run(options, numberOf("--drain", args.drain, 3_600) * 1000);
  },
});

/** Without the flag the version of the cluster decides whether sidecars are native. */
function injectorOf(
  args: Readonly<Partial<Record<`inject-${SettingName}`, string | undefined>>>,
): ControllerOptions["injector"] {
  const written: Partial<Record<SettingName, string>> = {};
  for (const { name } of SETTINGS) {
    const value = args[`${PREFIX}${name}`];
    if (value !== undefined) written[name] = value;
  }
  const asksCluster = written["native-sidecar"] === undefined;
  return { settings: sidecarSettingsOf({ "native-sidecar": "true", ...written }, PREFIX), asksCluster };
}

/** Runs until SIGTERM or SIGINT; a second one does not wait for anybody. */
async function run(options: ControllerOptions, drainMs: number): Promise<number> {
  const started = await startController(options);
  if (started.kind === "failed") {
    await printError(`pisanix controller: ${started.reason}\n`);
    return EXIT_FINDINGS;
  }
  const stopShrinking = keepFootprintSmall(systemClock);
  await new Promise<void>((resolve) => {
    let signals = 0;
    const onSignal = () => {
      signals++;
      stopShrinking();
      void started.stop(signals === 1 ? drainMs : 0).then(resolve);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
  return EXIT_OK;
}

function numberOf(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from 0 to ${max}, not "${text}"`, "correct the number");
}
