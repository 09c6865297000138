/** What of an installation lies in `deploy/`, made by `make generate`. */
import { GROUP, isKind, KINDS } from "../api/kinds.ts";
import { chartFiles } from "./chart.ts";
import { definitionsKustomization, kustomizeFiles } from "./kustomize.ts";
import { defaultSettings } from "./plain.ts";

/** By path in `deploy/`. */
export function installFiles(version: string): Map<string, string> {
  const names = Object.keys(KINDS)
    .filter(isKind)
    .map((kind) => `${GROUP}_${KINDS[kind].plural}.yaml`);
  const files = new Map([["crd/kustomization.yaml", definitionsKustomization(names)]]);
  for (const [path, text] of kustomizeFiles(defaultSettings(version))) files.set(`kustomize/${path}`, text);
  for (const [path, text] of chartFiles(version)) files.set(`helm/pisanix/${path}`, text);
  return files;
}
