/** What choosing needs to know of an endpoint; src/backend implements it. */
import type { NodeRole } from "../api/proxy-config.ts";

export interface EndpointView {
  readonly name: string;
  /** Share of the statements; zero or less for none. */
  readonly weight: number;
  readonly role: NodeRole;
  /** Whether it is worth a try now. Changes at any time. */
  isUsable: boolean;
}
