/** The control plane from end to end: the text of manifests in, the configuration of each VirtualDatabase's proxy out. */
import { NAMESPACE_DEFAULT } from "../api/metadata.ts";
import type { ProxyConfig } from "../api/proxy-config.ts";
import { hasErrors, type Issue, issueOfFile, sortIssues } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import { type Manifests, readManifests, type SourceFile } from "./manifest.ts";
import { type MeshRead, type ResolveOptions, resolveMesh } from "./resolve.ts";
import { translate } from "./translate.ts";

export interface RenderedDatabase {
  namespace: string;
  name: string;
  config: ProxyConfig;
}

export interface Rendered {
  /** In order of namespace and name; empty when `issues` has errors. */
  databases: RenderedDatabase[];
  /** In the order of the files, from top to bottom. */
  issues: Issue[];
}

export interface RenderOptions extends ResolveOptions {
  /** Called after each document that was read. */
  onDocument?: () => void;
}

/** Renders every VirtualDatabase in `files`. */
export function renderMesh(files: readonly SourceFile[], options: RenderOptions = {}): Rendered {
  return renderManifests(
    readManifests(files, options.onDocument),
    files.map(({ file }) => file),
    options,
  );
}

/** The same for manifests that were read already; `files` are the names of their files, in order. */
export function renderManifests(
  manifests: Manifests,
  files: readonly string[],
  options: ResolveOptions = {},
): Rendered & MeshRead {
  const { mesh, issues: resolveIssues } = resolveMesh(manifests, options);
  const issues = sortIssues([...manifests.issues, ...resolveIssues], files);
  if (hasErrors(issues)) return { mesh, databases: [], issues };
  if (mesh.databases.length === 0) {
    const message = "no VirtualDatabase was found";
    const remedy = "add the file that has it; -R also looks into the folders of a folder";
    const missing = issueOfFile(files.join(", "), message, remedy, "no-virtual-database");
    return { mesh, databases: [], issues: [...issues, missing] };
  }
  const databases = mesh.databases.map((database) => {
    return { namespace: database.namespace, name: database.name, config: translate(database) };
  });
  return { mesh, databases, issues };
}

/** Keeps only the VirtualDatabase called `NS/NAME` (or `NAME`, in namespace default); it is an issue when there is none. */
export function selectDatabase(rendered: Rendered, wanted: string): Rendered {
  const { databases, issues } = rendered;
  if (databases.length === 0) return rendered;
  const names = databases.map(({ namespace, name }) => `${namespace}/${name}`);
  const index = names.indexOf(wanted.includes("/") ? wanted : `${NAMESPACE_DEFAULT}/${wanted}`);
  const found = databases[index];
  if (found !== undefined) return { databases: [found], issues };
  const remedy = didYouMean(wanted, names, "write --virtual-database NAMESPACE/NAME");
  const missing = issueOfFile("--virtual-database", `no VirtualDatabase is called "${wanted}"`, remedy);
  return { databases: [], issues: [...issues, missing] };
}

/** Renders one VirtualDatabase; `config` is null when `issues` has errors. */
export function renderVirtualDatabase(
  files: readonly SourceFile[],
  wanted: string,
  options: RenderOptions = {},
): { config: ProxyConfig | null; issues: Issue[] } {
  const { databases, issues } = selectDatabase(renderMesh(files, options), wanted);
  return { config: databases[0]?.config ?? null, issues };
}
