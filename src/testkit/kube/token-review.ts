/** Who a token belongs to. */
import { isMapping } from "./cause.ts";

/** What a real server knows of a ServiceAccount's token that is bound to a pod. */
export interface Identity {
  username: string;
  audiences: readonly string[];
  uid?: string;
  groups?: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** Answers a TokenReview. */
export function reviewToken(tokens: ReadonlyMap<string, Identity>, body: unknown): unknown {
  const review = isMapping(body) ? body : {};
  const spec = isMapping(review["spec"]) ? review["spec"] : {};
  const identity = tokens.get(String(spec["token"]));
  const wanted = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [];
  const audiences = wanted.filter((audience) => identity?.audiences.includes(audience));
  const isKnown = identity !== undefined && (wanted.length === 0 || audiences.length > 0);
  const status = isKnown
    ? { authenticated: true, user: userOf(identity), audiences: wanted.length === 0 ? identity.audiences : audiences }
    : { user: {}, error: "[invalid bearer token, token audiences do not match]" };
  return { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, spec, status };
}

function userOf({ username, uid, groups, extra }: Identity) {
  return { username, uid: uid ?? "", groups: groups ?? ["system:serviceaccounts", "system:authenticated"], extra };
}
