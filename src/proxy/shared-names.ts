/** What workers call the cells that they have in common, and which a listener needs. */
import type { ListenerConfig } from "../api/proxy-config.ts";
import { placesNames } from "../governance/rule-set.ts";

/** Sessions of the listener. */
export const SESSION_CELLS = "sessions";

/** Sessions of one user. */
export function userCells(user: string): string {
  return `user ${user}`;
}

/** Connections to a node. */
export function poolCells(node: string): string {
  return `pool ${node}`;
}

/** Statements that wait for a connection to a node. */
export function lineCells(node: string): string {
  return `line ${node}`;
}

/** Connections to a node of clients with accounts of its server. */
export function accountCells(node: string): string {
  return `accounts ${node}`;
}

/** Every name of a listener but those of its nodes. */
export function listenerCells({ user, plugin }: ListenerConfig): string[] {
  return [SESSION_CELLS, userCells(user), ...placesNames(plugin?.concurrency_control ?? [])];
}
