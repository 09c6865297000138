/** What was done with every workload, in words. */
import { unreachable } from "../lib/assert.ts";
import type { Injected, Outcome, WorkloadReport } from "./workload.ts";

/** `done` tells what happened, `wouldBe` what would. */
export type Mood = "done" | "wouldBe";

/** One line a workload, its remedy on another where there is one, and a summary. */
export function formatReports({ reports, others }: Injected, mood: Mood): string {
  const lines = reports.map((report) => `${formatReport(report, mood)}\n`);
  return `${lines.join("")}${summaryOf(reports, others, mood)}\n`;
}

function formatReport({ position, kind, namespace, name, outcome }: WorkloadReport, mood: Mood): string {
  const { file, line, column } = position;
  const workload = `${kind} ${namespace === null ? name : `${namespace}/${name}`}`;
  return `${file}:${line}:${column} ${workload}: ${textOf(outcome, mood)}`;
}

function textOf(outcome: Outcome, mood: Mood): string {
  const verb = (done: string) => (mood === "done" ? done : `would be ${done}`);
  switch (outcome.kind) {
    case "injected":
      return `${verb("injected")}${sidecarText(outcome)}`;
    case "updated": {
      const from = outcome.from === null ? "the sidecar that was there" : `the sidecar of pisanix ${outcome.from}`;
      return `${verb("updated")} from ${from}${sidecarText(outcome)}`;
    }
    case "unchanged":
      return `is injected${sidecarText(outcome)}`;
    case "refused": {
      const now = outcome.isInjected ? "left as it is, injected, though it should not be" : "not injected";
      const remedy = outcome.isInjected ? `--uninject removes the sidecar; or ${outcome.remedy}` : outcome.remedy;
      return `${now}: ${outcome.reason}\n    ${remedy}`;
    }
    case "removed":
      return "sidecar removed";
    case "absent":
      return "has no sidecar";
    default:
      return unreachable(outcome);
  }
}

function sidecarText({ sidecar }: Extract<Outcome, { sidecar: unknown }>): string {
  const form = sidecar.list === "initContainers" ? "native sidecar" : "plain container";
  return ` (VirtualDatabase ${sidecar.virtualDatabase}, ${form}, image ${sidecar.image})`;
}

/** The words of the summary, in this order. */
const COUNTED: readonly (readonly [Outcome["kind"], Record<Mood, string>])[] = [
  ["injected", { done: "injected", wouldBe: "to inject" }],
  ["updated", { done: "updated", wouldBe: "to update" }],
  ["unchanged", { done: "unchanged", wouldBe: "up to date" }],
  ["refused", { done: "not injected", wouldBe: "not to inject" }],
  ["removed", { done: "removed", wouldBe: "to remove" }],
  ["absent", { done: "without a sidecar", wouldBe: "without a sidecar" }],
];

function summaryOf(reports: readonly WorkloadReport[], others: number, mood: Mood): string {
  const counts = COUNTED.flatMap(([kind, words]) => {
    const count = reports.filter(({ outcome }) => outcome.kind === kind).length;
    return count === 0 ? [] : [`${count} ${words[mood]}`];
  });
  const workloads = `${reports.length} workload${reports.length === 1 ? "" : "s"}`;
  const rest = others === 0 ? "" : `; ${others} other object${others === 1 ? "" : "s"} passed through`;
  return `${reports.length === 0 ? "no workload found" : `${workloads}: ${counts.join(", ")}`}${rest}`;
}

/** Why a pipeline that requires injection must stop, or null: a workload has no sidecar and does not say that it wants none. */
export function missingInjection({ reports }: Injected): string | null {
  const missing = reports.filter(({ outcome }) => outcome.kind === "refused" && !outcome.isOptOut);
  if (missing.length > 0) {
    return `${missing.length} of ${reports.length} workloads ${missing.length === 1 ? "is" : "are"} not injected`;
  }
  const isAny = reports.some(({ outcome }) => outcome.kind !== "refused");
  return isAny ? null : "nothing is injected";
}
