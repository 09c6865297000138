/** Which pisanix this is. */
import packageJson from "../package.json" with { type: "json" };

export const VERSION = packageJson.version;

/** The build writes the commit in (`--define process.env.PISANIX_COMMIT=...`). */
export const COMMIT = process.env["PISANIX_COMMIT"] || "unknown";

/** `pisanix 0.1.0 (commit 0123456789ab, Bun 1.4.5)` */
export function versionText(): string {
  return `pisanix ${VERSION} (commit ${COMMIT}, Bun ${Bun.version})`;
}
