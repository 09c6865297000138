/** TLS: towards a backend, the same in DatabaseEndpoint and ProxyConfig; towards clients, in VirtualDatabase and ProxyConfig. */
import * as v from "valibot";
import { reveal } from "../lib/secret.ts";
import { choice, secret, text } from "./fields.ts";

export const TLS_MODES = ["disabled", "preferred", "required", "verify-ca", "verify-identity"] as const;
export const TLS_MODE_DEFAULT = "disabled";

export const backendTlsSchema = v.object({
  mode: v.exactOptional(
    choice(TLS_MODES, "whether the connection is encrypted and what is verified, as mysql --ssl-mode says it"),
    TLS_MODE_DEFAULT,
  ),
  ca: v.exactOptional(text("certificate authorities in PEM; the system's when absent")),
});

export const LISTENER_TLS_MODES = ["disabled", "optional", "required"] as const;
export const LISTENER_TLS_MODE_DEFAULT = "optional";

const PEM_OR_FILE = "PEM text, or the path of a file that is read again when it changes";

/** Nothing is offered to clients when a listener has none of it. */
export const listenerTlsSchema = v.pipe(
  v.object({
    mode: v.exactOptional(
      choice(LISTENER_TLS_MODES, "whether clients may, or must, encrypt; required refuses the others with error 3159"),
      LISTENER_TLS_MODE_DEFAULT,
    ),
    cert: v.exactOptional(text(`the listener's certificate and what it was signed with: ${PEM_OR_FILE}`), ""),
    key: v.exactOptional(secret(`the certificate's key: ${PEM_OR_FILE}`), ""),
    ca: v.exactOptional(text(`authorities, one of which must have signed a certificate of the client: ${PEM_OR_FILE}`)),
  }),
  v.check(
    ({ mode, cert, key }) => mode === "disabled" || (cert !== "" && reveal(key) !== ""),
    "needs a certificate and its key\nadd cert and key, or write mode: disabled",
  ),
  v.description("TLS towards clients; none when absent"),
);
