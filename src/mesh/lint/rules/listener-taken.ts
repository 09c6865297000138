/** PSX2005: two services on one address. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

const withSecond = (port: number) => `${aDatabase()}    - name: reports
      databaseMySQL: { host: 127.0.0.1, port: ${port}, user: app, passwordSecretRef: { name: shop }, db: shop }
      trafficStrategy: shop
`;

export const listenerTaken: Rule = {
  id: "PSX2005",
  name: "listener-taken",
  level: "error",
  title: "two services listen on the same address",
  explanation: `Each service of a VirtualDatabase is one listener of its proxy. The second one to open the address fails, and the
proxy does not start. 0.0.0.0 takes its port on every address.`,
  remedy: "Give each service its own port.",
  example: {
    bad: documents(withSecond(3306), aStrategy(), anEndpoint()),
    good: documents(withSecond(3307), aStrategy(), anEndpoint()),
  },
};
