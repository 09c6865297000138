/** Why a pod gets no sidecar although nothing in it is wrong. */

export interface Refusal {
  readonly kind: "refused";
  readonly reason: string;
  readonly remedy: string;
  /** Its owner wants it so. */
  readonly isOptOut: boolean;
}

/** A refusal that is nobody's wish. */
export function refused(reason: string, remedy: string): Refusal {
  return { kind: "refused", reason, remedy, isOptOut: false };
}
