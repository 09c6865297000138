/** `pisanix inject`: the proxy in workload manifests, without a cluster. */
import type { SidecarSettings } from "../src/api/sidecar.ts";
import { type SettingName, settingFlags } from "../src/api/sidecar-flags.ts";
import { joinFiles } from "../src/inject/join.ts";
import { hasNativeSidecars } from "../src/inject/kube-version.ts";
import { formatReports, missingInjection } from "../src/inject/report.ts";
import { answerReviews } from "../src/inject/reviews.ts";
import { type Injected, injectFiles, uninjectFiles } from "../src/inject/workload.ts";
import { hasErrors, type Issue } from "../src/lib/issue.ts";
import { UsageError } from "./arguments.ts";
import { defineDoor, EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { readFiles } from "./read-files.ts";
import { settingArguments, sidecarSettingsOf } from "./sidecar-settings.ts";
import { print, printError, printIssues } from "./terminal.ts";
import { VERSION } from "./version.ts";

const SETTINGS = settingFlags();

export const door = defineDoor({
  name: "inject",
  description: "Add the proxy to the pods of workload manifests, and print them",
  args: {
    filename: {
      type: "string",
      alias: "f",
      valueHint: "FILE|DIR|-",
      repeatable: true,
      description: "manifests: a file, a folder, or - for stdin",
    },
    recursive: { type: "boolean", alias: "R", description: "look into the folders of folders too" },
    uninject: { type: "boolean", description: "take the proxy out again: what inject added, and nothing else" },
    check: {
      type: "boolean",
      description: "print nothing but what would be done with each workload and why; exit code 1 if anything would",
    },
    "require-injected": {
      type: "boolean",
      description: "print nothing and exit with 1 when a workload gets no proxy, unless it has opted out",
    },
    admission: {
      type: "boolean",
      description: "the input is AdmissionReviews: print what the webhook would answer",
    },
    "kube-version": {
      type: "string",
      valueHint: "VERSION",
      description: "of the cluster; before 1.29 the proxy is a plain container, as with --native-sidecar false",
    },
    ...settingArguments(SETTINGS),
    files: { type: "positional", description: "more manifests, as after -f" },
  },
  examples: [
    "pisanix inject -f deployment.yaml | kubectl apply -f -",
    "kustomize build . | pisanix inject -f - --require-injected > manifests.yaml",
    "pisanix inject -f manifests -R --check",
    "kubectl get deploy web -o yaml | pisanix inject -f - --uninject | kubectl apply -f -",
  ],
  async run(args) {
    const paths = [...args.filename, ...args.files];
    if (paths.length === 0) throw new UsageError("no manifests are named", "write -f FILE, -f DIR, or -f - for stdin");
    checkModes(args);
    const options = { version: VERSION, settings: settingsOf(args, args["kube-version"]) };
    const read = await readFiles(paths, { recursive: args.recursive });
    if (args.admission) {
      const { answers, issues } = answerReviews(read.files, { ...options, listenPortsOf: () => null });
      if (await hasMistakes([...read.issues, ...issues])) return EXIT_FINDINGS;
      await print(answers.map((answer) => `${JSON.stringify(answer, null, 2)}\n`).join(""));
      return EXIT_OK;
    }
    const injected = args.uninject ? uninjectFiles(read.files) : injectFiles(read.files, options);
    if (await hasMistakes([...read.issues, ...injected.issues])) return EXIT_FINDINGS;
    if (args.check) await print(formatReports(injected, "wouldBe"));
    else await printError(formatReports(injected, "done"));
    const missing = args["require-injected"] ? missingInjection(injected) : null;
    if (missing !== null) {
      await printError(`pisanix inject: ${missing}, but --require-injected is given: no manifest is printed\n`);
      return EXIT_FINDINGS;
    }
    if (args.check) return isChange(injected) ? EXIT_FINDINGS : EXIT_OK;
    await print(joinFiles(injected.files));
    return EXIT_OK;
  },
});

/** Prints what is wrong; true when the work has to stop. Warnings do not stop it: whoever waits for the output gets it. */
async function hasMistakes(issues: readonly Issue[]): Promise<boolean> {
  await printIssues(issues);
  return hasErrors(issues);
}

function checkModes(args: {
  uninject: boolean;
  admission: boolean;
  check: boolean;
  "require-injected": boolean;
}): void {
  const modes = (["uninject", "admission", "check", "require-injected"] as const).filter((name) => args[name]);
  const [first, second] = modes;
  if (second === undefined || first === "check") return; // --check and --require-injected do.
  throw new UsageError(`--${first} and --${second} do not go together`, "leave out one of the two");
}

function settingsOf(
  args: Readonly<Record<SettingName, string | undefined>>,
  kubeVersion: string | undefined,
): SidecarSettings {
  const native = kubeVersion === undefined ? true : hasNativeSidecars(kubeVersion);
  if (native === null) {
    throw new UsageError(`--kube-version cannot be ${JSON.stringify(kubeVersion)}`, "write it as 1.29 or v1.29.3");
  }
  return sidecarSettingsOf({ "native-sidecar": String(native), ...given(args) });
}

/** Without what is absent, so that what was there before shows through. */
function given(args: Readonly<Record<SettingName, string | undefined>>) {
  return Object.fromEntries(SETTINGS.flatMap(({ name }) => (args[name] === undefined ? [] : [[name, args[name]]])));
}

function isChange({ reports }: Injected): boolean {
  return reports.some(({ outcome }) => outcome.kind === "injected" || outcome.kind === "updated");
}
