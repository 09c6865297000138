/** `pisanix render --diff OLD NEW`: what changes for proxies. */
import { stat } from "node:fs/promises";
import { hasErrors } from "../src/lib/issue.ts";
import { type DiffSide, diffMeshes, hasDifferences } from "../src/mesh/diff/diff.ts";
import { jsonDiff, markdownDiff, textDiff } from "../src/mesh/diff/report.ts";
import { lintFiles } from "../src/mesh/lint/lint.ts";
import { renderMesh, selectDatabase } from "../src/mesh/render.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE } from "./cli.ts";
import { findRevision, type Revision, readRevision } from "./git-files.ts";
import { readSettings, type SettingsArguments } from "./lint-settings.ts";
import { readOutputs, writeOutput } from "./outputs.ts";
import { type FilesRead, readFiles } from "./read-files.ts";
import { printError, printIssues, shouldColour } from "./terminal.ts";

const FORMATS = ["text", "json", "markdown"] as const;

export interface DiffArguments extends SettingsArguments {
  readonly files: readonly string[];
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly output: readonly string[];
  readonly "virtual-database": string | undefined;
}

/** Compares the two sides; returns the exit code: 0 for no difference, 1 for some, 2 when a side cannot be rendered. */
export async function renderDiff(args: DiffArguments): Promise<number> {
  const outputs = readOutputs(args.output, FORMATS);
  const [old, young, ...more] = args.files;
  if (old === undefined || young === undefined || more.length > 0)
    throw new UsageError(`--diff takes two sides, but got ${args.files.length}`, "write --diff OLD NEW");
  const sides = await Promise.all([sideOf(old), sideOf(young)]);
  const [before, after] = [await readSide(sides, 0, args), await readSide(sides, 1, args)];
  const settings = await readSettings(args);
  if (settings === null) return EXIT_USAGE;
  const rendered: DiffSide[] = [];
  for (const [index, read] of [before, after].entries()) {
    const all = renderMesh(read.files);
    const wanted = args["virtual-database"];
    const isGone = wanted !== undefined && selectDatabase(all, wanted).databases.length === 0;
    const selected = wanted === undefined || isGone ? all : selectDatabase(all, wanted);
    // A side without any VirtualDatabase is one where all of them are new or gone.
    const errors = [...read.issues, ...all.issues.filter((issue) => issue.rule !== "no-virtual-database")];
    if (hasErrors(errors)) {
      await printIssues(errors);
      await printError(`pisanix render: ${args.files[index]} cannot be rendered, so there is nothing to compare\n`);
      return EXIT_USAGE;
    }
    rendered.push({ databases: isGone ? [] : selected.databases, findings: lintFiles(read.files, settings).findings });
  }
  const diff = diffMeshes(rendered[0] ?? NOTHING, rendered[1] ?? NOTHING);
  const text = { text: textDiff(diff, false), json: jsonDiff(diff), markdown: markdownDiff(diff) };
  for (const output of outputs) {
    const isColoured = output.format === "text" && output.file === null && shouldColour(process.stdout);
    await writeOutput(output, isColoured ? textDiff(diff, true) : text[output.format]);
  }
  return hasDifferences(diff) ? EXIT_FINDINGS : EXIT_OK;
}

const NOTHING: DiffSide = { databases: [], findings: [] };

type Side = { kind: "path"; path: string } | { kind: "revision"; revision: Revision };

/** A path counts before a revision of the same name. */
async function sideOf(word: string): Promise<Side> {
  const isPath =
    word === "-" ||
    (await stat(word).then(
      () => true,
      () => false,
    ));
  if (isPath) return { kind: "path", path: word };
  const revision = await findRevision(word);
  if (revision !== null) return { kind: "revision", revision };
  throw new UsageError(
    `"${word}" is neither a file, nor a folder, nor a git revision`,
    "write a path, REV, or REV:PATH",
  );
}

/** A revision without a path has the paths of -f, or else that of the other side. */
async function readSide(sides: readonly Side[], index: 0 | 1, args: DiffArguments): Promise<FilesRead> {
  const side = sides[index];
  const other = sides[1 - index];
  if (side?.kind === "path") return readFiles([side.path], args);
  if (side === undefined) throw new Error("there are two sides");
  const otherPath = other?.kind === "path" ? other.path : other?.revision.path;
  const own = side.revision.path ?? null;
  const paths = own !== null ? [own] : args.filename.length > 0 ? args.filename : otherPath == null ? [] : [otherPath];
  if (paths.length === 0)
    throw new UsageError(`which files of revision ${side.revision.name}?`, "write -f FILE|DIR, or REV:PATH");
  return { files: await readRevision(side.revision, paths, args), issues: [] };
}
