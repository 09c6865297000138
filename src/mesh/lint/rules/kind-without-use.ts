/** PSX1010: a kind that is known and passed over. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const kindWithoutUse: Rule = {
  id: "PSX1010",
  name: "kind-without-use",
  level: "notice",
  title: "the kind is known, but no proxy has a use for it",
  explanation: `DatabaseClass and DatabaseChaos belong to the provisioning of databases in clouds. They may stay; they change nothing
for a proxy, and pisanix does not check them.`,
  remedy: "Nothing has to be done.",
  example: {
    bad: "apiVersion: core.database-mesh.io/v1alpha1\nkind: DatabaseClass\nmetadata: { name: small }\nspec: { provisioner: databaseclass.database-mesh.io/aws-rds-instance }\n",
    good: aStrategy(),
  },
};
