/** What is known of the rows that clients have written: which must be there in the end, and which must not. */
import type { Connection, RowDataPacket } from "mysql2/promise";

/** "unknown": the answer to what decides it has not come. */
export type Fate = "there" | "absent" | "unknown";

export interface Ledger {
  readonly fates: Map<string, Fate>;
}

/** Nothing has been written. */
export function newLedger(): Ledger {
  return { fates: new Map() };
}

/** What is wrong with the rows that the server has. */
export async function auditLedger({ fates }: Ledger, root: Connection): Promise<string[]> {
  const [rows] = await root.query<RowDataPacket[]>("SELECT nonce, COUNT(*) AS count FROM chaos.kept GROUP BY nonce");
  const counts = new Map(rows.map((row) => [String(row["nonce"]), Number(row["count"])]));
  const wrong: string[] = [];
  for (const [nonce, count] of counts) {
    if (!fates.has(nonce)) wrong.push(`row ${nonce} is there, which nobody has written`);
    if (count > 1) wrong.push(`row ${nonce} was written once and is there ${count} times`);
  }
  for (const [nonce, fate] of fates) {
    const isThere = counts.has(nonce);
    if (fate === "there" && !isThere) wrong.push(`row ${nonce} was committed and is lost`);
    if (fate === "absent" && isThere) wrong.push(`row ${nonce} was never committed and is there`);
  }
  return wrong;
}
