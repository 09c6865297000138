/** PSX1003: a document that is no Kubernetes object. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const notAManifest: Rule = {
  id: "PSX1003",
  name: "not-a-manifest",
  level: "error",
  title: "the document is no Kubernetes manifest",
  explanation: `Every manifest is a mapping with \`apiVersion\` and \`kind\`, which say what it is. A document without them is
probably a values file, a patch, or a manifest whose first lines were lost.`,
  remedy: "Add apiVersion and kind, or name only files that hold manifests.",
  example: { bad: aStrategy().replace(/^kind: .*\n/m, ""), good: aStrategy() },
};
