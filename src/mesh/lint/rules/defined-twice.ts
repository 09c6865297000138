/** PSX1009: two objects of one kind with the same name. */
import { aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const definedTwice: Rule = {
  id: "PSX1009",
  name: "defined-twice",
  level: "error",
  title: "an object of that kind, namespace and name is already defined",
  explanation: `In a cluster the object that is applied last replaces the other one, so which of the two is in force depends on
the order of files. An object without a namespace is in \`default\`.`,
  remedy: "Rename one of the two, give it its namespace, or remove it.",
  example: {
    bad: documents(aStrategy(), aStrategy()),
    good: documents(aStrategy(), aStrategy().replace("name: shop }", "name: shop-reports }")),
  },
};
