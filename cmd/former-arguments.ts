/** The original's command lines of a proxy, in our words: `sidecar`, `daemon`, and their flags. Pure. */

/** Its flags; `-h` is a host there. */
const FLAGS: Readonly<Record<string, string>> = {
  "--pisa-controller-service": "--controller-service",
  "--pisa-controller-namespace": "--controller-namespace",
  "--pisa-controller-host": "--controller-host",
  "--pisa-deployed-namespace": "--deployed-namespace",
  "--pisa-deployed-name": "--deployed-name",
  "--host": "--admin-host",
  "--port": "--admin-port",
  "-p": "--admin-port",
  "-l": "--log-level",
};

const CONFIG_DEFAULT = "etc/config.toml";

/** What follows `sidecar` or `daemon`, as `pisanix proxy` takes it. */
export function fromFormer(name: "sidecar" | "daemon", argv: readonly string[]): string[] {
  const words = argv.map((word, index) => {
    const equals = word.indexOf("=");
    const flag = equals === -1 ? word : word.slice(0, equals);
    const isHost = flag === "-h" && (equals !== -1 || argv[index + 1]?.startsWith("-") === false);
    return (isHost ? "--admin-host" : (FLAGS[flag] ?? flag)) + word.slice(flag.length);
  });
  const hasConfig = words.some((word) => /^(-c|--config(=|$)|--help$|-h$)/.test(word));
  return name === "daemon" && !hasConfig ? ["--config", CONFIG_DEFAULT, ...words] : words;
}
