/** metav1.MicroTime: RFC 3339 with exactly six digits after the point; another number of digits is refused. */

/** `ms` since 1970 in that form. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
