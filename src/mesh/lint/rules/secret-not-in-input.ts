/** PSX2011: a Secret that only the cluster has. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

const secret = (name: string) => `apiVersion: v1
kind: Secret
metadata: { name: ${name} }
stringData: { password: set-by-the-pipeline }
`;

export const secretNotInInput: Rule = {
  id: "PSX2011",
  name: "secret-not-in-input",
  level: "notice",
  title: "the Secret that has the password is not among the input",
  explanation: `That is as it should be for manifests in a repository: the cluster has the Secret. A placeholder stands for the password
in what is rendered, and whether the name is right cannot be checked here.`,
  remedy: "Nothing has to be done; give the Secret, too, where the password itself is needed.",
  example: {
    bad: documents(aDatabase(), aStrategy(), anEndpoint()),
    good: documents(aDatabase(), aStrategy(), anEndpoint(), secret("shop"), secret("shop-db")),
  },
};
