/** One attack, and how it ended for the one who made it. */
import { ERR_HEADER } from "../../mysql/err.ts";
import type { ClientLogin } from "../manifests.ts";
import type { Attack } from "./attacks.ts";
import { errCode, logIn, nextPacket, openRawClient } from "./raw-client.ts";

/** Far above what any answer needs, far below what a person would wait. */
const LIMIT_MS = 8_000;

/**
 * Makes `attack` and says how it ended: "ERR <number>" or "closed".
 * @throws Error when the server neither answers nor closes.
 */
export async function makeAttack(login: ClientLogin, attack: Attack): Promise<string> {
  const client = await openRawClient(login, LIMIT_MS);
  try {
    if (attack.phase === "command") await logIn(client, LIMIT_MS);
    for (const bytes of attack.writes(client)) client.socket.write(bytes);
    if (attack.leaves === "reset") {
      client.socket.resetAndDestroy();
      return "closed";
    }
    client.socket.end();
    let code = 0;
    for (;;) {
      const packet = await nextPacket(client, LIMIT_MS);
      if (packet === null) return code === 0 ? "closed" : `ERR ${code}`;
      if (packet.payload[0] === ERR_HEADER) code = errCode(packet.payload);
    }
  } finally {
    client.socket.destroy();
  }
}
