/** PSX2003: a selector that asks for nothing. */
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const selectorSelectsAll: Rule = {
  id: "PSX2003",
  name: "selector-selects-all",
  level: "warning",
  title: "an empty selector selects every DatabaseEndpoint of the namespace",
  explanation: `As everywhere in Kubernetes an empty selector selects all. The day somebody adds a DatabaseEndpoint for something
else, statements of this service go there, too.`,
  remedy: "Ask for a label that only the endpoints of this service have.",
  example: {
    bad: documents(aStrategy("", "{}"), anEndpoint(), anEndpoint({ name: "billing", labels: "{ app: billing }" })),
    good: documents(aStrategy(), anEndpoint(), anEndpoint({ name: "billing", labels: "{ app: billing }" })),
  },
  *check({ strategies }) {
    for (const { manifest, endpoints } of strategies) {
      const { matchLabels, matchExpressions } = manifest.spec.selector;
      if (Object.keys(matchLabels).length + matchExpressions.length > 0 || endpoints.length < 2) continue;
      const message = `selects all ${endpoints.length} DatabaseEndpoints of namespace ${manifest.namespace}`;
      yield* found(manifest, ["spec", "selector"], message, "ask for a label, such as matchLabels: {app: NAME}");
    }
  },
};
