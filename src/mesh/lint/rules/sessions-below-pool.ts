/** PSX6004: pools that can never fill. */
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const sessionsBelowPool: Rule = {
  id: "PSX6004",
  name: "sessions-below-pool",
  level: "notice",
  title: "a service takes fewer clients than its pool has connections",
  explanation: `A session runs one statement at a time, so more connections than sessions are never used. One of the two numbers is probably
not what was meant.`,
  remedy: "Raise sessionsMax, or lower poolSize.",
  example: {
    bad: aDatabase("poolSize: 64", "limits: { sessionsMax: 10 }"),
    good: aDatabase("poolSize: 8", "limits: { sessionsMax: 10 }"),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      const { poolSize } = service.spec.databaseMySQL;
      const { sessions_max: sessions } = service.spec.limits;
      if (sessions >= poolSize) continue;
      const message = `${sessions} clients never use ${poolSize} connections`;
      yield* found(database.manifest, [...path, "limits", "sessionsMax"], message, "raise it, or lower poolSize");
    }
  },
};
