import { expect, test } from "bun:test";
import { hasErrors } from "../lib/issue.ts";
import { seededRandom } from "../lib/random.ts";
import { randomManifests } from "../testkit/random-manifest.ts";
import { someOptions } from "../testkit/sidecar-settings.ts";
import { type InjectOptions, injectFiles, uninjectFiles } from "./workload.ts";

const FILES = 80;
const NATIVE = someOptions();
const PLAIN = { ...someOptions({ "native-sidecar": "false" }), version: "2.0.0" };

test(`sidecars go into ${FILES} files of any layout and out again without a trace`, () => {
  let injected = 0;
  for (let seed = 1; seed <= FILES; seed++) {
    const text = randomManifests(seededRandom(seed));
    const inject = (from: string, options: InjectOptions) => {
      const { files, reports, issues } = injectFiles([{ file: "random.yaml", text: from }], options);
      expect({ seed, isValid: !hasErrors(issues) }).toEqual({ seed, isValid: true });
      injected += reports.filter(({ outcome }) => outcome.kind === "injected").length;
      return files[0]?.text ?? "";
    };
    const uninject = (from: string) => uninjectFiles([{ file: "random.yaml", text: from }]).files[0]?.text;
    const native = inject(text, NATIVE);
    const plain = inject(text, PLAIN);
    expect({ seed, text: uninject(native) }).toEqual({ seed, text });
    expect({ seed, text: uninject(plain) }).toEqual({ seed, text });
    expect({ seed, text: inject(native, NATIVE) }).toEqual({ seed, text: native });
    expect({ seed, text: inject(native, PLAIN) }).toEqual({ seed, text: plain });
  }
  expect(injected).toBeGreaterThan(FILES);
}, 60_000);
