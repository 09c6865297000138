/** The admin server at another address, which a new configuration may want. */
import type { AdminServer } from "../telemetry/admin.ts";

/** Where the admin server was told to listen. */
export interface AdminPlace {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A server that listens where it was told to. */
export interface PlacedAdmin {
  readonly place: AdminPlace;
  readonly server: AdminServer;
}

/** A move that has begun. Both servers answer, but for one that stood in the other's way. */
export interface AdminMove {
  readonly next: PlacedAdmin;
  /** The old server answers what it was asked, and ends. */
  finish(): void;
  /** The new one ends; the old one is there, or there again. */
  undo(): Promise<PlacedAdmin>;
}

/**
 * Opens an admin server at `place`. @throws Error that names the address when it cannot listen there; the old one goes on,
 * or there is another one in its place, which `onReplaced` hears of.
 */
export async function moveAdmin(
  old: PlacedAdmin,
  place: AdminPlace,
  open: (place: AdminPlace) => Promise<AdminServer>,
  onReplaced: (again: PlacedAdmin) => void,
): Promise<AdminMove> {
  if (old.place.host === place.host && old.place.port === place.port) {
    return { next: old, finish() {}, undo: async () => old };
  }
  const openAgain = async (): Promise<PlacedAdmin> => {
    const { host } = old.place;
    return { place: old.place, server: await open({ host, port: old.server.port }) };
  };
  let server: AdminServer;
  let isInTheWay = false;
  try {
    server = await open(place);
  } catch (error) {
    // The same port on other addresses of this machine.
    if (place.port !== old.server.port) throw error;
    isInTheWay = true;
    await old.server.stop();
    try {
      server = await open(place);
    } catch (again) {
      onReplaced(await openAgain());
      throw again;
    }
  }
  return {
    next: { place, server },
    finish: () => old.server.leave(),
    async undo() {
      await server.stop();
      return isInTheWay ? openAgain() : old;
    },
  };
}
