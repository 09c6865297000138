/** A new authority for runs that are shorter than the wait until it is served. */
import { type StoredCertificates, TRUST_BEFORE_SERVING_MS } from "../../../controller/certificate-plan.ts";
import { prepareAuthority, type Served } from "../../../controller/certificate-secret.ts";

const LEFT_MS = 15_000;

/** As prepareAuthority() makes it; most of the wait is over. */
export async function prepareSoon(
  stored: StoredCertificates,
  served: Served,
  nowMs: number,
): Promise<StoredCertificates> {
  return prepareAuthority(stored, served, nowMs - TRUST_BEFORE_SERVING_MS + LEFT_MS);
}
