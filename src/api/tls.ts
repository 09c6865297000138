/** TLS towards a backend, the same in DatabaseEndpoint and ProxyConfig. */
import * as v from "valibot";
import { choice, text } from "./fields.ts";

export const TLS_MODES = ["disabled", "preferred", "required", "verify-ca", "verify-identity"] as const;
export const TLS_MODE_DEFAULT = "disabled";

export const backendTlsSchema = v.object({
  mode: v.exactOptional(
    choice(TLS_MODES, "whether the connection is encrypted and what is verified, as mysql --ssl-mode says it"),
    TLS_MODE_DEFAULT,
  ),
  ca: v.exactOptional(text("certificate authorities in PEM; the system's when absent")),
});
