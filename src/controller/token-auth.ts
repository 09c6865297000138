/**
 * Who calls: a pod, by the token of its ServiceAccount that the kubelet projects for us, as a TokenReview says. Answers are kept
 * for a while under a hash of the token, so that a thousand proxies do not cost the API server a thousand reviews a minute.
 */
import type { KubeClient } from "../kube/client.ts";
import { createObject } from "../kube/crud.ts";
import type { TokenReview } from "../kube/objects.ts";
import { apiVersionOf, TOKEN_REVIEWS } from "../kube/resource.ts";

/** What a token must have been made for. */
export const TOKEN_AUDIENCE = "pisanix-controller";

const KNOWN_MS = 60_000;
/** Short: a token may be refused because the API server has not heard of its pod yet. */
const REFUSED_MS = 5_000;
const ENTRIES_MAX = 20_000;
/** Real ones have about a thousand. */
const TOKEN_CHARACTERS_MAX = 16_384;

/** A caller whose token was found good. */
export interface Caller {
  namespace: string;
  serviceAccount: string;
  /** The pod's uid where the token is bound to a pod, else the account's name. */
  identity: string;
}

export interface TokenAuthenticator {
  /** The caller that `authorization` proves, or null. @throws ApiError, UnreachableError when it cannot be found out. */
  authenticate(authorization: string | null): Promise<Caller | null>;
}

interface Entry {
  caller: Promise<Caller | null>;
  expiresMs: number;
}

/** An authenticator that asks the API server of `client`. */
export function newTokenAuthenticator(client: KubeClient): TokenAuthenticator {
  const entries = new Map<string, Entry>();
  const review = async (hash: string, entry: Entry, token: string): Promise<Caller | null> => {
    try {
      const caller = callerOf(await createObject(client, TOKEN_REVIEWS, reviewOf(token)));
      entry.expiresMs = client.clock.monotonicMs() + (caller === null ? REFUSED_MS : KNOWN_MS);
      return caller;
    } catch (error) {
      entries.delete(hash);
      throw error;
    }
  };
  return {
    authenticate(authorization) {
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined || token.length > TOKEN_CHARACTERS_MAX) return Promise.resolve(null);
      const hash = new Bun.CryptoHasher("sha256").update(token).digest("base64");
      const known = entries.get(hash);
      if (known !== undefined && client.clock.monotonicMs() < known.expiresMs) return known.caller;
      // While it is being asked everybody with the same token waits for the same answer.
      const entry: Entry = { caller: Promise.resolve(null), expiresMs: Number.POSITIVE_INFINITY };
      entries.delete(hash);
      entries.set(hash, entry);
      const [oldest] = entries.keys();
      if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
      entry.caller = review(hash, entry, token);
      return entry.caller;
    },
  };
}

function reviewOf(token: string): TokenReview {
  return {
    apiVersion: apiVersionOf(TOKEN_REVIEWS),
    kind: TOKEN_REVIEWS.kind,
    metadata: {} as TokenReview["metadata"],
    spec: { token, audiences: [TOKEN_AUDIENCE] },
  };
}

/** Only ServiceAccounts, and only tokens that are meant for us: a server that ignores audiences names none. */
function callerOf({ status }: TokenReview): Caller | null {
  const { authenticated, audiences, user } = status ?? {};
  if (authenticated !== true || audiences?.includes(TOKEN_AUDIENCE) !== true) return null;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user?.username ?? "");
  const [, namespace, serviceAccount] = account ?? [];
  if (namespace === undefined || serviceAccount === undefined) return null;
  const [podUid] = user?.extra?.["authentication.kubernetes.io/pod-uid"] ?? [];
  return { namespace, serviceAccount, identity: podUid ?? `serviceaccount ${serviceAccount}` };
}
