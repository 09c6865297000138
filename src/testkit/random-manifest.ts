/** Random files of manifests, from a seed. */
import type { Random } from "../lib/random.ts";
import { pick, randomLayout, type Tree } from "./random-layout.ts";

/** A file with several documents. The same random numbers give the same file. */
export function randomManifests(random: Random): string {
  const documents = Array.from({ length: 1 + Math.floor(random() * 3) }, () => randomDocument(random));
  const text = documents.map((document, index) => {
    const isMarked = index > 0 || random() < 0.3;
    return `${isMarked ? pick(random, ["---\n", "--- # next\n", "---\n# about it\n"]) : ""}${document}`;
  });
  const end = pick(random, ["", "", "", "\n", "# end\n", "---\n", "...\n", "\n\n"]);
  let whole = text.join("") + end;
  if (random() < 0.3) whole = whole.replace(/\n$/, "");
  if (random() < 0.3) whole = whole.replaceAll("\n", "\r\n");
  return random() < 0.1 ? `\ufeff${whole}` : whole;
}

function randomDocument(random: Random): string {
  const chance = random();
  if (chance < 0.1) return pick(random, ["# nothing\n", "\n", ""]);
  return randomLayout(random, chance < 0.4 ? listOf(random) : objectOf(random));
}

function listOf(random: Random): Tree {
  const items = Array.from({ length: 1 + Math.floor(random() * 3) }, () => objectOf(random));
  return map("list", [
    text("apiVersion", "v1"),
    text("kind", "List"),
    ["items", { kind: "list", role: "items", items }],
  ]);
}

function objectOf(random: Random): Tree {
  const name: [string, Tree] = [
    "metadata",
    map("objectMeta", shuffled(random, [text("name", `app-${Math.floor(random() * 9)}`), text("namespace", "shop")])),
  ];
  const kind = random();
  if (kind < 0.15) {
    return map(
      "object",
      shuffled(random, [text("apiVersion", "v1"), text("kind", "ConfigMap"), name, ["data", annotations(random)]]),
    );
  }
  const pod = shuffled<[string, Tree]>(random, [
    ...maybe<[string, Tree]>(random, ["metadata", podMetadata(random)]),
    ["spec", podSpec(random)],
  ]);
  if (kind < 0.3) {
    const own = map(
      "podMeta",
      shuffled(random, [text("name", "pod-a"), ...maybe<[string, Tree]>(random, ["annotations", annotations(random)])]),
    );
    return map(
      "object",
      shuffled(random, [text("apiVersion", "v1"), text("kind", "Pod"), ["metadata", own], ["spec", podSpec(random)]]),
    );
  }
  const template: [string, Tree] = ["template", map("template", pod)];
  if (kind < 0.45) {
    const job = map("jobSpec", [template]);
    const spec = map(
      "cronSpec",
      shuffled(random, [text("schedule", "* * * * *"), ["jobTemplate", map("job", [["spec", job]])]]),
    );
    return map(
      "object",
      shuffled(random, [text("apiVersion", "batch/v1"), text("kind", "CronJob"), name, ["spec", spec]]),
    );
  }
  const spec = map(
    "workloadSpec",
    shuffled(random, [template, text("replicas", "1_0"), ["selector", map("selector", [])]]),
  );
  return map(
    "object",
    shuffled(random, [
      text("apiVersion", "apps/v1"),
      text("kind", pick(random, ["Deployment", "StatefulSet"])),
      name,
      ["spec", spec],
    ]),
  );
}

function podMetadata(random: Random): Tree {
  const entries: [string, Tree][] = [
    ...maybe<[string, Tree]>(random, ["labels", map("labels", [text("app", "web")])]),
    ...maybe<[string, Tree]>(random, ["annotations", annotations(random)]),
  ];
  return random() < 0.1 ? { kind: "nothing" } : map("podMetadata", entries);
}

function annotations(random: Random): Tree {
  if (random() < 0.2) return { kind: "nothing" };
  const entries = Array.from({ length: Math.floor(random() * 3) }, (_, index) =>
    text(`note-${index}`, pick(random, TEXTS)),
  );
  return map("annotations", entries);
}

function podSpec(random: Random): Tree {
  const items = (role: string, least: number): Tree => {
    if (least === 0 && random() < 0.2) return { kind: "nothing" };
    const count = least + Math.floor(random() * 3);
    return {
      kind: "list",
      role,
      items: Array.from({ length: count }, (_, index) => item(random, `${role.toLowerCase()}-${index}`)),
    };
  };
  const entries: [string, Tree][] = [
    ["containers", items("containers", 1)],
    ...maybe<[string, Tree]>(random, ["initContainers", items("initContainers", 0)]),
    ...maybe<[string, Tree]>(random, ["volumes", items("volumes", 0)]),
    ...maybe<[string, Tree]>(random, text("restartPolicy", "Always")),
  ];
  return map("podSpec", shuffled(random, entries));
}

function item(random: Random, name: string): Tree {
  return map(
    "item",
    shuffled(random, [
      text("name", name),
      text("mode", pick(random, TEXTS)),
      ...maybe(random, text("more", pick(random, TEXTS))),
    ]),
  );
}

const TEXTS = [
  "0644",
  "yes",
  "a b",
  "# no comment",
  "two\nlines\n",
  "a: b",
  "1_000",
  "it's",
  '"',
  "",
  "ä\u2028ö",
  "- x",
];
function map(role: string, entries: [string, Tree][]): Tree {
  return { kind: "map", role, entries };
}

function text(key: string, value: string): [string, Tree] {
  return [key, { kind: "text", text: value }];
}

function maybe<T>(random: Random, value: T): T[] {
  return random() < 0.6 ? [value] : [];
}

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
