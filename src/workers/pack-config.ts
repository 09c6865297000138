/** A configuration on its way to another thread: text, with its secrets in it. It is never written anywhere. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { newSecret, reveal, type Secret } from "../lib/secret.ts";

/** No field of a configuration has this name. */
const SECRET = "$secret";

/** Text for unpackConfig(). */
export function packConfig(config: ProxyConfig): string {
  return JSON.stringify(config, function (this: Record<string, unknown>, key, value: unknown) {
    const written = this[key]; // before toJSON() has hidden it
    return isSecret(written) ? { [SECRET]: reveal(written) } : value;
  });
}

/** The configuration that was packed. */
export function unpackConfig(text: string): ProxyConfig {
  return JSON.parse(text, (_key, value: unknown) => {
    const isPacked = typeof value === "object" && value !== null && SECRET in value;
    return isPacked ? newSecret(String(value[SECRET])) : value;
  });
}

function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "secret" && "toJSON" in value;
}
