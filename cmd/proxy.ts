/** `pisanix proxy`: serves MySQL clients by a configuration, by the manifests that amount to one, or by what a controller says. */
import { UsageError } from "./arguments.ts";
import { defineDoor } from "./cli.ts";
import { loadConfig, loadManifests } from "./config-files.ts";
import { CONTROLLER_ARGUMENTS, controllerSettingsOf } from "./controller-arguments.ts";
import { adminOf, graceMsOf, PROXY_ARGUMENTS, proxyOptionsOf } from "./proxy-arguments.ts";
import { runFiles, runWithController } from "./proxy-run.ts";

export const door = defineDoor({
  name: "proxy",
  description: "Serve MySQL clients: govern, route and relay their statements",
  args: {
    config: {
      type: "string",
      alias: "c",
      valueHint: "FILE",
      description: "a proxy configuration: YAML, JSON, or the original's TOML",
    },
    filename: {
      type: "string",
      alias: "f",
      valueHint: "FILE|DIR|-",
      repeatable: true,
      description: "instead of --config: manifests, rendered and served in one step",
    },
    recursive: { type: "boolean", alias: "R", description: "look into the folders of folders too" },
    "virtual-database": {
      type: "string",
      valueHint: "NS/NAME",
      description: "which VirtualDatabase of the manifests to serve",
    },
    ...CONTROLLER_ARGUMENTS,
    ...PROXY_ARGUMENTS,
    "explain-pins": {
      type: "boolean",
      description:
        "serve nobody: ask a proxy that runs which sessions keep their connections, why, and what to change so that they share them",
    },
    session: {
      type: "positional",
      description: "with --explain-pins: all about one session, by the id that its client or SHOW PROCESSLIST knows",
    },
  },
  examples: [
    "pisanix proxy --config config.toml",
    "pisanix proxy -f deploy/examples/socks-shop --virtual-database demotest/catalogue",
    "pisanix proxy --deployed-namespace demotest --deployed-name catalogue --controller-host 10.0.0.7:9444 --controller-token token --controller-ca ca.crt",
    "pisanix proxy -f manifests -R --virtual-database demotest/catalogue --admin-port 5591 --log-level DEBUG",
    "pisanix proxy --explain-pins --admin-port 5591",
    "kubectl exec POD -c pisa-proxy -- pisanix proxy --explain-pins 4711",
  ],
  async run(args) {
    const { config: file, filename, recursive, "virtual-database": wanted, session } = args;
    if (args["explain-pins"]) {
      if (file !== undefined || filename.length > 0) {
        const remedy = "leave the configuration out; --admin-host and --admin-port say where its admin server listens";
        throw new UsageError("--explain-pins asks a proxy that runs", remedy);
      }
      return (await import("./proxy-pins.ts")).explainPins(session, adminOf(args));
    }
    if (session[0] !== undefined) {
      throw new UsageError(`unexpected argument ${JSON.stringify(session[0])}`, "remove it");
    }
    if (file !== undefined && filename.length > 0) {
      throw new UsageError("a configuration and manifests are too much", "write --config FILE, or -f FILE|DIR");
    }
    if (file === undefined && filename.length === 0) {
      const settings = controllerSettingsOf(args);
      if (settings !== null)
        return runWithController(settings, args["state-dir"], proxyOptionsOf(args), graceMsOf(args));
      throw new UsageError(
        "a configuration, manifests or a controller are needed",
        "write --config FILE, -f FILE|DIR, or --deployed-name NAME of a VirtualDatabase (PISA_DEPLOYED_NAME)",
      );
    }
    const load = () => (file === undefined ? loadManifests(filename, recursive, wanted) : loadConfig(file));
    const source = file === undefined ? `manifests ${filename.join(" ")}` : `file ${file}`;
    return runFiles(load, { ...proxyOptionsOf(args), source }, graceMsOf(args));
  },
});
