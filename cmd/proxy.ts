/** `pisanix proxy`: serves MySQL clients by a configuration, or by the manifests that amount to one. */
import { UsageError } from "./arguments.ts";
import { defineDoor } from "./cli.ts";
import { loadConfig, loadManifests } from "./config-files.ts";
import { graceMsOf, PROXY_ARGUMENTS, proxyOptionsOf } from "./proxy-arguments.ts";
import { runFiles } from "./proxy-run.ts";

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
    ...PROXY_ARGUMENTS,
  },
  examples: [
    "pisanix proxy --config config.toml",
    "pisanix proxy -f deploy/examples/socks-shop --virtual-database demotest/catalogue",
    "pisanix proxy -f manifests -R --virtual-database demotest/catalogue --admin-port 5591 --log-level DEBUG",
  ],
  async run(args) {
    if ((args.config === undefined) === (args.filename.length === 0)) {
      throw new UsageError("either a configuration or manifests are needed", "write --config FILE, or -f FILE|DIR");
    }
    const { config: file, filename, recursive, "virtual-database": wanted } = args;
    const load = () => (file === undefined ? loadManifests(filename, recursive, wanted) : loadConfig(file));
    const source = file === undefined ? `manifests ${filename.join(" ")}` : `file ${file}`;
    return runFiles(load, { ...proxyOptionsOf(args), source }, graceMsOf(args));
  },
});
