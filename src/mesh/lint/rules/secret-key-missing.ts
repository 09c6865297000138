/** PSX2012: a Secret without the key. */
import { anEndpoint, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

const secret = (key: string) => `apiVersion: v1
kind: Secret
metadata: { name: shop-db }
stringData: { ${key}: set-by-the-pipeline }
`;

export const secretKeyMissing: Rule = {
  id: "PSX2012",
  name: "secret-key-missing",
  level: "error",
  title: "the Secret does not have the key",
  explanation: `\`passwordSecretRef\` names a Secret of the same namespace and a key of its data, \`password\` when it names none.`,
  remedy: "Name the key that the Secret has, or add it.",
  example: { bad: documents(anEndpoint(), secret("pasword")), good: documents(anEndpoint(), secret("password")) },
};
