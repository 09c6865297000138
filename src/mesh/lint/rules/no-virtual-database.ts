/** PSX1012: manifests that no proxy serves. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const noVirtualDatabase: Rule = {
  id: "PSX1012",
  name: "no-virtual-database",
  level: "notice",
  title: "there is no VirtualDatabase",
  explanation: `Strategies and endpoints do nothing by themselves: a proxy serves a VirtualDatabase. Without one, references cannot be
checked in both directions.`,
  remedy: "Name the file that has the VirtualDatabase, too.",
  example: { bad: documents(aStrategy(), anEndpoint()), good: documents(aDatabase(), aStrategy(), anEndpoint()) },
  *check({ manifests, mesh }) {
    const [first] = manifests.manifests;
    const isBroken = manifests.broken.some(({ kind }) => kind === "VirtualDatabase");
    if (first === undefined || mesh.databases.length > 0 || isBroken || manifests.isPartial) return;
    yield* found(first, ["metadata", "name"], "no VirtualDatabase is among the manifests", "name its file, too");
  },
};
