/** What choosing needs to know of an endpoint: the share and role that one configuration gives it, and its health, whoever asks. */
import type { NodeRole } from "../api/proxy-config.ts";

export interface EndpointView {
  readonly name: string;
  /** Share of the statements; zero or less for none. */
  readonly weight: number;
  readonly role: NodeRole;
  readonly health: Health;
}

/** src/backend implements it. */
export interface Health {
  /** Whether it is worth a try now. Changes at any time. */
  isUsable: boolean;
  /** How much of its weight counts, above 0 and up to 1: less than 1 while it warms up after it was away. Changes at any time. */
  share: number;
}
